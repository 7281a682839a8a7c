#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container that stands still: frozen, stopped, blocked on its output, without its console, in a file system that does not
# answer. state, kill and delete answer within a second all the same, or say what they wait for.

load ../lib/lighter
load ../lib/runtime
load ../lib/attack

setup() {
	runtime_setup
}

teardown() {
	local server
	for server in "$BATS_TEST_TMPDIR"/*.server; do
		[ ! -e "$server" ] || kill -KILL "$(cat "$server")" 2>/dev/null || true
	done
	runtime_teardown
	! mountpoint -q "$BATS_TEST_TMPDIR/fuse" || umount -l "$BATS_TEST_TMPDIR/fuse"
}

# The command succeeds within a second.
answers() {
	local begun=${EPOCHREALTIME/./}
	timeout 20 "$@" || return
	[ "$((${EPOCHREALTIME/./} - begun))" -lt 1000000 ] || { echo "took $((${EPOCHREALTIME/./} - begun)) us: $*"; return 1; }
}

status_is() {
	[ "$(answers $R state c | jq -r .status)" = "$1" ]
}

init_of() {
	$R state c | jq .pid
}

process_state() {
	[ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat")" = "$2" ]
}

@test "a paused container is killed and deleted at once" {
	sleeps
	$R pause c
	status_is paused
	answers $R kill c TERM
	answers $R kill c KILL
	wait_until status_is stopped
	answers $R delete c

	sleeps
	$R pause c
	answers $R delete -f c
}

@test "a container that is frozen from above is killed when it thaws, and delete says so" {
	local above=/sys/fs/cgroup/freezer/stuck-test
	if [ -d /sys/fs/cgroup/freezer ]; then
		config_edit "$B" '.linux.cgroupsPath = "/stuck-test/c"'
		sleeps
		echo FROZEN >"$above/freezer.state"
	else
		above=/sys/fs/cgroup/stuck-test
		config_edit "$B" '.linux.cgroupsPath = "/stuck-test/c"'
		sleeps
		echo 1 >"$above/cgroup.freeze"
	fi
	answers $R state c >/dev/null
	answers $R kill c KILL
	if [ -e "$above/freezer.state" ]; then # on v2 a frozen process dies
		$R delete -f c 2>"$BATS_TEST_TMPDIR/said" 3>&- &
		WAIT_SECONDS=2 wait_until grep -q "waiting for cgroup '/stuck-test/c' is frozen from above" "$BATS_TEST_TMPDIR/said"
		echo THAWED >"$above/freezer.state"
		wait $!
	else
		answers $R delete -f c
	fi
	find /sys/fs/cgroup -depth -type d -name stuck-test -exec rmdir {} \;
}

@test "a first process that is stopped is killed and deleted at once, before its start and after" {
	local pid
	program 'sleep 1000'
	$R create -b "$B" c </dev/null >/dev/null 2>&1
	pid=$(init_of)
	kill -STOP "$pid"
	wait_until process_state "$pid" T
	status_is created
	answers $R kill c KILL
	wait_until status_is stopped
	answers $R delete c

	sleeps
	pid=$(init_of)
	kill -STOP "$pid"
	wait_until process_state "$pid" T
	status_is running
	answers $R kill c TERM
	status_is running
	answers $R delete -f c
}

@test "a program that nobody reads is killed and deleted at once" {
	local reader
	program 'exec yes'
	mkfifo "$BATS_TEST_TMPDIR/full"
	exec {reader}<>"$BATS_TEST_TMPDIR/full"
	$R run -d -b "$B" c </dev/null >"$BATS_TEST_TMPDIR/full" 2>/dev/null
	wait_until grep -q pipe_w "/proc/$(init_of)/wchan"
	status_is running
	answers $R kill c TERM
	answers $R kill c KILL
	wait_until status_is stopped
	answers $R delete c
	exec {reader}<&-
}

# receives SOCKET WHAT: receive_fd, until the test's end
receives() {
	receive_fd "$@"
	echo $! >"$1.server"
}

@test "a console that is dead or never read holds up nobody" {
	program 'trap "" HUP; while :; do echo text || sleep 1; done'
	config_edit "$B" '.process.terminal = true'
	receives "$BATS_TEST_TMPDIR/ignoring" hold
	$R run -d --console-socket "$BATS_TEST_TMPDIR/ignoring" -b "$B" c </dev/null >/dev/null 2>&1
	status_is running
	answers $R kill c TERM
	answers $R delete -f c

	receives "$BATS_TEST_TMPDIR/dying" drop
	$R run -d --console-socket "$BATS_TEST_TMPDIR/dying" -b "$B" c </dev/null >/dev/null 2>&1
	wait_until test ! -e "/proc/$(cat "$BATS_TEST_TMPDIR/dying.server")"
	answers $R state c >/dev/null
	answers $R kill c KILL
	wait_until status_is stopped
	answers $R delete c

	# Nobody listens any more.
	run answers $R create --console-socket "$BATS_TEST_TMPDIR/dying" -b "$B" c </dev/null
	[ "$status" -eq 1 ]
	[[ "$output" == *"$BATS_TEST_TMPDIR/dying"*"Connection refused"* ]]
}

@test "a process in a file system that does not answer is named, and deleted when it can die" {
	local pid
	mkdir "$BATS_TEST_TMPDIR/fuse"
	python3 "$BATS_TEST_DIRNAME/hung_fuse.py" "$BATS_TEST_TMPDIR/fuse" >"$BATS_TEST_TMPDIR/fuse.out" 2>&1 3>&- </dev/null &
	echo $! >"$BATS_TEST_TMPDIR/fuse.server"
	wait_until mountpoint -q "$BATS_TEST_TMPDIR/fuse"
	config_edit "$B" '.mounts += [{"destination":"/mnt","type":"bind","source":$ARGS.positional[0],"options":["bind"]}]' \
		"$BATS_TEST_TMPDIR/fuse"
	program 'exec cat /mnt/file'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	pid=$(init_of)
	wait_until grep -q hangs "$BATS_TEST_TMPDIR/fuse.out"
	status_is running
	answers $R kill c TERM
	answers $R kill c KILL
	wait_until process_state "$pid" D
	answers $R state c >/dev/null
	$R delete -f c 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	WAIT_SECONDS=1 wait_until grep -q "waiting for process $pid (cat, state D" "$BATS_TEST_TMPDIR/said"
	kill -KILL "$(cat "$BATS_TEST_TMPDIR/fuse.server")"
	wait $!
	run $R state c
	[ "$status" -eq 1 ]
}
