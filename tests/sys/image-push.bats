#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pushing: what was pulled or loaded arrives as it is stored, blob for blob, and nothing is sent twice.

load ../lib/lighter
load ../lib/assert
load ../lib/instance
load ../lib/registry
load ../lib/serve

setup_file() {
	image_layers "$BATS_FILE_TMPDIR/layout" app:one
	tar -C "$BATS_FILE_TMPDIR/layout" -cf "$BATS_FILE_TMPDIR/image.tar" .
}

setup() {
	instance_of_test
	LAYOUT=$BATS_FILE_TMPDIR/layout
	serve_start --root "$BATS_TEST_TMPDIR/served"
	lighter load -qi "$BATS_FILE_TMPDIR/image.tar"
	lighter tag app:one "$REGISTRY/app:one"
}

teardown() {
	serve_stop
	registry_stop
}

manifest_of() { jq -r '.manifests[0].digest' "$1/index.json"; }

# Has the registry the manifest and all blobs of the layout, byte for byte?
arrived() { # LAYOUT REPOSITORY TAG
	local blob digest
	curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$REGISTRY/v2/$2/manifests/$3" |
		cmp - "$1/blobs/sha256/$(manifest_of "$1" | cut -d: -f2)"
	for blob in $(jq -r '.config.digest, .layers[].digest' "$1/blobs/sha256/$(manifest_of "$1" | cut -d: -f2)"); do
		curl -sf "http://$REGISTRY/v2/$2/blobs/$blob" | cmp - "$1/blobs/sha256/${blob#*:}"
	done
}

@test "push says what Docker says and every blob arrives as it was" {
	run lighter push "$REGISTRY/app:one"
	[ "$status" -eq 0 ]
	assert_eq "${lines[0]}" "The push refers to repository [$REGISTRY/app]"
	assert_eq "$(grep -c ': Pushed$' <<<"$output")" 4
	assert_eq "${lines[-1]}" "one: digest: $(manifest_of "$LAYOUT") size: $(stat -c %s "$LAYOUT/blobs/sha256/$(manifest_of "$LAYOUT" | cut -d: -f2)")"
	arrived "$LAYOUT" app one
}

@test "what was pulled and is pushed again has the same manifest and blobs" {
	lighter push -q "$REGISTRY/app:one"
	lighter rmi -f app:one "$REGISTRY/app:one"
	lighter pull -q "$REGISTRY/app:one"
	lighter tag "$REGISTRY/app:one" "$REGISTRY/again:two"
	lighter push -q "$REGISTRY/again:two"
	arrived "$LAYOUT" again two
}

@test "a second push sends nothing, another repository's blobs are mounted" {
	lighter push -q "$REGISTRY/app:one"
	run lighter push "$REGISTRY/app:one"
	assert_eq "$(grep -c ': Layer already exists$' <<<"$output")" 4
	lighter tag app:one "$REGISTRY/team/copy:x"
	run lighter push "$REGISTRY/team/copy:x"
	assert_eq "$(grep -c ': Mounted from app$' <<<"$output")" 4
	arrived "$LAYOUT" team/copy x
}

@test "a large blob goes in chunks" {
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$BATS_TEST_TMPDIR/huge" huge:one <(cat_layers)
	tar -C "$BATS_TEST_TMPDIR/huge" -cf "$BATS_TEST_TMPDIR/huge.tar" .
	lighter load -qi "$BATS_TEST_TMPDIR/huge.tar"
	lighter tag huge:one "$REGISTRY/huge:one"
	lighter push -q "$REGISTRY/huge:one"
	assert_eq "$(grep -c PATCH "$SERVE_LOG")" 3
	arrived "$BATS_TEST_TMPDIR/huge" huge one
}

# One tar of 40 MB of noise.
cat_layers() {
	mkdir "$BATS_TEST_TMPDIR/noise"
	head -c 40000000 /dev/urandom >"$BATS_TEST_TMPDIR/noise/data"
	tar -C "$BATS_TEST_TMPDIR/noise" -cf - .
}

@test "-a pushes every tag of the repository, -q tells the name alone" {
	lighter tag app:one "$REGISTRY/app:two"
	run lighter push -q -a "$REGISTRY/app"
	[ "$status" -eq 0 ]
	assert_eq "${#lines[@]}" 1
	arrived "$LAYOUT" app one
	arrived "$LAYOUT" app two
}

@test "pull -a brings every tag that the registry has, over all pages" {
	lighter tag app:one "$REGISTRY/app:two"
	lighter push -q -a "$REGISTRY/app"
	lighter rmi -f app:one
	run lighter pull -a "$REGISTRY/app"
	[ "$status" -eq 0 ]
	assert_eq "${lines[-1]}" "$REGISTRY/app"
	assert_eq "$(lighter images --format '{{.Tag}}' "$REGISTRY/app" | sort | tr '\n' ' ')" "one two "
	run lighter pull -a "$REGISTRY/app:one"
	[ "$status" -eq 1 ]
	[[ "$output" == *"tag can't be used with --all-tags"* ]]
	serve_stop
	hostile_start tags "$LAYOUT"
	lighter pull -a -q "$REGISTRY/debian"
	assert_eq "$(lighter images --format '{{.Tag}}' "$REGISTRY/debian" | sort | tr '\n' ' ')" "one three two "
}

@test "an image that is not here is not pushed, a digest is no tag" {
	run lighter push "$REGISTRY/none:x"
	[ "$status" -eq 1 ]
	[[ "$output" == *"an image does not exist locally with the tag: $REGISTRY/none:x"* ]]
	run lighter push "$REGISTRY/app@$(manifest_of "$LAYOUT")"
	[[ "$output" == *"cannot push a digest reference"* ]]
}

@test "skopeo reads what was pushed, and what skopeo pushes is pulled, digest for digest" {
	local hex
	hex=$(manifest_of "$LAYOUT" | cut -d: -f2)
	lighter push -q "$REGISTRY/app:one"
	skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/app:one" "dir:$BATS_TEST_TMPDIR/dir"
	cmp "$BATS_TEST_TMPDIR/dir/manifest.json" "$LAYOUT/blobs/sha256/$hex"
	skopeo copy -q --dest-tls-verify=false "dir:$BATS_TEST_TMPDIR/dir" "docker://$REGISTRY/theirs:one"
	run lighter pull "$REGISTRY/theirs:one"
	[[ "$output" == *"Digest: sha256:$hex"* ]]
}
