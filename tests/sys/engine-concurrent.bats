#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many command lines at once neither block nor corrupt each other.

load ../lib/lighter
load ../lib/busybox

setup_file() {
	busybox_image
}

# together N COMMAND...: N of them at once, one line "STATUS OUTPUT" each
together() {
	local n=$1 i
	shift
	for i in $(seq "$n"); do
		{ output=$("$@" 2>&1) && code=0 || code=$?; echo "$code $output"; } &
	done
	wait
}

@test "twelve runs at once all succeed" {
	run together 12 lighter run --rm busybox echo hello
	[ "${#lines[@]}" -eq 12 ]
	[ "$(sort -u <<<"$output")" = "0 hello" ]
	[ "$(lighter ps -aq)" = "" ]
}

@test "of eight creations with one name one succeeds, the others name its owner" {
	run together 8 lighter create --name one busybox true
	[ "$(grep -c '^0 ' <<<"$output")" -eq 1 ]
	id=$(sed -n 's/^0 //p' <<<"$output")
	[ "$(grep -c "already in use by container \"$id\"" <<<"$output")" -eq 7 ]
	[ "$(lighter ps -aq | wc -l)" -eq 1 ]
	lighter rm one
}

@test "of eight starts one starts it, the others find it running" {
	lighter create --name many busybox sleep 1000
	run together 8 lighter start many
	[ "$(grep -c '^0 many' <<<"$output")" -eq 8 ]
	[ "$(lighter ps -q | wc -l)" -eq 1 ]
	lighter rm -f many
}

@test "eight removals by force of a running container leave nothing" {
	lighter run -d --name victim busybox sleep 1000
	run together 8 lighter rm -f victim
	[ "$(grep -c '^0 victim' <<<"$output")" -ge 1 ]
	[ "$(lighter ps -aq)" = "" ]
}

@test "starts against removals: each container runs whole or is gone" {
	local i
	for i in 1 2 3 4 5 6; do
		lighter create --name "race$i" busybox sleep 1000 >/dev/null
		lighter start "race$i" >"$BATS_TEST_TMPDIR/start" 2>&1 &
		lighter rm "race$i" >"$BATS_TEST_TMPDIR/rm" 2>&1 &
		wait
		cat "$BATS_TEST_TMPDIR/start" "$BATS_TEST_TMPDIR/rm"
		if lighter inspect "race$i" >"$BATS_TEST_TMPDIR/inspect" 2>&1; then
			[ "$(jq -r '.[0].State.Status' "$BATS_TEST_TMPDIR/inspect")" = running ]
			lighter exec "race$i" true
			lighter rm -f "race$i"
		fi
	done
	[ "$(lighter ps -aq)" = "" ]
	[ "$(find "$LIGHTER_ROOT/containers" "$LIGHTER_ROOT/trash" "$LIGHTER_RUN_ROOT/containers" -mindepth 1)" = "" ]
}

@test "ps answers while a container is being started and stopped" {
	lighter run -d --name slow busybox sh -c 'trap "" TERM; while :; do sleep 1; done'
	lighter stop -t 2 slow &
	stopper=$!
	for i in $(seq 20); do
		lighter ps >/dev/null
	done
	wait $stopper
	lighter rm slow
}
