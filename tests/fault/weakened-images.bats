#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The tests of image-hostile can fail: with one defence taken out of the worker, the same attack succeeds.

load ../lib/lighter
load ../lib/instance
load ../lib/registry
load ../lib/weaken

setup() {
	instance_of_test
	LAYOUT=$BATS_TEST_TMPDIR/small
	image_layers "$LAYOUT" debian:test
}

teardown() {
	registry_stop
}

@test "without digest-check a blob of a thief is accepted" {
	local programs
	programs=$(weakened digest-check lighter-worker)
	hostile_start digest "$LAYOUT"
	run lighter pull "$REGISTRY/debian:test"
	[ "$status" -eq 1 ]
	"$programs/lighter" pull "$REGISTRY/debian:test"
	[ "$("$programs/lighter" images -q | wc -l)" -eq 1 ]
}

@test "without in-root a layer writes outside of itself" {
	local programs
	programs=$(weakened in-root lighter-worker)
	python3 "$BATS_TEST_DIRNAME/hostile_layer.py" link-up "$BATS_TEST_TMPDIR/layer.tar"
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$BATS_TEST_TMPDIR/layout" evil:one "$BATS_TEST_TMPDIR/layer.tar"
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$BATS_TEST_TMPDIR/image.tar" .
	"$programs/lighter" load -i "$BATS_TEST_TMPDIR/image.tar"
	[ -f "$(echo "$LIGHTER_ROOT"/layers/*)/canary" ]
}

@test "without in-root an imported tar writes outside of itself" {
	local programs
	programs=$(weakened in-root lighter-worker)
	python3 "$BATS_TEST_DIRNAME/hostile_layer.py" link-up "$BATS_TEST_TMPDIR/layer.tar"
	"$programs/lighter" import "$BATS_TEST_TMPDIR/layer.tar" evil:one
	[ -f "$(echo "$LIGHTER_ROOT"/layers/*)/canary" ]
}

@test "without index-depth indexes in indexes are followed" {
	local programs
	programs=$(weakened index-depth lighter-worker)
	python3 "$BATS_TEST_DIRNAME/hostile_archive.py" deep-index "$LAYOUT" "$BATS_TEST_TMPDIR/image.tar"
	run lighter load -q -i "$BATS_TEST_TMPDIR/image.tar"
	[ "$status" -eq 1 ]
	"$programs/lighter" load -q -i "$BATS_TEST_TMPDIR/image.tar"
	[ "$("$programs/lighter" images -q | wc -l)" -eq 1 ]
}

@test "without redirect-auth a token follows a redirect to another host" {
	local programs
	programs=$(weakened redirect-auth lighter-worker)
	hostile_start redirect-host "$LAYOUT"
	"$programs/lighter" pull "$REGISTRY/debian:test"
	grep "Bearer" "$BATS_TEST_TMPDIR/hostile-log" | grep -qv " ${REGISTRY##*:}\$"
}

@test "without realm-check a plain token server of another host is asked" {
	local programs
	programs=$(weakened realm-check lighter-worker)
	hostile_start realm-elsewhere "$LAYOUT"
	run "$programs/lighter" pull "$REGISTRY/debian:test"
	grep -q "GET /token" "$BATS_TEST_TMPDIR/hostile-log"
}

# status_of_stalled PROGRAMS FIELD: what /proc says about their worker while the registry stalls.
status_of_stalled() {
	local programs=$1 worker cli
	hostile_start stall "$LAYOUT"
	"$programs/lighter" pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	cli=$!
	wait_until grep -q STALLED "$BATS_TEST_TMPDIR/hostile-log"
	worker=$(pgrep -x lighter-worker -P "$cli")
	sed -n "s/^$2:\t//p" "/proc/$worker/status"
	kill -INT "$cli"
	wait "$cli" || true
	registry_stop
}

@test "without worker-seccomp there is no filter" {
	local programs
	programs=$(weakened worker-seccomp lighter-worker)
	[ "$(status_of_stalled "$programs" Seccomp)" = 0 ]
}

@test "without worker-caps the bounding set is not empty" {
	local programs
	programs=$(weakened worker-caps lighter-worker)
	[ "$(status_of_stalled "$programs" CapBnd)" != 0000000000000000 ]
}
