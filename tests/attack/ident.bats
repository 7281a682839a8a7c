#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: yes
# IDENT: ids that wrap, in options and in the image. tests/attack/weakened.bats shows that the same attacks can succeed.

load ../lib/lighter
load ../lib/attack
load ../lib/busybox

teardown() {
	runtime_cleanup
	lighter rm -f attack >/dev/null 2>&1 || true
}

@test "exec: an id that wraps is not root (lost by a build weakened in ident)" {
	local id
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	for id in 4294967296 18446744073709551616 0x0 -0 4294967296:0 '0 ' ' 0' '' 4294967295; do
		fails attack_exec_wrapped_id "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain" "$id"
		runtime_cleanup
	done
}

@test "run --user: an id that wraps is not root, nor a user of the image with such an id (lost by a build weakened in ident)" {
	image_attack_passwd
	fails attack_run_wrapped_id "$BUILD/src/programs" 4294967296
	fails attack_run_wrapped_id "$BUILD/src/programs" evil
	fails attack_run_wrapped_id "$BUILD/src/programs" 4294967295
}
