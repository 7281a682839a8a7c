#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The races of this folder are run well enough to be won: against a build that looks first and then uses the name again.

load ../lib/lighter
load ../lib/attack
load ../lib/weaken

setup() {
	bundle_attack "$BATS_TEST_TMPDIR/plain"
}

teardown() {
	runtime_cleanup
}

@test "with proc-path masks and read-only paths miss a /proc that is exchanged meanwhile" {
	local programs
	programs=$(weakened proc-path lighter-runtime)
	race_proc "$BATS_TEST_TMPDIR/plain"
	RACE_DIR=$BATS_TEST_TMPDIR/plain/rootfs RACE_NAMES="proc link" \
		race 110 attack_unmasked "$programs" "$BATS_TEST_TMPDIR/plain"
}

@test "with null-twice a mask is what a link leads to" {
	local programs
	programs=$(weakened null-twice lighter-runtime)
	race_mask 110 "$programs" "$BATS_TEST_TMPDIR/plain"
}

@test "with path-twice directories are made and mounts land outside" {
	local programs
	programs=$(weakened path-twice lighter-runtime)
	race_made_outside 110 "$programs" "$BATS_TEST_TMPDIR/plain"
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	race_mounted_outside 110 "$programs" "$BATS_TEST_TMPDIR/plain"
}
