#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every system call of create, start, exec and delete, of the runtime and of its children until the program, fails in turn
# with each of seven errors: one sentence and nothing left, or success where optional.tsv says that it may do without.
# A sample chosen by a seed by default, everything with LONG=1.

load ../lib/lighter
load ../lib/attack
load ../lib/faults

@test "a call that fails is told in one sentence and leaves nothing" {
	bundle_faults "$BATS_TEST_TMPDIR/bundle"
	faults errors "$BATS_TEST_TMPDIR/bundle" 60
}

@test "a call that fails for a container in a user namespace" {
	bundle_faults "$BATS_TEST_TMPDIR/bundle" user
	faults errors "$BATS_TEST_TMPDIR/bundle" 20
}
