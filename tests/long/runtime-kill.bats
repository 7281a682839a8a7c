#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The runtime is killed by SIGKILL: at every step of its tables, and at system calls of create, start, exec and delete that a
# seed chooses (every one with LONG=1). Once the command itself is killed, once its child, once both; whatever is left,
# `delete -f` takes it away.

load ../lib/lighter
load ../lib/attack
load ../lib/weaken
load ../lib/faults

@test "whatever is killed at a system call, delete -f takes the rest away" {
	bundle_faults "$BATS_TEST_TMPDIR/bundle"
	faults kills "$BATS_TEST_TMPDIR/bundle" 40
}

@test "whatever is killed at a system call of a container in a user namespace" {
	bundle_faults "$BATS_TEST_TMPDIR/bundle" user
	faults kills "$BATS_TEST_TMPDIR/bundle" 15
}

left() {
	find "$BATS_TEST_TMPDIR" -mindepth 1 -not -path '*/bundle/*' | sort
	find /sys/fs/cgroup -type d -path '*fault-test*' | sort
	cut -d' ' -f5 /proc/self/mountinfo
	grep -la lighter-runtime /proc/[0-9]*/cmdline || true
}

nothing_more() {
	diff <(echo "$1") <(left)
}

@test "whatever is killed at a step, delete -f takes the rest away" {
	local programs before step status count=0
	programs=$(weakened fail-steps lighter-runtime)
	bundle_faults "$BATS_TEST_TMPDIR/bundle"
	runtime_of "$programs" create -b "$BATS_TEST_TMPDIR/bundle" victim </dev/null >/dev/null 2>&1
	runtime_of "$programs" delete -f victim
	before=$(left)
	while read -r step; do
		# Not by run: from the last steps on the first process waits for its start, with our output open.
		status=0
		LIGHTER_KILL_STEP=$step runtime_of "$programs" create --pid-file "$BATS_TEST_TMPDIR/pid" \
			-b "$BATS_TEST_TMPDIR/bundle" victim </dev/null >/dev/null 2>&1 || status=$?
		echo "$step: $status"
		[ "$status" -ne 0 ]
		runtime_of "$programs" delete -f victim
		rm -f "$BATS_TEST_TMPDIR/pid"
		wait_until nothing_more "$before"
		count=$((count + 1))
	done < <(runtime_of "$programs" steps | grep -v ^restore/)
	[ "$count" -ge 35 ]
	fault_groups_remove
}
