#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pulling a multi-layer Debian root from a real registry over plain HTTP on loopback.

load ../lib/lighter
load ../lib/instance
load ../lib/registry

setup_file() {
	LAYOUT=$("$BATS_TEST_DIRNAME/../setup/debian-image")/layout
	registry_start
	registry_push "$LAYOUT" debian:test
	export LAYOUT REGISTRY REGISTRY_PID
}

teardown_file() {
	registry_stop
}

setup() {
	instance_of_test
}

# The n-th layer's root directory, bottom first.
layer_root() {
	local config
	config=$(jq -r '.config.digest' "$LAYOUT/blobs/sha256/$(jq -r '.manifests[0].digest' "$LAYOUT/index.json" | cut -d: -f2)")
	echo "$LIGHTER_ROOT/layers/$(jq -r ".rootfs.diff_ids[$1]" "$LAYOUT/blobs/sha256/${config#*:}" | cut -d: -f2)/root"
}

@test "a pull prints each layer, the digest and the status" {
	run lighter pull "$REGISTRY/debian:test"
	[ "$status" -eq 0 ]
	[[ "$output" == *"test: Pulling from debian"* ]]
	[ "$(grep -c ': Pull complete' <<<"$output")" -eq 3 ]
	[[ "$output" == *"Digest: $(jq -r '.manifests[0].digest' "$LAYOUT/index.json")"* ]]
	[[ "$output" == *"Status: Downloaded newer image for $REGISTRY/debian:test"* ]]
}

@test "the second pull finds every layer and says that the image is up to date" {
	lighter pull "$REGISTRY/debian:test"
	run lighter pull "$REGISTRY/debian:test"
	[ "$status" -eq 0 ]
	[ "$(grep -c ': Already exists' <<<"$output")" -eq 3 ]
	[[ "$output" == *"Status: Image is up to date for $REGISTRY/debian:test"* ]]
}

@test "the bottom layer on disk is what the archive holds, ids and modes included" {
	lighter pull "$REGISTRY/debian:test"
	local want=$BATS_TEST_TMPDIR/want got=$BATS_TEST_TMPDIR/got
	local manifest layer
	manifest=$(jq -r '.manifests[0].digest' "$LAYOUT/index.json" | cut -d: -f2)
	layer=$(jq -r '.layers[0].digest' "$LAYOUT/blobs/sha256/$manifest" | cut -d: -f2)
	mkdir "$want"
	tar -C "$want" --numeric-owner --xattrs --xattrs-include='*' -xpzf "$LAYOUT/blobs/sha256/$layer"
	(cd "$want" && find . -printf '%P %y %m %U:%G %l\n' | sort) >"$want.list"
	(cd "$(layer_root 0)" && find . -printf '%P %y %m %U:%G %l\n' | sort) >"$got.list"
	diff "$want.list" "$got.list"
	(cd "$want" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$want.sums"
	(cd "$(layer_root 0)" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$got.sums"
	diff "$want.sums" "$got.sums"
}

@test "an added layer keeps links, setuid, ids, attributes and times" {
	lighter pull "$REGISTRY/debian:test"
	local root
	root=$(layer_root 1)/opt/added
	[ "$(stat -c %a:%u:%g "$root/setuid")" = 4755:1000:2000 ]
	[ "$(stat -c %h "$root/hard")" -eq 2 ]
	[ "$(readlink "$root/soft")" = file ]
	[ "$(getfattr --only-values -n user.lighter "$root/file")" = test ]
	[ "$(stat -c %Y "$root/file")" -eq "$(date -d 2020-02-02T02:02:02Z +%s)" ]
}

@test "whiteouts become what overlay understands" {
	lighter pull "$REGISTRY/debian:test"
	local root
	root=$(layer_root 2)
	[ "$(stat -c %F:%t:%T "$root/opt/added/sub")" = "character special file:0:0" ]
	[ "$(getfattr --only-values -n trusted.overlay.opaque "$root/etc/replaced")" = y ]
	[ ! -e "$root/opt/added/.wh.sub" ]
	[ ! -e "$root/etc/replaced/.wh..wh..opq" ]
}

@test "images/ is an OCI layout whose index names the image" {
	lighter pull "$REGISTRY/debian:test"
	[ "$(jq -r .imageLayoutVersion "$LIGHTER_ROOT/images/oci-layout")" = 1.0.0 ]
	[ "$(jq -r '.manifests[0].digest' "$LIGHTER_ROOT/images/index.json")" = "$(jq -r '.manifests[0].digest' "$LAYOUT/index.json")" ]
	[ "$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$LIGHTER_ROOT/images/index.json")" = "$REGISTRY/debian:test" ]
	local blob
	for blob in "$LAYOUT"/blobs/sha256/*; do
		cmp "$blob" "$LIGHTER_ROOT/images/blobs/sha256/${blob##*/}"
	done
}

@test "a pull leaves nothing in the ingest directory" {
	lighter pull "$REGISTRY/debian:test"
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest")" ]
}

@test "two pulls of one image at once: one works, both succeed" {
	lighter pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/one" 3>&- &
	local one=$!
	run lighter pull "$REGISTRY/debian:test"
	[ "$status" -eq 0 ]
	wait "$one"
	[ "$(lighter images -q | wc -l)" -eq 1 ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest")" ]
}

@test "a pull by digest is checked against that digest" {
	local digest
	digest=$(jq -r '.manifests[0].digest' "$LAYOUT/index.json")
	lighter pull "$REGISTRY/debian@$digest"
	run lighter pull "$REGISTRY/debian@sha256:$(printf '0%.0s' {1..64})"
	[ "$status" -ne 0 ]
	[[ "$output" == *"not found"* ]]
}

@test "an unknown tag is one sentence that names it" {
	run lighter pull "$REGISTRY/debian:missing"
	[ "$status" -eq 1 ]
	[[ "$output" == *"debian:missing"*"not found"* ]]
}

@test "rmi removes the name, the layers and the blobs" {
	lighter pull "$REGISTRY/debian:test"
	run lighter rmi "$REGISTRY/debian:test"
	[ "$status" -eq 0 ]
	[[ "$output" == *"Untagged: $REGISTRY/debian:test"*"Deleted: sha256:"* ]]
	[ -z "$(ls -A "$LIGHTER_ROOT/layers")" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/blobs/sha256")" ]
	[ "$(jq '.manifests | length' "$LIGHTER_ROOT/images/index.json")" -eq 0 ]
}
