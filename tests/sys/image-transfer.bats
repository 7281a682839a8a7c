#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How blobs come: several at once, in every compression, again after a failure, the rest after an interruption.

load ../lib/lighter
load ../lib/instance
load ../lib/registry

setup_file() {
	image_layers "$BATS_FILE_TMPDIR/layout" debian:test 400000
}

setup() {
	instance_of_test
	LAYOUT=$BATS_FILE_TMPDIR/layout
	LOG=$BATS_TEST_TMPDIR/hostile-log
}

teardown() {
	registry_stop
}

last_layer() {
	jq -r '.layers[-1].digest' "$LAYOUT/blobs/sha256/$(jq -r '.manifests[0].digest' "$LAYOUT/index.json" | cut -d: -f2)"
}

pulls() { # MODE [OPTION...]
	hostile_start "$1" "$LAYOUT"
	lighter pull --retry-delay 10ms "${@:2}" "$REGISTRY/debian:test"
}

fails() { # MODE [OPTION...]: the same for a pull that does not succeed; the last line is its reason
	hostile_start "$1" "$LAYOUT"
	run lighter pull --retry-delay 10ms "${@:2}" "$REGISTRY/debian:test"
	registry_stop
	[ "$status" -eq 1 ]
}

# The first byte that was asked for of the last layer, each time when it was not the first.
ranges() {
	sed -n "s|^RANGE .*/blobs/$(last_layer) bytes=\([0-9]*\)-.*|\1|p" "$LOG"
}

@test "several layers come at once: one is withheld until the last is asked for" {
	pulls order
	[ "$(ls "$LIGHTER_ROOT/layers" | wc -l)" -eq 3 ]
}

@test "gzip members, zstd frames and plain layers are unpacked" {
	local mode
	for mode in gzip-members zstd-frames plain; do
		pulls "$mode"
		registry_stop
		[ "$(ls "$LIGHTER_ROOT/layers" | wc -l)" -eq 3 ]
		lighter rmi "$REGISTRY/debian:test"
	done
}

@test "what was fetched before Ctrl-C is not fetched again" {
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$! code=0
	wait_until grep -q STALLED "$LOG"
	wait_until sh -c "[ \"\$(cat $LIGHTER_ROOT/images/ingest/*/partial/$(last_layer | cut -d: -f2) | wc -c)\" -gt 100000 ]"
	kill -INT "$cli"
	wait "$cli" || code=$?
	[ "$code" -eq 130 ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest")" ]
	registry_stop
	pulls honest
	[ "$(ranges)" -gt 100000 ]
	[ "$(grep -c 'GET .*/blobs/' "$LOG")" -eq 2 ] # the config and the rest of a layer
	[ -z "$(ls -A "$LIGHTER_ROOT/images/partial")" ]
}

@test "what was fetched before a kill -9 is not fetched again" {
	hostile_start stall "$LAYOUT"
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$!
	wait_until grep -q STALLED "$LOG"
	wait_until sh -c "[ \"\$(cat $LIGHTER_ROOT/images/ingest/*/partial/$(last_layer | cut -d: -f2) | wc -c)\" -gt 100000 ]"
	kill -9 "$cli"
	wait "$cli" || true
	registry_stop
	pulls honest
	[ "$(ranges)" -gt 100000 ]
}

@test "what was left behind and is damaged is fetched anew, once" {
	mkdir -p "$LIGHTER_ROOT/images/partial"
	head -c 100000 /dev/zero >"$LIGHTER_ROOT/images/partial/$(last_layer | cut -d: -f2)"
	pulls honest
	[ "$(ranges)" = 100000 ]
	[ "$(grep -c "GET .*/blobs/$(last_layer)" "$LOG")" -eq 2 ]
}

@test "a connection that breaks is followed by one that asks for the rest" {
	pulls once-reset
	[ "$(ranges)" -gt 100000 ]
}

@test "a server without ranges sends it again, and the layer is right" {
	pulls no-ranges
	[ "$(ranges)" -gt 100000 ]
}

