#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The registry's API as the distribution specification has it, by curl.

load ../lib/lighter
load ../lib/assert
load ../lib/serve

setup_file() {
	serve_start
	export REGISTRY URL SERVE_PID SERVE_LOG
}

teardown_file() {
	serve_stop
}

setup() {
	T=$BATS_TEST_TMPDIR
	R=t$BATS_TEST_NUMBER/r # a repository of this test
	head -c 100000 /dev/urandom >"$T/blob"
	echo '{}' >"$T/config"
	D=$(digest_of "$T/blob")
}

# image REPOSITORY REFERENCE: pushes config, blob and a manifest of them; its digest is $M
image() {
	push_blob "$1" "$T/config" >"$T/out"
	push_blob "$1" "$T/blob" >"$T/out"
	manifest "$T/manifest" "$T/config" "$T/blob"
	put_manifest "$1" "$2" "$T/manifest"
	wants 201
	M=$(digest_of "$T/manifest")
}

start_upload() { # sets $location
	say POST "v2/$R/blobs/uploads/"
	wants 202
	location=$(field Location)
	[ "$(field Range)" = 0-0 ]
}

@test "the base says the version of the API, errors are the standard's JSON" {
	say GET v2/
	wants 200
	assert_eq "$(field Docker-Distribution-API-Version)" registry/2.0
	say GET "v2/$R/blobs/$D"
	wants 404 BLOB_UNKNOWN
	assert_eq "$(field Content-Type)" application/json
	say GET v2/nothing/here
	wants 404
	say POST v2/
	wants 405 UNSUPPORTED
	assert_eq "$(field Allow)" 'GET, HEAD'
}

@test "a blob is pushed in one request, in two, streamed, and read back" {
	push_blob "$R" "$T/blob"
	assert_eq "$(field Location)" "/v2/$R/blobs/$D"
	say GET "v2/$R/blobs/$D"
	wants 200
	cmp "$body" "$T/blob"
	say DELETE "v2/$R/blobs/$D"
	start_upload
	say PUT "$location?digest=$D" --data-binary "@$T/blob"
	wants 201
	assert_eq "$(field Docker-Content-Digest)" "$D"
	say DELETE "v2/$R/blobs/$D"
	start_upload
	say PATCH "$location" -H 'Transfer-Encoding: chunked' -H 'Content-Type: application/octet-stream' --data-binary "@$T/blob"
	wants 202
	assert_eq "$(field Range)" 0-99999
	say PUT "$location?digest=$D"
	wants 201
	say GET "v2/$R/blobs/$D"
	cmp "$body" "$T/blob"
}

@test "chunks come in order, a wrong one is 416 and says where to go on, another connection resumes" {
	start_upload
	split -b 40000 "$T/blob" "$T/part."
	say PATCH "$location" -H 'Content-Range: 0-39999' --data-binary "@$T/part.aa"
	wants 202
	say PATCH "$location" -H 'Content-Range: 80000-99999' --data-binary "@$T/part.ac"
	wants 416 RANGE_INVALID
	assert_eq "$(field Range)" 0-39999
	say PATCH "$location" -H 'Content-Range: 0-39999' --data-binary "@$T/part.aa"
	wants 416
	say PATCH "$location" -H 'Content-Range: 40000-70000' --data-binary "@$T/part.ab"
	wants 416
	say PATCH "$location" -H 'Content-Range: forty' --data-binary "@$T/part.ab"
	wants 400 BLOB_UPLOAD_INVALID
	say GET "$location"
	wants 204
	assert_eq "$(field Range)" 0-39999
	say PATCH "$location" -H 'Content-Range: 40000-79999' --data-binary "@$T/part.ab"
	wants 202
	say PUT "$location?digest=$D" -H 'Content-Range: 80000-99999' --data-binary "@$T/part.ac"
	wants 201
	say GET "v2/$R/blobs/$D"
	cmp "$body" "$T/blob"
}

@test "an upload is asked for, given up, and belongs to its repository" {
	start_upload
	say GET "${location/$R/other}"
	wants 404 BLOB_UPLOAD_UNKNOWN
	say DELETE "$location"
	wants 204
	say GET "$location"
	wants 404 BLOB_UPLOAD_UNKNOWN
	say PATCH "$location" --data-binary "@$T/blob"
	wants 404 BLOB_UPLOAD_UNKNOWN
	say PUT "v2/$R/blobs/uploads/../../x?digest=$D" --path-as-is
	wants 404
}

