# SPDX-License-Identifier: Apache-2.0
load ../lib/lighter
load ../lib/busybox
load ../lib/monitor

setup_file() { busybox_image; }

setup() { mkdir "$BATS_TEST_TMPDIR/sync"; chmod 0777 "$BATS_TEST_TMPDIR/sync"; }

teardown() { lighter rm -f box >/dev/null 2>&1 || true; }

successor_of() { local pid; pid=$(monitor_pid box 2>/dev/null) && [ "$pid" != "$1" ]; }

@test "kill -9 of the monitor loses no line and no exit code, another one takes over" {
	local monitor
	lighter run -d --name box -v "$BATS_TEST_TMPDIR/sync:/sync" busybox sh -c "$(lines_program 10000)"
	wait_until test -e "$BATS_TEST_TMPDIR/sync/half"
	monitor=$(monitor_pid box)
	kill -9 "$monitor"
	wait_until successor_of "$monitor"
	: >"$BATS_TEST_TMPDIR/sync/go"
	[ "$(lighter wait box)" = 7 ]
	expect_lines box 10000
}

@test "one kill -9 of the monitor after the other, while output flows, loses and doubles no line" {
	local monitor kills=0
	lighter run -d --name box -v "$BATS_TEST_TMPDIR/sync:/sync" busybox sh -c "$(lines_program 60000)"
	wait_until test -e "$BATS_TEST_TMPDIR/sync/half"
	kill -9 "$(monitor_pid box)"
	: >"$BATS_TEST_TMPDIR/sync/go"
	while [ "$(lighter inspect box | jq -r '.[0].State.Running')" = true ]; do
		monitor=$(monitor_pid box 2>/dev/null) || continue
		! kill -9 "$monitor" || kills=$((kills + 1))
	done
	echo "$kills more"
	[ "$(lighter wait box)" = 7 ]
	expect_lines box 60000
}

@test "a wait that is under way survives the death of the monitor that it asked" {
	lighter run -d --name box -v "$BATS_TEST_TMPDIR/sync:/sync" busybox sh -c "$(lines_program 10)"
	lighter wait box >"$BATS_TEST_TMPDIR/code" 3>&- &
	wait_until test -e "$BATS_TEST_TMPDIR/sync/half"
	kill -9 "$(monitor_pid box)"
	: >"$BATS_TEST_TMPDIR/sync/go"
	wait $!
	[ "$(cat "$BATS_TEST_TMPDIR/code")" = 7 ]
}
