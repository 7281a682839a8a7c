# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime: create, start, run, exec, state, kill, delete.

load ../lib/lighter
load ../lib/assert
load ../lib/weaken
bats_require_minimum_version 1.5.0

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$B"
	bundle_new "$B"
	R="lighter-runtime --root $BATS_TEST_TMPDIR/state"
}

teardown() {
	local id
	for id in "$BATS_TEST_TMPDIR"/state/*/; do
		[ -d "$id" ] && $R delete -f "$(basename "$id")" || true
	done
}

program() { # the bundle's program becomes a shell script
	config_edit "$B" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")]"
}

@test "run passes output and the exit code, and leaves nothing" {
	program 'echo out; echo err >&2; exit 7'
	run -7 --separate-stderr $R run -b "$B" c
	assert_eq "$output" out
	assert_eq "$stderr" err
	[ -z "$(ls "$BATS_TEST_TMPDIR/state")" ]
}

@test "a program that a signal ends is 128 + N" {
	program 'sleep 1000'
	$R run -b "$B" c </dev/null &
	wait_until bash -c "[ \$($R state c 2>/dev/null | jq -r .status) = running ]"
	$R kill c KILL
	wait $! || status=$?
	assert_eq "$status" 137
}

@test "create waits for start, state tells each step, delete removes" {
	program 'sleep 1000'
	$R create -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >/dev/null 2>&1
	assert_eq "$($R state c | jq -r .status)" created
	assert_eq "$($R state c | jq -r .pid)" "$(cat "$BATS_TEST_TMPDIR/pid")"
	grep -q lighter-runtime "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cmdline"
	$R start c
	assert_eq "$($R state c | jq -r .status)" running
	fails_with 1 'cannot start an already running' $R start c
	fails_with 1 "cannot delete container 'c' that is not stopped" $R delete c
	$R kill c KILL
	wait_until bash -c "[ \$($R state c | jq -r .status) = stopped ]"
	fails_with 1 'container not running' $R kill c TERM
	$R delete c
	fails_with 1 "container does not exist: 'c'" $R state c
	$R delete -f c
}

@test "delete -f ends what runs" {
	program 'trap "" TERM; sleep 1000 & wait'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	$R delete -f c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}

@test "two creates of one id: one winner, one clear error" {
	program 'sleep 1000'
	local won=0 i
	for i in 1 2 3 4; do
		{ $R create -b "$B" same </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err.$i" && echo 0 || echo $?; } >"$BATS_TEST_TMPDIR/rc.$i" &
	done
	wait
	assert_eq "$(cat "$BATS_TEST_TMPDIR"/rc.* | sort | tr -d '\n')" 0111
	assert_eq "$(cat "$BATS_TEST_TMPDIR"/err.* | sort -u)" 'lighter-runtime: state: container with given ID already exists'
}

@test "exec runs beside the program, with its own code, user, directory and environment" {
	program 'sleep 1000'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	run -3 $R exec c sh -c 'exit 3'
	assert_eq "$($R exec -u 5:6 -g 7 --cwd /tmp -e A=b c sh -c 'echo $(id -u) $(id -g) $(id -G) $PWD $A')" '5 6 6 7 /tmp b'
	assert_eq "$($R exec c cat /proc/self/cgroup)" "$($R exec c cat /proc/1/cgroup)"
	fails_with 255 'executable file not found' $R exec c nothing
	jq '.process | .args = ["sh", "-c", "exit 9"]' "$B/config.json" >"$BATS_TEST_TMPDIR/process.json"
	run -9 $R exec -p "$BATS_TEST_TMPDIR/process.json" c
	$R kill c KILL
	wait_until bash -c "[ \$($R state c | jq -r .status) = stopped ]"
	fails_with 255 'cannot exec in a stopped container' $R exec c true
}

@test "a program that is not there is named, and nothing is left" {
	config_edit "$B" '.process.args = ["/no/such"]'
	fails_with 1 'exec: "/no/such": no such file' $R run -b "$B" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}

@test "without a process a container can be created; what is started says so and ends" {
	local verb
	config_edit "$B" 'del(.process)'
	$R create -b "$B" c </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	assert_eq "$($R state c | jq -r .status)" created
	assert_eq "$($R exec --cwd /proc c sh -c 'echo $PWD; id -u')" $'/proc\n0'
	$R start c
	wait_until bash -c "[ \$($R state c | jq -r .status) = stopped ]"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/said")" 'lighter-runtime: process: missing: there is nothing to start'
	$R delete c
	fails_with 1 'process: missing' $R run -b "$B" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}

@test "a terminal goes to the console socket with the size that was asked for" {
	config_edit "$B" '.process.terminal = true | .process.consoleSize = {height: 33, width: 77}'
	program '[ -t 0 ] && [ -t 1 ] && stty size && test -c /dev/console && echo done'
	config_edit "$B" '.process.terminal = true'
	receive_fd "$BATS_TEST_TMPDIR/console"
	$R run -d -b "$B" --console-socket "$BATS_TEST_TMPDIR/console" c </dev/null
	wait_until grep -q done "$BATS_TEST_TMPDIR/console.out"
	grep -q '33 77' "$BATS_TEST_TMPDIR/console.out"
	wait
}

@test "preserved descriptors arrive, others do not" {
	program 'ls /proc/self/fd | tr "\n" " "; cat <&3'
	echo kept >"$BATS_TEST_TMPDIR/file"
	run bash -c "$R run -b '$B' --preserve-fds 1 c 3<'$BATS_TEST_TMPDIR/file' 7</etc/passwd"
	assert_eq "$output" '0 1 2 3 4 kept' # 4 is the directory that ls reads
}

@test "ids that are no directory names are refused" {
	local id
	for id in .. . a/b "$(printf 'a\nb')" "$(printf '\033[1m')" "$(printf 'x%.0s' {1..300})"; do
		fails_with 1 'invalid container id' $R run -b "$B" "$id"
	done
}

@test "an unknown flag and an unknown command are named" {
	fails_with 1 'unknown flag: --nosuch' $R run --nosuch -b "$B" c
	fails_with 1 "unknown command 'fly'" $R fly
}

@test "a created process cannot be looked into from the container's user namespace" {
	config_edit "$B" '.linux.namespaces += [{"type":"user"}] |
		.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$B/rootfs"
	$R create -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >/dev/null 2>&1
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	assert_eq "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" 100000
	assert_eq "$(stat -c %u "/proc/$pid/environ" "/proc/$pid/maps" | xargs)" "0 0" # those of a dumpable process are its own
	$R delete -f c
}

# reopen PROGRAM: what writing says to the file that a created container's first process runs from, once it is gone
reopen() {
	local runtime="$1 --root $BATS_TEST_TMPDIR/state" pid
	$runtime create -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >/dev/null 2>&1
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	exec 9<"/proc/$pid/exe"
	$runtime delete -f c
	{ : >>/proc/self/fd/9; } 2>&1 && echo open
	exec 9<&-
}

@test "the file of the runtime cannot be written through a process of it (lost by a build weakened in selfexe)" {
	cp "$(command -v lighter-runtime)" "$BATS_TEST_TMPDIR/" # a file that nobody else executes meanwhile
	[[ "$(reopen "$BATS_TEST_TMPDIR/lighter-runtime")" == *"Read-only file system"* ]]
	weak=$(weakened selfexe lighter-runtime)
	assert_eq "$(reopen "$weak/lighter-runtime")" open
}
