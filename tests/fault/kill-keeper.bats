# SPDX-License-Identifier: Apache-2.0
load ../lib/lighter
load ../lib/busybox
load ../lib/monitor

setup_file() { busybox_image; }

setup() { mkdir "$BATS_TEST_TMPDIR/sync"; chmod 0777 "$BATS_TEST_TMPDIR/sync"; }

teardown() { lighter rm -f box >/dev/null 2>&1 || true; }

# PIDFD_GET_INFO tells how a process ended since 6.15.
kernel_tells() { [ "$(printf '6.15\n%s\n' "$(uname -r | cut -d- -f1)" | sort -V | head -n 1)" = 6.15 ]; }

@test "kill -9 of the keeper: the container goes on, its output and its end are recorded" {
	lighter run -d --name box -v "$BATS_TEST_TMPDIR/sync:/sync" busybox sh -c "$(lines_program 10000)"
	wait_until test -e "$BATS_TEST_TMPDIR/sync/half"
	kill -9 "$(keeper_pid box)"
	[ "$(lighter inspect box | jq -r '.[0].State.Running')" = true ]
	: >"$BATS_TEST_TMPDIR/sync/go"
	if kernel_tells; then
		[ "$(lighter wait box)" = 7 ]
	else
		lighter wait box || true
		lighter ps -a | grep -q unknown
	fi
	[ "$(lighter inspect box | jq -r '.[0].State.Running')" = false ]
	expect_lines box 10000
}

@test "after kill -9 of the keeper the container still takes signals and exec" {
	lighter run -d --name box busybox sh -c 'trap "exit 5" TERM; while :; do usleep 1000; done'
	kill -9 "$(keeper_pid box)"
	[ "$(lighter exec box echo inside)" = inside ]
	lighter kill -s TERM box
	if kernel_tells; then [ "$(lighter wait box)" = 5 ]; else lighter wait box || true; fi
}
