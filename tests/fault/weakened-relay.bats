#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The unit test that kills a relay at any system call can fail: a successor that does not finish what its predecessor
# had begun loses or doubles output.

load ../lib/lighter
load ../lib/weaken

@test "without relay a kill loses or doubles output" {
	local programs
	programs=$(weakened relay src/monitor_relay_test)
	run "$programs/monitor_relay_test"
	[ "$status" -ne 0 ]
	[[ "$output" == *"[  FAILED  ] kill_at_any_system_call_loses_and_doubles_nothing"* ]]
}
