#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image copy: from one form to another with the same digests, without the store and without unpacking.

load ../lib/lighter
load ../lib/instance

setup() {
	instance_of_test
	LAYOUT=$BATS_TEST_TMPDIR/layout
	image_layers "$LAYOUT" app:one
	T=$BATS_TEST_TMPDIR
}

manifest_of() { jq -r '.manifests[0].digest' "$1/index.json"; }
blobs_of() { (cd "$1" && ls | grep -E '^[0-9a-f]{64}$' | xargs sha256sum | awk '$1 != $2 { exit 1 } { print $1 }' | sort); }

store_is_empty() {
	[ -z "$(lighter images -q)" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/layers" 2>/dev/null)" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest" 2>/dev/null)" ]
}

@test "oci to oci-archive to oci to dir and back: manifest and blobs are the same" {
	lighter image copy "oci:$LAYOUT:app:one" "oci-archive:$T/a.tar:app:two"
	tar -xOf "$T/a.tar" index.json | jq -e --arg d "$(manifest_of "$LAYOUT")" '.manifests[0]
		| .digest == $d and .annotations == {"io.containerd.image.name": "docker.io/library/app:two",
			"org.opencontainers.image.ref.name": "app:two"}'
	lighter image copy "oci-archive:$T/a.tar" "oci:$T/back:plain"
	[ "$(manifest_of "$T/back")" = "$(manifest_of "$LAYOUT")" ]
	[ "$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$T/back/index.json")" = plain ]
	[ "$(blobs_of "$T/back/blobs/sha256")" = "$(blobs_of "$LAYOUT/blobs/sha256")" ]
	lighter image copy "oci:$T/back:plain" "dir:$T/dir"
	[ "sha256:$(sha256sum <"$T/dir/manifest.json" | cut -d' ' -f1)" = "$(manifest_of "$LAYOUT")" ]
	[ "$(cat "$T/dir/version")" = "Directory Transport Version: 1.1" ]
	lighter image copy "dir:$T/dir" "oci:$T/again:x"
	[ "$(manifest_of "$T/again")" = "$(manifest_of "$LAYOUT")" ]
	[ "$(blobs_of "$T/again/blobs/sha256")" = "$(blobs_of "$LAYOUT/blobs/sha256")" ]
	store_is_empty
}

@test "what was copied to an archive is what save writes, and loads" {
	lighter image copy "oci:$LAYOUT" "docker-archive:$T/a.tar:app:one"
	[ "$(lighter load -q -i "$T/a.tar")" = "Loaded image: app:one" ]
	[ "$(jq -r '.manifests[0].digest' "$LIGHTER_ROOT/images/index.json")" = "$(manifest_of "$LAYOUT")" ]
	tar -xOf "$T/a.tar" manifest.json | jq -e '.[0].RepoTags == ["app:one"]'
	lighter save -o "$T/b.tar" app:one
	diff <(tar -tf "$T/a.tar") <(tar -tf "$T/b.tar")
}

@test "a docker-archive of old gets a manifest and keeps its config" {
	tar -C "$T" -cf "$T/1.tar" layout/oci-layout
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" --docker "$T/old.tar" old:one "$T/1.tar"
	lighter image copy "docker-archive:$T/old.tar:old:one" "oci:$T/new:one"
	local manifest config
	manifest=$T/new/blobs/sha256/$(manifest_of "$T/new" | cut -d: -f2)
	config=$(tar -xOf "$T/old.tar" manifest.json | jq -r '.[0].Config' | cut -d. -f1)
	[ "$(jq -r '.config.digest' "$manifest")" = "sha256:$config" ]
	cmp <(tar -xOf "$T/old.tar" "$config.json") "$T/new/blobs/sha256/$config"
}

@test "of several images one is taken by its name; without a name that is an error" {
	image_layers "$T/other" other:1
	for name in app:one other:1; do
		tar -C "$([ "$name" = app:one ] && echo "$LAYOUT" || echo "$T/other")" -cf "$T/one.tar" .
		lighter load -q -i "$T/one.tar"
	done
	lighter save -o "$T/both.tar" app other
	run lighter image copy "oci-archive:$T/both.tar" "oci:$T/out"
	[ "$status" -eq 1 ]
	[[ "$output" == *"holds several images: say which one"* ]]
	lighter image copy "oci-archive:$T/both.tar:other:1" "oci:$T/out"
	[ "$(manifest_of "$T/out")" = "$(manifest_of "$T/other")" ]
	run lighter image copy "oci-archive:$T/both.tar:third:1" "oci:$T/out3"
	[ "$status" -eq 1 ]
	[[ "$output" == *"there is no image 'third:1' in it" ]]
	[ ! -e "$T/out3" ]
}

@test "a changed blob, a link for a blob, a missing one: refused, and nothing is written" {
	local layer
	layer=$(jq -r '.layers[0].digest' "$LAYOUT/blobs/sha256/$(manifest_of "$LAYOUT" | cut -d: -f2)" | cut -d: -f2)
	cp -r "$LAYOUT" "$T/changed"
	printf x | dd of="$T/changed/blobs/sha256/$layer" bs=1 seek=100 conv=notrunc status=none
	run lighter image copy "oci:$T/changed" "oci:$T/out"
	[ "$status" -eq 1 ]
	[[ "$output" == *"layer 'sha256:$layer': its content has the digest"* ]]
	rm "$T/changed/blobs/sha256/$layer"
	run lighter image copy "oci:$T/changed" "dir:$T/out"
	[ "$status" -eq 1 ]
	[[ "$output" == *"layer 'sha256:$layer' is not in the archive"* ]]
	ln -s /etc/passwd "$T/changed/blobs/sha256/$layer"
	run lighter image copy "oci:$T/changed" "oci-archive:$T/out.tar"
	[ "$status" -eq 1 ]
	[[ "$output" == *"open '$layer': Too many levels of symbolic links"* ]]
	[ ! -e "$T/out" ]
	[ ! -e "$T/out.tar" ]
	store_is_empty
}

@test "a place that is none, a transport that is none, a directory that is not empty" {
	run lighter image copy docker://busybox "oci:$T/out"
	[ "$status" -eq 1 ]
	[[ "$output" == *"the transport is not one of dir, docker-archive, oci, oci-archive" ]]
	run lighter image copy "oci:$T/nosuch" "oci:$T/out"
	[[ "$output" == *"open '$T/nosuch': No such file or directory" ]]
	run lighter image copy oci: "oci:$T/out"
	[[ "$output" == *"a path is wanted"* ]]
	mkdir "$T/full"
	touch "$T/full/file"
	run lighter image copy "oci:$LAYOUT" "oci:$T/full"
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: copy: '$T/full' is not empty" ]
	[ "$(ls "$T/full")" = file ]
}

@test "the archives that lie to load lie to copy in vain" {
	for kind in linked-manifest linked-config linked-layer deep-index both wrong-size deep-json; do
		python3 "$BATS_TEST_DIRNAME/../fault/hostile_archive.py" "$kind" "$LAYOUT" "$T/evil.tar"
		run lighter image copy "oci-archive:$T/evil.tar" "oci:$T/out"
		[ "$status" -eq 1 ]
		[ "${#lines[@]}" -eq 1 ]
		[ ! -e "$T/out" ]
	done
	store_is_empty
}
