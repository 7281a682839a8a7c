# SPDX-License-Identifier: Apache-2.0
load ../lib/lighter
load ../lib/busybox
load ../lib/monitor

setup_file() { busybox_image; }

setup() { mkdir "$BATS_TEST_TMPDIR/sync"; chmod 0777 "$BATS_TEST_TMPDIR/sync"; }

teardown() { lighter rm -f box >/dev/null 2>&1 || true; }

# What keepers live in stands still, or goes on.
keepers_frozen() { # 1|0
	local group
	for group in $(find /sys/fs/cgroup -type d -path '*lighter*/monitors'); do
		if [ -e "$group/freezer.state" ]; then
			[ "$1" = 1 ] && echo FROZEN >"$group/freezer.state" || echo THAWED >"$group/freezer.state"
		elif [ -e "$group/cgroup.freeze" ]; then
			echo "$1" >"$group/cgroup.freeze"
		fi
	done
}

keeper_is_born() { [ "$(cat $(find /sys/fs/cgroup -path '*lighter*/monitors/cgroup.procs') | wc -l)" -gt 0 ]; }

@test "kill -9 of the command while its keeper begins: a removal waits for the keeper, and nothing is left" {
	local id
	lighter run --rm busybox true # the keepers' group is there
	id=$(lighter create --name box busybox sleep 1000)
	keepers_frozen 1
	lighter start box >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	wait_until keeper_is_born
	kill -9 $!
	wait $! || [ $? -eq 137 ]
	run timeout 1 lighter rm -f box
	keepers_frozen 0
	[ "$status" -eq 124 ]
	lighter rm -f box
	[ "$(lighter ps -aq)" = "" ]
	[ ! -e "$LIGHTER_RUN_ROOT/containers/$id" ]
}

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
