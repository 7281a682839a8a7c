#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Archives: OCI layouts and docker-archives, plain and compressed, from a file and from a pipe.

load ../lib/lighter
load ../lib/instance

setup() {
	instance_of_test
	mkdir -p "$BATS_TEST_TMPDIR/root/bin" "$BATS_TEST_TMPDIR/top/etc"
	cp /bin/busybox "$BATS_TEST_TMPDIR/root/bin/busybox"
	ln -s busybox "$BATS_TEST_TMPDIR/root/bin/sh"
	echo top >"$BATS_TEST_TMPDIR/top/etc/motd"
	tar -C "$BATS_TEST_TMPDIR/root" --numeric-owner -cf "$BATS_TEST_TMPDIR/1.tar" .
	tar -C "$BATS_TEST_TMPDIR/top" --numeric-owner -cf "$BATS_TEST_TMPDIR/2.tar" .
	MAKE="python3 $BATS_TEST_DIRNAME/../lib/oci_layout.py"
	IMAGE=$BATS_TEST_TMPDIR/image.tar
}

oci_archive() {
	rm -rf "$BATS_TEST_TMPDIR/layout"
	$MAKE "$BATS_TEST_TMPDIR/layout" "$1" "$BATS_TEST_TMPDIR/1.tar" "$BATS_TEST_TMPDIR/2.tar"
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$IMAGE" .
}

docker_archive() {
	$MAKE --docker "$IMAGE" "$1" "$BATS_TEST_TMPDIR/1.tar" "$BATS_TEST_TMPDIR/2.tar"
}

nothing_left() {
	[ -z "$(ls -A "$LIGHTER_ROOT/layers" 2>/dev/null)" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest" 2>/dev/null)" ]
	[ -z "$(lighter images -q)" ]
}

@test "an OCI layout is loaded under its name" {
	oci_archive busybox:one
	run lighter load -i "$IMAGE"
	[ "$status" -eq 0 ]
	[[ "$output" == *"Loaded image: busybox:one"* ]]
	[ "$(ls "$LIGHTER_ROOT/layers" | wc -l)" -eq 2 ]
}

@test "a docker-archive is loaded under its tag and gets a manifest" {
	docker_archive busybox:two
	run lighter load -i "$IMAGE"
	[ "$status" -eq 0 ]
	[[ "$output" == *"Loaded image: busybox:two"* ]]
	local manifest
	manifest=$(jq -r '.manifests[0].digest' "$LIGHTER_ROOT/images/index.json" | cut -d: -f2)
	[ "$(sha256sum <"$LIGHTER_ROOT/images/blobs/sha256/$manifest" | cut -c1-64)" = "$manifest" ]
	[ "$(jq '.layers | length' "$LIGHTER_ROOT/images/blobs/sha256/$manifest")" -eq 2 ]
}

@test "the same layers from both forms are stored once" {
	oci_archive busybox:one
	lighter load -i "$IMAGE"
	docker_archive busybox:two
	lighter load -i "$IMAGE"
	[ "$(ls "$LIGHTER_ROOT/layers" | wc -l)" -eq 2 ]
}

@test "compressed archives are loaded, also from a pipe" {
	oci_archive busybox:one
	gzip -c "$IMAGE" | lighter load
	lighter rmi busybox:one
	zstd -qc "$IMAGE" | lighter load
	[ "$(lighter images -q | wc -l)" -eq 1 ]
}

@test "xz and bzip2 are refused by name" {
	local format
	oci_archive busybox:one
	for format in lzma bz2; do
		python3 -c "import $format, sys; sys.stdout.buffer.write($format.compress(sys.stdin.buffer.read()))" <"$IMAGE" >"$IMAGE.$format"
		run lighter load -i "$IMAGE.$format"
		[ "$status" -eq 1 ]
		[ "$output" = "lighter: load: it is compressed by $([ $format = bz2 ] && echo bzip2 || echo xz); gzip and zstd are known" ]
	done
	nothing_left
}

@test "a layout without a name is loaded as its id" {
	oci_archive busybox:one
	jq 'del(.manifests[0].annotations)' "$BATS_TEST_TMPDIR/layout/index.json" >"$BATS_TEST_TMPDIR/index"
	cp "$BATS_TEST_TMPDIR/index" "$BATS_TEST_TMPDIR/layout/index.json"
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$IMAGE" .
	run lighter load -i "$IMAGE"
	[ "$status" -eq 0 ]
	[[ "$output" == *"Loaded image ID: sha256:"* ]]
}

@test "a changed blob in an archive is refused (lost by a build weakened in digest-check)" {
	oci_archive busybox:one
	local manifest layer
	manifest=$(jq -r '.manifests[0].digest' "$BATS_TEST_TMPDIR/layout/index.json" | cut -d: -f2)
	layer=$(jq -r '.layers[1].digest' "$BATS_TEST_TMPDIR/layout/blobs/sha256/$manifest" | cut -d: -f2)
	gzip -dc "$BATS_TEST_TMPDIR/layout/blobs/sha256/$layer" | gzip -1 >"$BATS_TEST_TMPDIR/other"
	cp "$BATS_TEST_TMPDIR/other" "$BATS_TEST_TMPDIR/layout/blobs/sha256/$layer"
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$IMAGE" .
	run lighter load -i "$IMAGE"
	[ "$status" -eq 1 ]
	[[ "$output" == *"$layer"*"digest"* ]]
	nothing_left
}

@test "a missing blob is named" {
	oci_archive busybox:one
	local manifest layer
	manifest=$(jq -r '.manifests[0].digest' "$BATS_TEST_TMPDIR/layout/index.json" | cut -d: -f2)
	layer=$(jq -r '.layers[1].digest' "$BATS_TEST_TMPDIR/layout/blobs/sha256/$manifest" | cut -d: -f2)
	rm "$BATS_TEST_TMPDIR/layout/blobs/sha256/$layer"
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$IMAGE" .
	run lighter load -i "$IMAGE"
	[ "$status" -eq 1 ]
	[[ "$output" == *"$layer"* ]]
	nothing_left
}

@test "an archive that ends early is refused" {
	oci_archive busybox:one
	head -c 20000 "$IMAGE" >"$IMAGE.short"
	run lighter load -i "$IMAGE.short"
	[ "$status" -eq 1 ]
	nothing_left
}

@test "a file that is no archive is refused in one sentence" {
	echo "not an image" >"$IMAGE"
	run lighter load -i "$IMAGE"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	nothing_left
}
