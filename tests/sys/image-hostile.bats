#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A registry that lies, stalls or vanishes: one sentence that names object and reason, and nothing left behind.

load ../lib/lighter
load ../lib/instance
load ../lib/registry

setup_file() {
	image_layers "$BATS_FILE_TMPDIR/layout" debian:test
}

setup() {
	instance_of_test
	LAYOUT=$BATS_FILE_TMPDIR/layout
}

teardown() {
	registry_stop
}

# Nothing but empty directories, the lock and the database may be left.
nothing_left() {
	[ -z "$(ls -A "$LIGHTER_ROOT/layers" 2>/dev/null)" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/blobs/sha256" 2>/dev/null)" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest" 2>/dev/null)" ]
	[ -z "$(lighter images -q)" ]
}

# refused MODE WORDS...: the pull fails with one line that holds each word.
refused() {
	local mode=$1 word
	shift
	hostile_start "$mode" "$LAYOUT"
	run lighter pull --retry 0 "$REGISTRY/debian:test"
	registry_stop
	[ "$status" -eq 1 ]
	[ "$(grep -c 'lighter:\|^Error' <<<"$output")" -le 1 ]
	for word in "$@"; do
		if ! grep -qF -- "$word" <<<"${lines[-1]}"; then
			echo "no '$word' in: ${lines[-1]}"
			return 1
		fi
	done
	nothing_left
}

last_layer() {
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$LAYOUT/index.json" | cut -d: -f2)
	jq -r '.layers[-1].digest' "$LAYOUT/blobs/sha256/$manifest"
}

@test "an honest image passes the same server" {
	hostile_start honest "$LAYOUT"
	lighter pull "$REGISTRY/debian:test"
}

@test "a blob of another content is refused (lost by a build weakened in digest-check)" {
	refused digest "layer '$(last_layer)'" "digest"
}

@test "a truncated blob is refused" {
	refused truncated "layer '$(last_layer)'" "instead of the promised"
}

@test "a blob that is longer than its descriptor says is refused" {
	refused size-large "layer '$(last_layer)'" "bytes"
}

@test "a descriptor that says a smaller size is refused" {
	refused size-says "layer '$(last_layer)'" "bytes"
}

@test "a connection cut in the middle of a blob is refused" {
	refused cut "layer '$(last_layer)'" "ended too early"
}

@test "a layer whose unpacked bytes have another digest than the config says is refused" {
	refused diffid "layer '$(last_layer)'" "diff"
}

@test "a config with fewer layers than the manifest is refused" {
	refused fewer-diffids "config" "layers"
}

@test "a layer that is no archive is refused" {
	refused garbage "layer"
}

@test "a config with a string where a list belongs is refused, by its path" {
	refused config-type "config.Env" "PATH=/bin"
}

@test "a redirect loop ends" {
	refused redirect-loop "redirects"
}

@test "an endless manifest is refused" {
	refused manifest-bomb "manifest" "bytes"
}

@test "a login page in place of a manifest is refused" {
	refused not-json "manifest"
}

@test "a registry that wants another login is named" {
	refused unauthorized "user name and a password"
}

@test "a registry with a problem is named with its status" {
	refused error-503 "503"
}

@test "a registry that does not listen is refused" {
	REGISTRY=127.0.0.1:1
	run lighter pull "$REGISTRY/debian:test"
	[ "$status" -eq 1 ]
	[[ "$output" == *"127.0.0.1:1"* ]]
	nothing_left
}

@test "a token is fetched where the registry says so" {
	hostile_start token "$LAYOUT"
	lighter pull "$REGISTRY/debian:test"
	grep -q 'GET /v2/.*/blobs/.* Bearer secret-token' "$BATS_TEST_TMPDIR/hostile-log"
}

@test "a token does not follow a redirect to another host (lost by a build weakened in redirect-auth)" {
	hostile_start redirect-host "$LAYOUT"
	lighter pull "$REGISTRY/debian:test"
	grep -q "GET /v2/.*/blobs/.* - [0-9]*\$" "$BATS_TEST_TMPDIR/hostile-log"
	! grep "Bearer" "$BATS_TEST_TMPDIR/hostile-log" | grep -qv " ${REGISTRY##*:}\$"
}

@test "a plain token server of another host is refused (lost by a build weakened in realm-check)" {
	refused realm-elsewhere "token server" "refused"
}

@test "a token with a line end is refused" {
	refused token-newline "control character"
}

@test "Ctrl-C while the registry stalls leaves no file" {
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$!
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	kill -INT "$cli"
	local code=0
	wait "$cli" || code=$?
	[ "$code" -eq 130 ]
	nothing_left
}

@test "Ctrl-C while another pull of the image is waited for names the image" {
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local first=$!
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/second" 2>&1 3>&- &
	local second=$! code=0
	wait_until sh -c "ls -l /proc/$second/fd | grep -q images/ingest"
	kill -INT "$second"
	wait "$second" || code=$?
	[ "$code" -eq 130 ]
	grep -qF "pull '$REGISTRY/debian:test': cancelled" "$BATS_TEST_TMPDIR/second"
	kill -INT "$first"
	wait "$first" || [ $? -eq 130 ]
	nothing_left
}

