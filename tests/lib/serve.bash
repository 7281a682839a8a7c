# SPDX-License-Identifier: Apache-2.0
# `lighter registry serve` on a port of its own choice, and what tests say to it by curl. serve_start [OPTION...] sets
# $REGISTRY (127.0.0.1:PORT), $SERVE_PID and $SERVE_LOG; serve_stop ends it.

_serve_dir() {
	echo "${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}"
}

serve_start() {
	local started
	SERVE_LOG=$(_serve_dir)/serve-log
	: >"$SERVE_LOG"
	started=$(wc -l <"$SERVE_LOG")
	lighter registry serve --listen 127.0.0.1:0 "$@" >>"$SERVE_LOG" 2>&1 3>&- &
	SERVE_PID=$!
	wait_until serve_listens
	REGISTRY=$(sed -n 's/.*listening on \(127[^"]*\)".*/\1/p' "$SERVE_LOG" | tail -n 1)
	URL=${SERVE_SCHEME:-http}://$REGISTRY/v2
}

serve_listens() {
	grep -q 'listening on' "$SERVE_LOG" || ! kill -0 "$SERVE_PID"
}

serve_stop() { # [SIGNAL]: and waits for all of it
	[ -n "${SERVE_PID:-}" ] || return 0
	kill "-${1:-TERM}" "$SERVE_PID" 2>/dev/null || true
	wait "$SERVE_PID" 2>/dev/null || true
	SERVE_PID=
	wait_until serve_has_ended
}

serve_has_ended() {
	! pgrep -f "lighter-registry .*$(_serve_dir)" >"$(_serve_dir)/pgrep"
}

# say METHOD PATH [CURL-OPTION...]: sets $status, $head (the last answer's), $body (a file).
say() {
	local method=() path=$2
	[ "$1" = GET ] || method=(-X "$1")
	[ "$1" != HEAD ] || method=(-I)
	shift 2
	body=$(_serve_dir)/body
	: >"$body"
	# shellcheck disable=SC2154 # bats has it
	status=$(curl -s "${method[@]}" -D "$body.head" -o "$body" -w '%{http_code}' "$@" "${URL%/v2}/${path#/}") || true
	head=$(tr -d '\r' <"$body.head")
}

# wants STATUS [CODE]: what the last answer was to be
wants() {
	[ "$status" = "$1" ] || { echo "status $status, wanted $1: $(cat "$body")"; return 1; }
	[ -z "${2:-}" ] || [ "$(jq -r '.errors[0].code' "$body")" = "$2" ] || { echo "wanted $2: $(cat "$body")"; return 1; }
}

field() { # NAME: a field of the last answer
	sed -n "s|^$1: ||Ip" <<<"$head"
}

digest_of() { # FILE [256|512]
	echo "sha${2:-256}:$("sha${2:-256}sum" "$1" | cut -d' ' -f1)"
}

push_blob() { # REPOSITORY FILE: prints its digest
	local digest
	digest=$(digest_of "$2")
	say POST "v2/$1/blobs/uploads/?digest=$digest" -H 'Content-Type: application/octet-stream' --data-binary "@$2"
	wants 201 && echo "$digest"
}

# manifest FILE CONFIG [LAYER...]: writes an OCI manifest of blobs that are files; MORE is put in as further members
manifest() {
	local to=$1 config=$2 layer layers=
	shift 2
	for layer; do
		layers+=",{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"$(digest_of "$layer")\",\"size\":$(stat -c %s "$layer")}"
	done
	printf '{"schemaVersion":2,"mediaType":"%s"%s,"config":{"mediaType":"%s","digest":"%s","size":%s},"layers":[%s]}' \
		"${TYPE:-application/vnd.oci.image.manifest.v1+json}" "${MORE:-}" "${CONFIG_TYPE:-application/vnd.oci.image.config.v1+json}" \
		"$(digest_of "$config")" "$(stat -c %s "$config")" "${layers#,}" >"$to"
}

put_manifest() { # REPOSITORY REFERENCE FILE [TYPE]
	say PUT "v2/$1/manifests/$2" -H "Content-Type: ${4:-application/vnd.oci.image.manifest.v1+json}" --data-binary "@$3"
}
