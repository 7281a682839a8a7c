#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# IDENT: ids that wrap. tests/attack/weakened.bats shows that the same attack can succeed.

load ../lib/lighter
load ../lib/attack

teardown() {
	runtime_cleanup
}

@test "exec: an id that wraps is not root (lost by a build weakened in ident)" {
	local id
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	for id in 4294967296 18446744073709551616 0x0 -0 4294967296:0 '0 ' ' 0' '' 4294967295; do
		fails attack_exec_wrapped_id "$BUILD/src/programs" "$BATS_TEST_TMPDIR/plain" "$id"
	done
}
