#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# PATH: paths of the image that lead out of it. tests/attack/weakened.bats shows that the same attacks can succeed.

load ../lib/lighter
load ../lib/attack

setup() {
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	bundle_attack "$BATS_TEST_TMPDIR/user" user
}

teardown() {
	runtime_cleanup
}

@test "a mount point through a link of the image is made inside (lost by a build weakened in path-scope)" {
	fails attack_mount_point "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain"
	fails attack_mount_point "$BUILD/src/programs" "$BATS_TEST_TMPDIR/user"
	[ -n "$(find "$BATS_TEST_TMPDIR"/*/rootfs -path '*host*/made/here')" ]
}

@test "CVE-2019-18837: a masked path through a link of the image is masked (lost by a build weakened in path-scope)" {
	fails attack_masked_path "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain"
	fails attack_masked_path "$BUILD/src/programs" "$BATS_TEST_TMPDIR/user"
}