@test "--retry 0 gives up at once, --retry-delay is the first wait" {
	fails once-reset --retry 0
	[[ "${lines[-1]}" == *"layer '$(last_layer)'"*"ended too early"* || "${lines[-1]}" == *"layer '$(last_layer)'"*reset* ]]
	registry_stop
	hostile_start once-503 "$LAYOUT"
	local before=${EPOCHREALTIME/./}
	lighter pull --retry 1 --retry-delay 1s "$REGISTRY/debian:test"
	[ $((${EPOCHREALTIME/./} - before)) -ge 1000000 ]
}

@test "a registry that is busy is asked again when it says, and not for ever" {
	pulls once-429
	registry_stop
	fails long-429
	[[ "${lines[-1]}" == *"3600 seconds"*"too many requests"* ]]
}

@test "another range than asked for is refused" {
	fails false-range
	[[ "${lines[-1]}" == *"layer '$(last_layer)'"*"bytes from 999999 were sent"* ]]
}

@test "one byte a second is no progress" {
	hostile_start trickle "$LAYOUT"
	LIGHTER_STALL=1s run lighter pull --retry 0 "$REGISTRY/debian:test"
	[ "$status" -eq 1 ]
	[[ "${lines[-1]}" == *"layer '$(last_layer)'"*"no answer within its deadline"* ]]
}

@test "a body in chunks that promises more than comes is refused" {
	fails chunked-lie --retry 0
	[[ "${lines[-1]}" == *"layer '$(last_layer)'"* ]]
}

@test "a layer that ends at any 4 KiB is refused, its number and its promise named" {
	local i
	image_layers "$BATS_TEST_TMPDIR/small" debian:test 65000
	LAYOUT=$BATS_TEST_TMPDIR/small
	hostile_start truncate-steps "$LAYOUT"
	for ((i = 0; i < 16; i++)); do
		run lighter pull --retry 0 "$REGISTRY/debian:test"
		[ "$status" -eq 1 ]
		[[ "${lines[-1]}" == *"layer '$(last_layer)'"*"ended too early"* ]] || { echo "$i: ${lines[-1]}"; return 1; }
		rm -rf "$LIGHTER_ROOT/images/partial"
	done
}

@test "--tls-verify wants https, also of this machine" {
	hostile_start honest "$LAYOUT"
	run lighter pull --retry 0 --tls-verify "$REGISTRY/debian:test"
	[ "$status" -eq 1 ]
	[[ "${lines[-1]}" == *"https://$REGISTRY"* ]]
	lighter pull --tls-verify=false "$REGISTRY/debian:test"
}

@test "--platform chooses from an index, the machine's own is the default" {
	pulls platforms
	[ "$(lighter image inspect "$REGISTRY/debian:test" | jq -r '.[0].Architecture')" != s390x ]
	lighter pull --platform linux/s390x "$REGISTRY/debian:test"
	[ "$(lighter image inspect "$REGISTRY/debian:test" | jq -r '.[0].Architecture')" = s390x ]
	lighter pull --platform linux/arm "$REGISTRY/debian:test"
	[ "$(lighter image inspect "$REGISTRY/debian:test" | jq -r '.[0].Architecture')" = arm ]
	grep -q '"variant": "v7"' "$LIGHTER_ROOT"/images/blobs/sha256/*
	run lighter pull --platform linux/riscv64 "$REGISTRY/debian:test"
	[ "$status" -eq 1 ]
	[[ "${lines[-1]}" == *"no manifest for linux/riscv64"* ]]
}

@test "indexes in indexes are gone through, not without end" {
	pulls nested
	registry_stop
	fails index-loop
	[[ "${lines[-1]}" == *"indexes in indexes, more than 4 deep"* ]]
}

@test "a foreign layer comes from its own address, without the registry's token" {
	pulls foreign
	grep -q "GET /elsewhere/blobs/$(last_layer) - " "$LOG"
}

@test "a token that has expired is fetched anew, once a request" {
	pulls expired
	[ "$(grep -c 'GET /token' "$LOG")" -eq 2 ]
	registry_stop
	fails never-taken
	[[ "${lines[-1]}" == *"the token has expired or is not taken"* ]]
	[ "$(grep -c 'GET /token' "$LOG")" -eq 1 ]
}
