#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands do not wait for each other.
# sanitize: no

load ../lib/lighter
load ../lib/instance
load ../lib/registry

setup() {
	instance_of_test
	image_layers "$BATS_FILE_TMPDIR/layout" debian:test
	LAYOUT=$BATS_FILE_TMPDIR/layout
}

teardown() {
	registry_stop
}

# The 99th percentile, in us, of N runs of `ps -a`.
ps_p99() {
	local i start
	for ((i = 0; i < $1; i++)); do
		start=${EPOCHREALTIME/./}
		"$BUILD/src/programs/lighter" ps -a >"$BATS_TEST_TMPDIR/ps"
		echo $((${EPOCHREALTIME/./} - start))
	done | sort -n | sed -n "$(($1 * 99 / 100))p"
}

@test "while a pull hangs 1,000 ps have a p99 of at most 20 ms, or of what they have without it" {
	hostile_start stall "$LAYOUT"
	local alone hanging
	alone=$(ps_p99 300)
	LIGHTER_STALL=10m lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$!
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	hanging=$(ps_p99 1000)
	timeout 2 "$BUILD/src/programs/lighter" images
	kill -INT "$cli"
	wait "$cli" || true
	echo "p99: $alone us without a pull, $hanging us beside it"
	[ "$hanging" -le 20000 ] || [ "$hanging" -le $((alone * 2)) ]
}
