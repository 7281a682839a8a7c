#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Layers that try to leave their directory, and what needs care in an honest one.

load ../lib/lighter
load ../lib/instance

setup() {
	instance_of_test
}

# Loads an image whose only layer is hostile_layer.py's KIND; sets $status and $output as `run` does.
load_layer() {
	local tar=$BATS_TEST_TMPDIR/layer.tar
	python3 "$BATS_TEST_DIRNAME/../fault/hostile_layer.py" "$1" "$tar"
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$BATS_TEST_TMPDIR/layout" evil:one "$tar"
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$BATS_TEST_TMPDIR/image.tar" .
	run lighter load -i "$BATS_TEST_TMPDIR/image.tar"
	LAYER=$(echo "$LIGHTER_ROOT"/layers/*)
}

refused() {
	load_layer "$1"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == *"$2"* ]]
	[ -z "$(ls -A "$LIGHTER_ROOT/layers")" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest")" ]
}

@test "a file through a link that leads up stays inside (lost by a build weakened in in-root)" {
	load_layer link-up
	[ "$status" -eq 0 ]
	[ -f "$LAYER/root/canary" ]
	[ ! -e "$LAYER/canary" ]
}

@test "a file through an absolute link lands below the layer's own directory" {
	load_layer link-absolute
	[ -f "$LAYER/root/etc/canary" ] || [ "$status" -eq 1 ]
	[ ! -e /etc/canary ]
}

@test "a path with .. is refused" {
	refused dotdot "'../canary' leads out of the layer"
}

@test "a path with .. in its middle is refused" {
	refused dotdot-inside "leads out of the layer"
}

@test "a hard link to a file outside is refused" {
	refused hardlink-up "canary"
}

@test "a hard link through a link finds nothing of the host" {
	refused hardlink-through "canary"
}

@test "a whiteout of .. is refused" {
	refused whiteout-up "not a proper whiteout"
}

@test "a whiteout of nothing is refused" {
	refused whiteout-empty "not a proper whiteout"
}

@test "a directory that became a link is not written through" {
	load_layer replaced-directory
	[ ! -e /etc/canary ]
}

@test "the id -1 is refused" {
	refused huge-id "number in its header"
}

@test "an id that the worker cannot give is named" {
	load_layer large-id
	[ "$status" -eq 0 ] || [[ "$output" == *"id 2000000"* ]]
}

@test "device nodes are made by the privileged side, with the archive's numbers" {
	load_layer device
	[ "$status" -eq 0 ]
	[ "$(stat -c %F:%t:%T:%a "$LAYER/root/dev/null2")" = "character special file:1:3:666" ]
	[ -p "$LAYER/root/pipe" ]
}

@test "file capabilities are on disk as the archive has them, of revision 2" {
	load_layer capability
	[ "$status" -eq 0 ]
	[ "$(getfattr -n security.capability -e hex --only-values "$LAYER/root/program" | xxd -p | cut -c1-8)" = 01000002 ]
}

@test "attributes that speak to overlay are left out" {
	load_layer overlay-attribute
	[ "$status" -eq 0 ]
	[ -z "$(getfattr -d -m 'overlay' "$LAYER/root/a" 2>/dev/null)" ]
}
