# SPDX-License-Identifier: Apache-2.0
# Debian's docker-registry on a loopback port of the capsule, of a test or (from setup_file) of a file. `registry_start` sets $REGISTRY (127.0.0.1:PORT),
# `registry_push LAYOUT NAME[:TAG]` uploads an OCI layout's first image with curl, `registry_stop` ends it.

_registry_dir() {
	echo "${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}"
}

_free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

registry_start() {
	local port dir
	dir=$(_registry_dir)/registry
	port=$(_free_port)
	mkdir -p "$dir/data"
	cat >"$dir/config.yml" <<-END
		version: 0.1
		log: {level: error}
		storage: {filesystem: {rootdirectory: $dir/data}}
		http: {addr: 127.0.0.1:$port}
	END
	docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 3>&- &
	REGISTRY_PID=$!
	REGISTRY=127.0.0.1:$port
	wait_until curl -sf -o "$dir/ping" "http://$REGISTRY/v2/"
}

registry_stop() {
	[ -z "${REGISTRY_PID:-}" ] && return 0
	kill "$REGISTRY_PID" 2>/dev/null || true
	wait "$REGISTRY_PID" 2>/dev/null || true
	REGISTRY_PID=
}

# _registry_blob REPOSITORY DIGEST FILE
_registry_blob() {
	local location separator='?' answer
	answer=$(_registry_dir)/upload
	location=$(curl -sf -X POST -D - -o "$answer" "http://$REGISTRY/v2/$1/blobs/uploads/" |
		tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
	case $location in *\?*) separator='&' ;; esac
	curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$3" \
		"$location${separator}digest=$2" -o "$answer"
}

registry_push() {
	local layout=$1 repository=${2%:*} tag=${2##*:} manifest digest type
	manifest=$(jq -r '.manifests[0].digest' "$layout/index.json")
	type=$(jq -r '.manifests[0].mediaType' "$layout/index.json")
	for digest in $(jq -r '.config.digest, .layers[].digest' "$layout/blobs/sha256/${manifest#*:}"); do
		_registry_blob "$repository" "$digest" "$layout/blobs/sha256/${digest#*:}"
	done
	curl -sf -X PUT -H "Content-Type: $type" --data-binary "@$layout/blobs/sha256/${manifest#*:}" \
		"http://$REGISTRY/v2/$repository/manifests/$tag" -o "$(_registry_dir)/upload"
}

# hostile_start MODE LAYOUT: tests/fault/hostile_registry.py in place of a registry; sets $REGISTRY too.
hostile_start() {
	local ready=$BATS_TEST_TMPDIR/hostile-port
	rm -f "$ready"
	python3 "$BATS_TEST_DIRNAME/../fault/hostile_registry.py" "$1" "$2" "$ready" \
		>"$BATS_TEST_TMPDIR/hostile-log" 2>&1 3>&- &
	REGISTRY_PID=$!
	wait_until test -s "$ready"
	REGISTRY=127.0.0.1:$(cat "$ready")
}
