#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real clients of the registry, beside Debian's own registry: what goes through both is the same, blob for blob.

load ../lib/lighter
load ../lib/assert
load ../lib/registry
load ../lib/serve

setup() {
	T=$BATS_TEST_TMPDIR
	image_layout "$T/layout"
	M=$(jq -r '.manifests[0].digest' "$T/layout/index.json")
	printf '{"default":[{"type":"insecureAcceptAnything"}]}' >"$T/policy.json"
}

teardown() {
	serve_stop
	registry_stop
}

copy() { # [OPTION...] FROM TO
	skopeo --policy "$T/policy.json" --tmpdir "$T" copy -q --src-tls-verify=false --dest-tls-verify=false "$@"
}

same_layouts() { # DIR DIR: every blob of the one is in the other
	local blob
	for blob in "$1"/blobs/sha256/*; do cmp "$blob" "$2/blobs/sha256/${blob##*/}"; done
	assert_eq "$(ls "$1/blobs/sha256" | wc -l)" "$(ls "$2/blobs/sha256" | wc -l)"
}

@test "skopeo pushes, copies to Debian's registry and back, lists, inspects, deletes: the same bytes everywhere" {
	serve_start
	local ours=$REGISTRY theirs
	registry_start
	theirs=$REGISTRY
	copy "oci:$T/layout:busybox:latest" "docker://$ours/team/busybox:one"
	copy "docker://$ours/team/busybox:one" "docker://$theirs/busybox:one"
	copy "docker://$theirs/busybox:one" "docker://$ours/other/busybox:two"
	copy "docker://$ours/other/busybox:two" "oci:$T/back:busybox:latest"
	same_layouts "$T/layout" "$T/back"
	assert_eq "$(skopeo inspect --tls-verify=false "docker://$ours/other/busybox:two" | jq -r .Digest)" "$M"
	assert_eq "$(skopeo list-tags --tls-verify=false "docker://$ours/team/busybox" | jq -c .Tags)" '["one"]'
	skopeo delete --tls-verify=false "docker://$ours/team/busybox:one"
	! skopeo inspect --tls-verify=false "docker://$ours/team/busybox:one" >"$T/out" 2>&1
	assert_eq "$(skopeo inspect --tls-verify=false "docker://$ours/other/busybox:two" | jq -r .Digest)" "$M"
	# the second repository's layers were mounted: only their names were sent
	grep -qE 'POST /v2/other/busybox/blobs/uploads/ 20[12]' "$SERVE_LOG"
}

@test "skopeo pushes Docker's schema 2, lighter pulls it from both registries as one image" {
	serve_start
	local ours=$REGISTRY theirs
	registry_start
	theirs=$REGISTRY
	copy --format v2s2 "oci:$T/layout:busybox:latest" "docker://$ours/docker:one"
	copy "docker://$ours/docker:one" "docker://$theirs/docker:one"
	curl -sf -o "$T/manifest" -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$theirs/v2/docker/manifests/one"
	curl -sf "http://$ours/v2/docker/manifests/one" | cmp - "$T/manifest"
	lighter pull -q "$ours/docker:one"
	run lighter pull "$theirs/docker:one"
	[ "$status" -eq 0 ]
	[[ $output == *'Already exists'* ]]
	assert_eq "$(lighter inspect "$ours/docker:one" | jq -r '.[0].Id')" "$(lighter inspect "$theirs/docker:one" | jq -r '.[0].Id')"
	lighter rmi "$ours/docker:one" "$theirs/docker:one"
}

@test "eight skopeos at once: an upload is free for its next request, whichever process gets it" {
	serve_start --processes 4
	local i pids=()
	for i in {1..8}; do
		mkdir "$T/files.$i"
		head -c 300000 /dev/urandom >"$T/files.$i/data"
		tar -C "$T/files.$i" -cf "$T/layer.$i.tar" .
		python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$T/layout.$i" "image:$i" "$T/layer.$i.tar"
	done
	for i in {1..8}; do
		copy "oci:$T/layout.$i:image:$i" "docker://$REGISTRY/image:$i" 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	for i in {1..8}; do
		curl -sf "http://$REGISTRY/v2/image/manifests/$i" | cmp - "$T/layout.$i/blobs/sha256/$(jq -r '.manifests[0].digest' "$T/layout.$i/index.json" | cut -d: -f2)"
	done
	! grep -E ' (4|5)[0-9][0-9] [0-9]+ [0-9.]+ms' "$SERVE_LOG" | grep -vE ' (HEAD|GET) .* 404 | - - 400 '
}

@test "skopeo with a password, by TLS" {
	mkdir "$T/certs"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$T/key.pem" -out "$T/certs/ca.crt" 2>"$T/openssl"
	perl -e 'print "anna:", crypt("secret", "\$2y\$04\$abcdefghijklmnopqrstuu"), "\n"' >"$T/htpasswd"
	SERVE_SCHEME=https serve_start --tls-cert "$T/certs/ca.crt" --tls-key "$T/key.pem" --htpasswd "$T/htpasswd"
	! skopeo --policy "$T/policy.json" copy -q --dest-cert-dir "$T/certs" --dest-creds anna:wrong \
		"oci:$T/layout:busybox:latest" "docker://$REGISTRY/x:1" >"$T/out" 2>&1
	skopeo --policy "$T/policy.json" copy -q --dest-cert-dir "$T/certs" --dest-creds anna:secret \
		"oci:$T/layout:busybox:latest" "docker://$REGISTRY/x:1"
	skopeo --policy "$T/policy.json" copy -q --src-cert-dir "$T/certs" --src-creds anna:secret \
		"docker://$REGISTRY/x:1" "oci:$T/back:busybox:latest"
	same_layouts "$T/layout" "$T/back"
}
