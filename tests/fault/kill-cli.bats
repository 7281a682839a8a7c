# SPDX-License-Identifier: Apache-2.0
load ../lib/lighter
load ../lib/busybox
load ../lib/monitor

setup_file() { busybox_image; }

setup() { mkdir "$BATS_TEST_TMPDIR/sync"; chmod 0777 "$BATS_TEST_TMPDIR/sync"; }

teardown() { lighter rm -f box >/dev/null 2>&1 || true; }

@test "kill -9 of the command's group and session leaves container, log and exit code" {
	setsid "$BUILD/src/programs/lighter" run -i --name box -v "$BATS_TEST_TMPDIR/sync:/sync" busybox \
		sh -c "$(lines_program 10000)" </dev/null >"$BATS_TEST_TMPDIR/out" 3>&- &
	wait_until test -e "$BATS_TEST_TMPDIR/sync/half"
	# setsid became the session's leader by exec or forked one: the session is what the command is in.
	local cli session pid
	cli=$(ps -eo pid=,args= | awk '/[l]ighter run -i --name box/ { print $1; exit }')
	session=$(ps -o sid= -p "$cli" | tr -d ' ')
	[ "$session" != "$(ps -o sid= -p $$ | tr -d ' ')" ]
	kill -9 -- "-$(ps -o pgid= -p "$cli" | tr -d ' ')"
	for pid in $(ps -o pid= -s "$session"); do kill -9 "$pid" || true; done
	wait_until test ! -d "/proc/$cli"
	[ "$(lighter inspect box | jq -r '.[0].State.Running')" = true ]
	: >"$BATS_TEST_TMPDIR/sync/go"
	[ "$(lighter wait box)" = 7 ]
	expect_lines box 10000
	[ "$(lighter inspect box | jq -r '.[0].State.ExitCode')" = 7 ]
}
