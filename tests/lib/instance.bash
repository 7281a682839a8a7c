# SPDX-License-Identifier: Apache-2.0
# A fresh instance for each test of a file, for tests that count what is left in it.

instance_of_test() {
	export LIGHTER_ROOT=$BATS_TEST_TMPDIR/instance/data LIGHTER_RUN_ROOT=$BATS_TEST_TMPDIR/instance/run
	mkdir -p "$LIGHTER_ROOT" "$LIGHTER_RUN_ROOT"
}