@test "kill -9 of the command: the worker goes with it, the next pull cleans up and succeeds" {
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$!
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	local worker
	worker=$(worker_of "$cli")
	kill -9 "$cli"
	wait "$cli" || true
	wait_until bash -c "! kill -0 $worker 2>/dev/null || grep -q '^State:.Z' /proc/$worker/status"
	registry_stop
	hostile_start honest "$LAYOUT"
	lighter pull "$REGISTRY/debian:test"
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest")" ]
	[ "$(ls "$LIGHTER_ROOT/layers" | wc -l)" -eq 3 ]
}

@test "kill -9 of the worker is an error, and nothing is left" {
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$!
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	kill -9 "$(worker_of "$cli")"
	local code=0
	wait "$cli" || code=$?
	[ "$code" -eq 1 ]
	grep -q "lighter-worker was ended by signal 9" "$BATS_TEST_TMPDIR/out"
	nothing_left
}

# The worker process below a command (which may itself be a child of a shell function).
worker_of() {
	local pid
	for pid in $(pgrep -x lighter-worker); do
		if [ "$(awk '/^PPid:/ {print $2}' "/proc/$pid/status")" = "$1" ]; then
			echo "$pid"
			return
		fi
	done
	pgrep -x lighter-worker | head -1
}

@test "a worker has no capability on the host, no new privileges, a filter, its own files" {
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$! worker
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	worker=$(worker_of "$cli")
	grep -q $'^NoNewPrivs:\t1' "/proc/$worker/status"
	grep -q $'^Seccomp:\t2' "/proc/$worker/status"
	grep -q $'^CapBnd:\t0000000000000000' "/proc/$worker/status"
	# Either a user namespace of its own, as an id that is nobody here, or nothing but what unpacking takes.
	if [ "$(readlink "/proc/$worker/ns/user")" != "$(readlink /proc/self/ns/user)" ]; then
		[ "$(awk '/^Uid:/ {print $2}' "/proc/$worker/status")" -ge 65536 ]
	else
		grep -q $'^CapEff:\t000000008800001b' "/proc/$worker/status"
	fi
	[ "$(ls "/proc/$worker/root")" = etc ]
	kill -INT "$cli"
	wait "$cli" || true
}

@test "where the file system cannot be idmapped the worker keeps six capabilities and nothing else" {
	local lower=$BATS_TEST_TMPDIR/lower upper=$BATS_TEST_TMPDIR/upper
	mkdir -p "$lower" "$upper/u" "$upper/w" "$BATS_TEST_TMPDIR/merged"
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper/u,workdir=$upper/w" "$BATS_TEST_TMPDIR/merged"
	export LIGHTER_ROOT=$BATS_TEST_TMPDIR/merged/root
	mkdir "$LIGHTER_ROOT"
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$! worker
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	worker=$(worker_of "$cli")
	[ "$(readlink "/proc/$worker/ns/user")" = "$(readlink /proc/self/ns/user)" ]
	grep -q $'^CapEff:\t000000008800001b' "/proc/$worker/status"
	grep -q $'^CapPrm:\t000000008800001b' "/proc/$worker/status"
	grep -q $'^Seccomp:\t2' "/proc/$worker/status"
	[ "$(ls "/proc/$worker/root")" = etc ]
	kill -INT "$cli"
	wait "$cli" || true
	nothing_left
	umount "$BATS_TEST_TMPDIR/merged"
}

@test "what is no image and what cannot be unpacked is refused by name" {
	refused artifact "an artifact of type 'application/vnd.example.sbom', not an image"
	refused encrypted "layer '$(last_layer)' is encrypted"
	refused unknown-layer "is no layer of an image: its media type is 'text/plain'"
	refused wrong-type "says compression 'zstd', its content is 'gzip'"
}

@test "bombs are bounded by what they promise, a frame's window by memory" {
	refused gzip-bomb "unpacks to more than 1100 times its size"
	refused zstd-window "wants a window of more than 32 MiB"
}

@test "hostile documents: a manifest of 100 MB, 10,000 levels, NUL, control characters" {
	refused manifest-100mb "manifest" "bytes"
	refused deep-json "manifest"
	refused nul "manifest"
	refused control 'x\x1b[31m\x0d'
}

# The greatest memory in KiB of a pull's processes, whatever comes of it.
memory_of() {
	hostile_start "$1" "$LAYOUT"
	python3 - "$REGISTRY/debian:test" <<-'END'
		import resource, subprocess, sys
		subprocess.run(["lighter", "pull", "-q", "--retry", "0", sys.argv[1]], capture_output=True)
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
	END
	registry_stop
}

@test "the worker's memory is bounded whatever is sent" {
	local mode
	[ -z "${ASAN_OPTIONS:-}" ] || skip "a sanitizer's memory is its own"
	for mode in manifest-100mb wide-json deep-json gzip-bomb zstd-window honest; do
		memory_of "$mode" >"$BATS_TEST_TMPDIR/memory"
		[ "$(cat "$BATS_TEST_TMPDIR/memory")" -le 65536 ] || { echo "$mode: $(cat "$BATS_TEST_TMPDIR/memory") KiB"; return 1; }
	done
}

@test "of two equal keys the last counts, as in every other reader" {
	hostile_start duplicate "$LAYOUT"
	lighter pull "$REGISTRY/debian:test"
}
