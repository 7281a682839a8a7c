#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each step of the engine's tables is made to fail once; what the steps before it made must be undone.

load ../lib/lighter
load ../lib/busybox
load ../lib/weaken

setup_file() {
	busybox_image
	weakened fail-steps lighter >"$BATS_FILE_TMPDIR/weak"
	lighter run --rm busybox true
}

weak() {
	"$(cat "$BATS_FILE_TMPDIR/weak")/lighter" "$@"
}

steps_of() { # FILE: the names of its step table
	sed -n '/^static const struct step/,/^};/s/^\t{ "\([^"]*\)".*/\1/p' "$BATS_TEST_DIRNAME/../../src/engine/$1"
}

left() {
	find "$LIGHTER_ROOT/containers" "$LIGHTER_ROOT/trash" "$LIGHTER_RUN_ROOT/containers" "$LIGHTER_RUN_ROOT/runtime" \
		-mindepth 1 2>/dev/null
	find /sys/fs/cgroup -type d -path '*lighter*/containers/*' 2>/dev/null
	lighter ps -aq
}

@test "a creation that fails in any step leaves no name and no file" {
	[ "$(steps_of create.c | wc -l)" -ge 5 ]
	while read -r step; do
		LIGHTER_FAIL_STEP="engine-create/$step" run weak create --name victim busybox true
		[ "$status" -eq 125 ] || [ "$status" -eq 1 ]
		[[ "$output" == *"made to fail"* ]]
		run left
		[ "$output" = "" ]
	done < <(steps_of create.c)
}

@test "a start that fails in any step leaves a container that starts" {
	[ "$(steps_of start.c | wc -l)" -ge 6 ]
	while read -r step; do
		lighter create --name victim busybox sh -c 'exit 7'
		LIGHTER_FAIL_STEP="engine-start/$step" run weak start victim
		[ "$status" -ne 0 ]
		[[ "$output" == *"$step: made to fail"* ]]
		wait_until sh -c '[ "$(lighter ps -q)" = "" ]'
		lighter start -a victim || [ $? -eq 7 ]
		lighter rm victim
		run left
		[ "$output" = "" ]
	done < <(steps_of start.c)
}

@test "a run --rm whose start fails leaves nothing" {
	while read -r step; do
		LIGHTER_FAIL_STEP="engine-start/$step" run weak run --rm busybox true
		[ "$status" -eq 125 ]
		nothing_left() { [ "$(left)" = "" ]; }
		wait_until nothing_left
	done < <(steps_of start.c)
}
