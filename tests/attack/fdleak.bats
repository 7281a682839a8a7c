#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: yes
# FDLEAK: descriptors of the caller and of the runtime (CVE-2024-21626). tests/attack/weakened.bats shows that the same
# attacks can succeed.

load ../lib/lighter
load ../lib/attack
load ../lib/busybox

setup() {
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	bundle_attack "$BATS_TEST_TMPDIR/user" user
}

teardown() {
	runtime_cleanup
	lighter rm -f box >/dev/null 2>&1 || true
}

@test "the working directory is no descriptor of the host: run (lost by a build weakened in fdleak)" {
	fails attack_cwd_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain"
	fails attack_cwd_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/user"
}

@test "the working directory is no descriptor of the host: exec (lost by a build weakened in fdleak)" {
	fails attack_cwd_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain" exec
	runtime_cleanup
	fails attack_cwd_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/user" exec
}

@test "no descriptor of the caller reaches the program (lost by a build weakened in fdleak)" {
	fails attack_inherited_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain"
	fails attack_inherited_descriptor "$BUILD/src/programs" "$BATS_TEST_TMPDIR/user"
}

@test "lighter exec: the working directory is no descriptor of the monitor (lost by a build weakened in fdleak)" {
	busybox_image
	lighter run -d --name box busybox sleep 1000
	fails attack_exec_directory "$BUILD/src/programs" box
}