@test "what is sent is what its digest says, or nothing is kept" {
	say POST "v2/$R/blobs/uploads/?digest=$D" --data-binary "@$T/config"
	wants 400 DIGEST_INVALID
	start_upload
	say PUT "$location?digest=$D" --data-binary "@$T/config"
	wants 400 DIGEST_INVALID
	say GET "$location"
	wants 404
	start_upload
	say PUT "$location" --data-binary "@$T/blob"
	wants 400 DIGEST_INVALID
	say PUT "$location?digest=md5:00" --data-binary "@$T/blob"
	wants 400 DIGEST_INVALID
	say HEAD "v2/$R/blobs/$D"
	wants 404
	say DELETE "$location"
	[ ! -e "$LIGHTER_ROOT/registry/blobs/${D/://}" ]
}

@test "a blob is mounted from a repository that has it, and from any, and else an upload begins" {
	push_blob "$R" "$T/blob"
	say POST "v2/$R-2/blobs/uploads/?mount=$D&from=$R"
	wants 201
	assert_eq "$(field Location)" "/v2/$R-2/blobs/$D"
	say POST "v2/$R-3/blobs/uploads/?mount=$D"
	wants 201
	say POST "v2/$R-4/blobs/uploads/?mount=$D&from=$R-5"
	wants 202
	say POST "v2/$R-4/blobs/uploads/?mount=$D&from=../$R"
	wants 400 NAME_INVALID
	say GET "v2/$R-3/blobs/$D"
	cmp "$body" "$T/blob"
	# one file: the store's name, and three repositories'
	assert_eq "$(stat -c %h "$LIGHTER_ROOT/registry/blobs/${D/://}")" 4
	say DELETE "v2/$R/blobs/$D"
	say GET "v2/$R-2/blobs/$D"
	cmp "$body" "$T/blob"
}

@test "HEAD tells and ranges give a part" {
	push_blob "$R" "$T/blob"
	say HEAD "v2/$R/blobs/$D"
	wants 200
	assert_eq "$(field Content-Length)" 100000
	assert_eq "$(field Accept-Ranges)" bytes
	local range from count
	while read -r range from count; do
		say GET "v2/$R/blobs/$D" -r "$range"
		wants 206
		tail -c "+$((from + 1))" "$T/blob" | head -c "$count" >"$T/part"
		cmp "$body" "$T/part"
		assert_eq "$(field Content-Range)" "bytes $from-$((from + count - 1))/100000"
	done <<-END
		0-0 0 1
		5-9 5 5
		99990- 99990 10
		-7 99993 7
		90000-200000 90000 10000
		-200000 0 100000
	END
	for range in 100000- 200000-200001 -0 9-5; do
		say GET "v2/$R/blobs/$D" -r "$range"
		wants 416 RANGE_INVALID
	done
	assert_eq "$(field Content-Range)" 'bytes */100000'
	say GET "v2/$R/blobs/$D" -H 'Range: lines=1-2'
	wants 200
	say GET "v2/$R/blobs/$D" -r 0-1,5-6
	wants 200
}

@test "a manifest is read by tag and by digest as it was pushed" {
	image "$R" one
	assert_eq "$(field Location)" "/v2/$R/manifests/$M"
	local reference
	for reference in one "$M" "${M/:/%3A}"; do
		say GET "v2/$R/manifests/$reference"
		wants 200
		cmp "$body" "$T/manifest"
		assert_eq "$(field Content-Type)" application/vnd.oci.image.manifest.v1+json
		assert_eq "$(field Docker-Content-Digest)" "$M"
	done
	say HEAD "v2/$R/manifests/one"
	wants 200
	assert_eq "$(field Content-Length)" "$(stat -c %s "$T/manifest")"
	say GET "v2/$R/manifests/two"
	wants 404 MANIFEST_UNKNOWN
	say GET "v2/$R/manifests/.x"
	wants 400 TAG_INVALID
	say GET "v2/$R/manifests/sha256:0"
	wants 400 DIGEST_INVALID
	put_manifest "$R" "$D" "$T/manifest"
	wants 400 DIGEST_INVALID
	put_manifest "$R" "$M?tag=a&tag=b" "$T/manifest"
	wants 201
	assert_eq "$(field OCI-Tag)" $'a\nb'
	say GET "v2/$R/manifests/b"
	cmp "$body" "$T/manifest"
}

@test "a manifest is not accepted before what it refers to, but for layers that lie elsewhere" {
	push_blob "$R" "$T/config"
	manifest "$T/manifest" "$T/config" "$T/blob"
	put_manifest "$R" one "$T/manifest"
	wants 404 MANIFEST_BLOB_UNKNOWN
	grep -q "$D" "$body"
	say GET "v2/$R/manifests/one"
	wants 404
	sed 's|"layers":\[.*|"layers":[{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"'"$D"'","size":100000,"urls":["http://127.0.0.1/x"]}]}|' \
		"$T/manifest" >"$T/foreign"
	put_manifest "$R" foreign "$T/foreign"
	wants 201
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"m","digest":"%s","size":1}]}' "$D" >"$T/index"
	put_manifest "$R" index "$T/index" application/vnd.oci.image.index.v1+json
	wants 404 MANIFEST_BLOB_UNKNOWN
}

