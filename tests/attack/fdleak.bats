#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# FDLEAK: descriptors of the caller and of the runtime (CVE-2024-21626). tests/attack/weakened.bats shows that the same
# attacks can succeed.

load ../lib/lighter
load ../lib/attack

setup() {
	bundle_attack "$BATS_TEST_TMPDIR/plain"
}

teardown() {
	runtime_cleanup
}

@test "CVE-2024-21626: the working directory is no descriptor of the host: run (lost by a build weakened in fdleak)" {
	fails attack_cwd_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain"
	bundle_attack "$BATS_TEST_TMPDIR/user" user
	fails attack_cwd_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/user"
}

@test "CVE-2024-21626: the working directory is no descriptor of the host: exec (lost by a build weakened in fdleak)" {
	fails attack_cwd_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain" exec
}

@test "CVE-2024-21626: no descriptor of the caller reaches the program (lost by a build weakened in fdleak)" {
	fails attack_inherited_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain"
}
