#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The attacks of this folder are real: each succeeds against a build with the one defence taken out.

load ../lib/lighter
load ../lib/attack
load ../lib/busybox
load ../lib/weaken

setup() {
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	bundle_attack "$BATS_TEST_TMPDIR/user" user
}

teardown() {
	runtime_cleanup
	lighter rm -f box >/dev/null 2>&1 || true
}

@test "without path-scope mount points are made outside, masks land outside" {
	local programs
	programs=$(weakened path-scope lighter-runtime)
	attack_mount_point "$programs" "$BATS_TEST_TMPDIR/plain"
	attack_mount_point "$programs" "$BATS_TEST_TMPDIR/user"
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	attack_masked_path "$programs" "$BATS_TEST_TMPDIR/plain"
}

@test "without fdleak the working directory is the host's, and descriptors are inherited" {
	local programs
	programs=$(weakened fdleak lighter-runtime lighter-monitor)
	attack_cwd_descriptor "$programs" "$BATS_TEST_TMPDIR/plain"
	attack_cwd_descriptor "$programs" "$BATS_TEST_TMPDIR/user"
	attack_cwd_descriptor "$programs" "$BATS_TEST_TMPDIR/plain" exec
	runtime_cleanup
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	attack_inherited_descriptor "$programs" "$BATS_TEST_TMPDIR/plain"
	busybox_image
	"$programs/lighter" run -d --name box busybox sleep 1000
	attack_exec_directory "$programs" box
}

@test "without selfexe the runtime is overwritten from inside" {
	local programs
	programs=$(weakened selfexe lighter-runtime)
	attack_overwrite_runtime "$programs" "$BATS_TEST_TMPDIR/plain"
}

@test "without ident an id that wraps is root" {
	local programs
	programs=$(weakened ident lighter-runtime lighter-monitor)
	attack_exec_wrapped_id "$programs" "$BATS_TEST_TMPDIR/plain" 4294967296
	image_attack_passwd
	attack_run_wrapped_id "$programs" 4294967296
	attack_run_wrapped_id "$programs" evil
}

@test "without dumpable a process that joins the container is looked into" {
	local programs
	programs=$(weakened dumpable lighter-runtime)
	attack_onlooker "$programs" "$BATS_TEST_TMPDIR/user" CAP_SYS_PTRACE CAP_DAC_OVERRIDE CAP_KILL
}
