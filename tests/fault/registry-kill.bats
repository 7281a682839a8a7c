#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 of the whole server while images are pushed, at instants from a seed. What was acknowledged is whole afterwards,
# nothing that has a name is half, and what was not finished can be.

load ../lib/lighter
load ../lib/serve

@test "kill -9 of the server during pushes loses nothing that was acknowledged" {
	SEED=${SEED:-20260101} python3 "$BATS_TEST_DIRNAME/registry_pusher.py" lighter "$BATS_TEST_TMPDIR/root" "${KILLS:-25}"
}
