# SPDX-License-Identifier: Apache-2.0
# containerd with its own shim for runc, whose BinaryName is lighter-runtime: what `ctr` can do.

load ../lib/lighter
load ../lib/assert
load ../lib/engine
bats_require_minimum_version 1.5.0

setup_file() {
	mkdir -p "$E"
	cat >"$E/config.toml" <<-END
		version = 2
		root = "$E/root"
		state = "$E/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		address = "$E/containerd.sock"
	END
	engine_start containerd -c "$E/config.toml"
	engine_image "$E/image.tar"
	wait_until test -S "$E/containerd.sock"
	ctr image import --local "$E/image.tar" || ctr image import "$E/image.tar"
}

teardown_file() { engine_stop; }

STATE=$E/runtime/default
WITH=(--runc-binary "$RUNTIME" --runc-root "$E/runtime")
IMAGE=docker.io/library/busybox:latest

ctr() { engine ctr -a "$E/containerd.sock" "$@"; }

@test "a container from its start to its removal: limits, exec, metrics, ps, pause, signals" {
	ctr run -d "${WITH[@]}" --memory-limit 67108864 --cpus 0.5 $IMAGE c1 sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done'
	assert_eq "$(state_of "$STATE" c1 status)" running
	pid=$(state_of "$STATE" c1 pid)
	ctr task ls | grep -qE "^c1 +$pid +RUNNING"
	assert_eq "$(limit "$pid" memory memory.limit_in_bytes)" 67108864
	assert_eq "$(limit "$pid" cpu cpu.cfs_quota_us)" 50000
	assert_eq "$(says ctr task exec --exec-id e1 c1 sh -c 'cat /proc/1/comm; exit 4')" '4 sh'
	assert_eq "$(says ctr task exec --exec-id e2 --cwd /tmp --user 5:6 c1 sh -c 'echo $PWD $(id -u):$(id -g)')" '0 /tmp 5:6'
	ctr task ps c1 | grep -q "^$pid"
	ctr task metrics c1 | grep -q memory
	ctr task pause c1
	assert_eq "$(state_of "$STATE" c1 status)" paused
	assert_eq "$(limit "$pid" freezer freezer.state)" FROZEN
	ctr task ls | grep -q 'c1.*PAUSED'
	ctr task resume c1
	assert_eq "$(state_of "$STATE" c1 status)" running
	ctr task kill -s TERM c1
	stopped() { ctr task ls | grep -q 'c1.*STOPPED'; }
	wait_until stopped
	ctr task delete c1 2>&1 | grep -q 'exit code 9'
	ctr container delete c1
	[ ! -e "$STATE/c1" ]
}

@test "run passes output and status, with a terminal and its size, and names a program that is not there" {
	assert_eq "$(says ctr run --rm "${WITH[@]}" $IMAGE c2 sh -c 'echo out; exit 3')" '3 out'
	run python3 "$BATS_TEST_DIRNAME/../lib/on_terminal.py" -s 33x77 'expect:# ' 'send:stty size; tty; exit 5\n' -- \
		nsenter --mount="/proc/$(cat "$E/pid")/ns/mnt" ctr -a "$E/containerd.sock" run --rm -t "${WITH[@]}" $IMAGE c3 sh
	assert_eq "$status" 5
	grep -q '33 77' <<<"$output"
	grep -q /dev/pts/0 <<<"$output"
	run ctr run --rm "${WITH[@]}" $IMAGE c4 /no/such
	[ "$status" -ne 0 ]
	grep -q '"/no/such".*no such file or directory' <<<"$output"
	[ -z "$(ls "$STATE")" ]
}