@test "Docker's media types are kept, a document that is two things is refused" {
	TYPE=application/vnd.docker.distribution.manifest.v2+json
	push_blob "$R" "$T/config"
	push_blob "$R" "$T/blob"
	manifest "$T/manifest" "$T/config" "$T/blob"
	put_manifest "$R" docker "$T/manifest" "$TYPE"
	wants 201
	say GET "v2/$R/manifests/docker"
	assert_eq "$(field Content-Type)" "$TYPE"
	put_manifest "$R" docker "$T/manifest" application/vnd.oci.image.manifest.v1+json
	wants 400 MANIFEST_INVALID
	printf '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[{"digest":"%s","size":1}]}' \
		"$(digest_of "$T/manifest")" >"$T/list"
	put_manifest "$R" list "$T/list" application/vnd.docker.distribution.manifest.list.v2+json
	wants 201
	say GET "v2/$R/manifests/list"
	assert_eq "$(field Content-Type)" application/vnd.docker.distribution.manifest.list.v2+json
	put_manifest "$R" x "$T/list" text/html
	wants 400 MANIFEST_INVALID
	sed 's/"manifests"/"layers":[],"manifests"/' "$T/list" >"$T/both"
	put_manifest "$R" both "$T/both" application/vnd.docker.distribution.manifest.list.v2+json
	wants 400 MANIFEST_INVALID
	sed 's|"mediaType":"[^"]*",||' "$T/manifest" >"$T/untyped"
	put_manifest "$R" untyped "$T/untyped" "$TYPE"
	wants 201
	say GET "v2/$R/manifests/untyped"
	assert_eq "$(field Content-Type)" "$TYPE"
}

@test "a manifest has at most 4 MiB" {
	push_blob "$R" "$T/config"
	MORE=",\"annotations\":{\"a\":\"$(head -c 4190000 /dev/zero | tr '\0' a)\"}"
	manifest "$T/manifest" "$T/config"
	put_manifest "$R" large "$T/manifest"
	wants 201
	say GET "v2/$R/manifests/large"
	cmp "$body" "$T/manifest"
	head -c 10000 /dev/zero | tr '\0' ' ' >>"$T/manifest"
	put_manifest "$R" larger "$T/manifest"
	wants 413 SIZE_INVALID
	say PUT "v2/$R/manifests/larger" -H 'Transfer-Encoding: chunked' --data-binary "@$T/manifest"
	wants 413 SIZE_INVALID
	say GET "v2/$R/tags/list"
	assert_eq "$(jq -c .tags "$body")" '["large"]'
}

@test "tags are listed in order, in pages" {
	say GET "v2/$R/tags/list"
	wants 404 NAME_UNKNOWN
	image "$R" b
	local tag
	for tag in c a Z _x 9; do
		put_manifest "$R" "$tag" "$T/manifest"
		wants 201
	done
	say GET "v2/$R/tags/list"
	assert_eq "$(jq -c . "$body")" "{\"name\":\"$R\",\"tags\":[\"9\",\"Z\",\"_x\",\"a\",\"b\",\"c\"]}"
	[ -z "$(field Link)" ]
	say GET "v2/$R/tags/list?n=2"
	assert_eq "$(jq -c .tags "$body")" '["9","Z"]'
	assert_eq "$(field Link)" "</v2/$R/tags/list?n=2&last=Z>; rel=\"next\""
	say GET "v2/$R/tags/list?n=2&last=Z"
	assert_eq "$(jq -c .tags "$body")" '["_x","a"]'
	say GET "v2/$R/tags/list?n=2&last=a"
	assert_eq "$(jq -c .tags "$body")" '["b","c"]'
	[ -z "$(field Link)" ]
	say GET "v2/$R/tags/list?last=aa"
	assert_eq "$(jq -c .tags "$body")" '["b","c"]'
	say GET "v2/$R/tags/list?n=0"
	assert_eq "$(jq -c .tags "$body")" '[]'
	[ -z "$(field Link)" ]
	say GET "v2/$R/tags/list?n=-1"
	wants 400 PAGINATION_NUMBER_INVALID
}

