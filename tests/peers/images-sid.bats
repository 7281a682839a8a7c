#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Archives from one hand to the other: what lighter saves, skopeo, podman and docker read; what they save, lighter loads. Manifest
# and blobs are the same bytes wherever the format lets them be.

load ../lib/lighter
load ../lib/assert
load ../lib/engine
bats_require_minimum_version 1.5.0

setup_file() {
	engine_start sleep 1000
	image_layout "$E/layout"
	tar -C "$E/layout" -cf "$E/layout.tar" .
	lighter load -q -i "$E/layout.tar"
	lighter save -o "$E/saved.tar" busybox
}

teardown_file() {
	lighter rmi -f busybox
	engine_stop
}

PODMAN=(env PODMAN_IGNORE_CGROUPSV1_WARNING=1 podman --root "$E/podman" --runroot "$E/runroot" --tmpdir "$E/tmp" --events-backend file)

skopeo() { engine skopeo --insecure-policy "$@"; }
podman() { engine "${PODMAN[@]}" "$@"; }

manifest_of() { jq -r '.manifests[0].digest' "$1/index.json"; }
blobs_of() { (cd "$1" && find . -type f -size +0 -exec sha256sum {} + | cut -c1-64 | sort -u); }

fresh() { # an instance of the test alone
	export LIGHTER_ROOT=$BATS_TEST_TMPDIR/data LIGHTER_RUN_ROOT=$BATS_TEST_TMPDIR/run
	mkdir -p "$LIGHTER_ROOT" "$LIGHTER_RUN_ROOT"
}

@test "skopeo reads lighter's archive as an OCI layout, digest for digest" {
	skopeo copy "oci-archive:$E/saved.tar:latest" "oci:$E/from-oci:latest"
	assert_eq "$(manifest_of "$E/from-oci")" "$(manifest_of "$E/layout")"
	assert_eq "$(blobs_of "$E/from-oci/blobs")" "$(blobs_of "$E/layout/blobs")"
	assert_eq "$(skopeo inspect --format '{{.Digest}}' "oci-archive:$E/saved.tar:latest")" "$(manifest_of "$E/layout")"
}

@test "skopeo reads lighter's archive as a docker-archive, by its tag" {
	skopeo copy "docker-archive:$E/saved.tar:busybox:latest" "dir:$E/from-docker"
	assert_eq "$(jq -r '.config.digest' "$E/from-docker/manifest.json")" "$(lighter images -q --no-trunc busybox)"
}

@test "lighter loads skopeo's oci-archive: manifest and blobs are the same, also when it is saved again" {
	fresh
	skopeo copy "oci:$E/layout:busybox:latest" "oci-archive:$E/skopeo.tar:busybox:latest"
	assert_eq "$(lighter load -q -i "$E/skopeo.tar")" "Loaded image: busybox:latest"
	assert_eq "$(manifest_of "$LIGHTER_ROOT/images")" "$(manifest_of "$E/layout")"
	lighter save busybox | cmp - "$E/saved.tar"
}

@test "lighter loads skopeo's docker-archive" {
	fresh
	skopeo copy "oci:$E/layout:busybox:latest" "docker-archive:$E/skopeo-docker.tar:busybox:latest"
	assert_eq "$(lighter load -q -i "$E/skopeo-docker.tar")" "Loaded image: busybox:latest"
	assert_eq "$(lighter image inspect -f '{{json .RootFS.Layers}}' busybox)" \
		"[\"sha256:$(gzip -dc "$E/layout/blobs/sha256/"* 2>/dev/null | sha256sum | cut -d' ' -f1)\"]"
}

@test "podman loads what lighter saved and saves what lighter loads; the image's id is the same" {
	fresh
	podman load -qi "$E/saved.tar"
	assert_eq "$(podman image inspect -f '{{.Id}}' busybox)" "$(tar -xOf "$E/saved.tar" manifest.json | jq -r '.[0].Config' | cut -d/ -f3)"
	podman save -q --format oci-archive -o "$E/podman.tar" busybox
	podman save -q --format docker-archive -o "$E/podman-docker.tar" busybox
	lighter load -q -i "$E/podman.tar"
	assert_eq "$(lighter images -q --no-trunc | sort -u)" "sha256:$(podman image inspect -f '{{.Id}}' busybox)"
	lighter load -q -i "$E/podman-docker.tar"
	assert_eq "$(lighter image inspect -f '{{json .RootFS.Layers}}' busybox)" "$(podman image inspect busybox | jq -c '.[0].RootFS.Layers')"
	podman rmi busybox
}
