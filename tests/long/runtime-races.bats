#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many runs, many execs, and two callers at once on one id: one winner, clear errors, and the same processes, mounts, groups,
# descriptors and files before and after. A tenth of it by default, all of it with LONG=1.

load ../lib/lighter

bundle() {
	mkdir -p "$1"
	bundle_new "$1"
	config_edit "$1" ".linux.cgroupsPath = \"/fault-test/victim\" | .process.args = $2"
}

@test "runs, execs, and two callers at once on one id leave nothing" {
	local n=(200 200 28) seconds=280
	[ -z "${LONG:-}" ] || n=(2000 2000 504) seconds=3000
	bundle "$BATS_TEST_TMPDIR/bundle" '["sleep", "1000"]'
	bundle "$BATS_TEST_TMPDIR/short" '["true"]'
	run timeout "$seconds" python3 "$BATS_TEST_DIRNAME/races.py" "$BATS_TEST_TMPDIR/bundle" "$BATS_TEST_TMPDIR/short" "${n[@]}"
	echo "$output" | sed "s/^/# /" >&3
	[ "$status" -eq 0 ]
	find /sys/fs/cgroup -depth -type d -path '*fault-test*' -exec rmdir {} \;
}