@test "referrers are an index of what has the digest as its subject, filtered by type" {
	image "$R" one
	say GET "v2/$R/referrers/$M"
	wants 200
	assert_eq "$(field Content-Type)" application/vnd.oci.image.index.v1+json
	assert_eq "$(jq -c '[.schemaVersion, .mediaType, .manifests]' "$body")" '[2,"application/vnd.oci.image.index.v1+json",[]]'
	MORE=",\"artifactType\":\"a/x\",\"annotations\":{\"k\":\"v\"},\"subject\":{\"mediaType\":\"m\",\"digest\":\"$M\",\"size\":1}"
	manifest "$T/typed" "$T/config"
	put_manifest "$R" "$(digest_of "$T/typed")" "$T/typed"
	wants 201
	assert_eq "$(field OCI-Subject)" "$M"
	MORE=",\"subject\":{\"mediaType\":\"m\",\"digest\":\"$M\",\"size\":1}" CONFIG_TYPE=c/t
	manifest "$T/untyped" "$T/config"
	put_manifest "$R" two "$T/untyped"
	say GET "v2/$R/referrers/$M"
	assert_eq "$(jq -c '.manifests | sort_by(.artifactType)' "$body")" "$(jq -nc '[$ARGS.positional | _nwise(4) |
		{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: .[0], size: .[1]} +
		(if .[2] == null then {} else {annotations: .[2]} end) + {artifactType: .[3]}]' --jsonargs \
		"\"$(digest_of "$T/typed")\"" "$(stat -c %s "$T/typed")" '{"k":"v"}' '"a/x"' \
		"\"$(digest_of "$T/untyped")\"" "$(stat -c %s "$T/untyped")" null '"c/t"')"
	[ -z "$(field OCI-Filters-Applied)" ]
	say GET "v2/$R/referrers/$M?artifactType=a%2Fx"
	assert_eq "$(jq -c '[.manifests[].artifactType]' "$body")" '["a/x"]'
	assert_eq "$(field OCI-Filters-Applied)" artifactType
	say DELETE "v2/$R/manifests/$(digest_of "$T/typed")"
	wants 202
	say GET "v2/$R/referrers/$M"
	assert_eq "$(jq -c '[.manifests[].artifactType]' "$body")" '["c/t"]'
	say GET "v2/$R/referrers/nothing"
	wants 400 DIGEST_INVALID
}

@test "tags, manifests and blobs are deleted, and their bytes are gone with the last of them" {
	image "$R" one
	put_manifest "$R" two "$T/manifest"
	say DELETE "v2/$R/manifests/one"
	wants 202
	say GET "v2/$R/manifests/one"
	wants 404
	say GET "v2/$R/manifests/$M"
	wants 200
	say DELETE "v2/$R/manifests/$M"
	wants 202
	say GET "v2/$R/manifests/two"
	wants 404 MANIFEST_UNKNOWN
	say GET "v2/$R/tags/list"
	assert_eq "$(jq -c .tags "$body")" '[]'
	say DELETE "v2/$R/manifests/$M"
	wants 404 MANIFEST_UNKNOWN
	say DELETE "v2/$R/blobs/$D"
	wants 202
	say GET "v2/$R/blobs/$D"
	wants 404
	say DELETE "v2/$R/blobs/$D"
	wants 404 BLOB_UNKNOWN
	[ -z "$(find "$LIGHTER_ROOT/registry" -name "${D#*:}")" ]
	[ -z "$(find "$LIGHTER_ROOT/registry" -name "${M#*:}*")" ]
}

@test "sha512 is a digest like sha256" {
	local long
	long=$(digest_of "$T/blob" 512)
	say POST "v2/$R/blobs/uploads/?digest=$long" --data-binary "@$T/blob"
	wants 201
	say GET "v2/$R/blobs/$long"
	cmp "$body" "$T/blob"
	say POST "v2/$R/blobs/uploads/?digest=${long%??}00" --data-binary "@$T/blob"
	wants 400 DIGEST_INVALID
	push_blob "$R" "$T/config"
	manifest "$T/manifest" "$T/config"
	put_manifest "$R" "$(digest_of "$T/manifest" 512)" "$T/manifest"
	wants 201
	say GET "v2/$R/manifests/$(digest_of "$T/manifest" 512)"
	cmp "$body" "$T/manifest"
}

@test "each request is a line of the log, --log-level warn is silent" {
	say GET "v2/$R/blobs/$D"
	grep -qE "level=info msg=\"127.0.0.1:[0-9]+ GET /v2/$R/blobs/$D 404 [0-9]+ [0-9.]+ms\"" "$SERVE_LOG"
	lighter --log-level warn registry serve --listen "unix:$T/socket" --root "$T/root" >"$T/log" 2>&1 3>&- &
	local server=$!
	wait_until curl -sf --unix-socket "$T/socket" http://registry/v2/ -o "$T/out"
	kill "$server"
	wait "$server"
	[ ! -s "$T/log" ]
}

@test "--listen takes several addresses and a socket that was left behind, --root chooses the directory" {
	local server i
	for i in 1 2; do
		lighter registry serve --listen "unix:$T/socket" --listen 127.0.0.1:0 --listen '[::1]:0' --root "$T/root" >"$T/log" 2>&1 3>&- &
		server=$!
		wait_until curl -sf --unix-socket "$T/socket" http://registry/v2/ -o "$T/out"
		curl -sf "http://$(sed -n 's/.*listening on \(127[^"]*\)".*/\1/p' "$T/log")/v2/" -o "$T/out"
		curl -sfg "http://$(sed -n 's/.*listening on \(\[[^"]*\)".*/\1/p' "$T/log")/v2/" -o "$T/out"
		kill -KILL "$server"
		wait "$server" || true
		[ -S "$T/socket" ]
	done
	[ -d "$T/root/uploads" ]
	fails_with 1 "listen on 'localhost': ADDRESS:PORT, \[ADDRESS\]:PORT or unix:PATH is wanted" \
		lighter registry serve --listen localhost --root "$T/root"
	fails_with 1 "listen on '$REGISTRY': Address already in use" lighter registry serve --listen "$REGISTRY" --root "$T/root"
}

