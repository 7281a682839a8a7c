#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# SELFEXE: the runtime's own file, reached from inside (CVE-2019-5736). tests/attack/weakened.bats shows that the same
# attack can succeed.

load ../lib/lighter
load ../lib/attack

teardown() {
	runtime_cleanup
}

@test "CVE-2019-5736: the runtime's file cannot be written through /proc/PID/exe (lost by a build weakened in selfexe)" {
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	fails attack_overwrite_runtime "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain"
	grep -qE 'Read-only file system|Operation not permitted' "$BATS_TEST_TMPDIR/plain/rootfs/tmp/errors"
}