@test "--processes serve together, one that dies is replaced" {
	serve_workers() { # those that have the name of the first one's children and listen
		ps -o pid= --ppid "$SERVE_PID" | sort
	}
	local before dead
	lighter registry serve --listen "unix:$T/socket" --root "$T/root" --processes 3 >"$T/log" 2>&1 3>&- &
	local SERVE_PID=$!
	wait_until curl -sf --unix-socket "$T/socket" http://registry/v2/ -o "$T/out"
	three() { [ "$(serve_workers | wc -l)" = 3 ]; }
	wait_until three
	before=$(serve_workers)
	dead=$(head -n 1 <<<"$before" | tr -d ' ')
	kill -KILL "$dead"
	replaced() { three && ! serve_workers | grep -qw "$dead"; }
	wait_until replaced
	curl -sf --unix-socket "$T/socket" http://registry/v2/ -o "$T/out"
	kill -KILL "$SERVE_PID"
	wait "$SERVE_PID" || true
	none() { ! pgrep -f "lighter-registry .*$T" >"$T/out"; }
	wait_until none
}

@test "lighter pulls what was pushed, byte by byte, and what it has already takes no second place" {
	image_layout "$T/layout"
	local blob digest name=$REGISTRY/$R:pulled
	for blob in "$T"/layout/blobs/sha256/*; do
		push_blob "$R" "$blob" >"$T/out"
	done
	digest=$(jq -r '.manifests[0].digest' "$T/layout/index.json")
	put_manifest "$R" pulled "$T/layout/blobs/sha256/${digest#*:}"
	wants 201
	lighter pull -q "$name"
	[[ $(lighter images --format '{{.Repository}}' 2>&1 || lighter images) == *"$REGISTRY/$R"* ]]
	for blob in "$T"/layout/blobs/sha256/*; do
		cmp "$blob" "$LIGHTER_ROOT/images/blobs/sha256/${blob##*/}"
	done
	# pushed again after the registry has forgotten it: the image's own file gets another name
	blob=$(jq -r '.layers[0].digest' "$T/layout/blobs/sha256/${digest#*:}")
	say DELETE "v2/$R/blobs/$blob"
	push_blob "$R" "$T/layout/blobs/sha256/${blob#*:}"
	[ "$LIGHTER_ROOT/images/blobs/sha256/${blob#*:}" -ef "$LIGHTER_ROOT/registry/repositories/$R/_blobs/sha256/${blob#*:}" ]
	lighter rmi "$name"
	say GET "v2/$R/blobs/$blob"
	cmp "$body" "$T/layout/blobs/sha256/${blob#*:}"
}
