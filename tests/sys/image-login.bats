#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Logins and certificates: who is asked for what, where it is kept, what never sees it.

load ../lib/lighter
load ../lib/assert
load ../lib/instance
load ../lib/registry

setup_file() {
	image_layers "$BATS_FILE_TMPDIR/layout" debian:test
	cd "$BATS_FILE_TMPDIR"
	authority right
	authority wrong
	signed right server "subjectAltName=IP:127.0.0.1"
	signed right client "extendedKeyUsage=clientAuth"
}

authority() { # NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$1.key" -out "$1.crt" 2>openssl.log
}

signed() { # AUTHORITY NAME EXTENSION
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$2.key" -out "$2.csr" 2>openssl.log
	openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.key" -CAcreateserial -days 2 -extfile <(echo "$3") -out "$2.cert" 2>openssl.log
}

setup() {
	instance_of_test
	LAYOUT=$BATS_FILE_TMPDIR/layout
	LOG=$BATS_TEST_TMPDIR/hostile-log
	export HOME=$BATS_TEST_TMPDIR/home DOCKER_CONFIG=
	unset XDG_RUNTIME_DIR XDG_CONFIG_HOME REGISTRY_AUTH_FILE
	mkdir "$HOME"
}

teardown() {
	registry_stop
}

login() { # PASSWORD [OPTION...]
	lighter login -u user --password-stdin "${@:2}" "$REGISTRY" <<<"$1"
}

pull() {
	lighter pull -q --retry 0 "$@" "$REGISTRY/debian:test"
}

fails() { # WORDS COMMAND...: with these words in the last line
	run "${@:2}"
	[ "$status" -eq 1 ]
	[[ "${lines[-1]}" == *"$1"* ]] || { echo "no '$1' in: ${lines[-1]}"; return 1; }
}

# helper [STATUS]: docker-credential-test in PATH; its store is a file, its log another.
helper() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/docker-credential-test" <<-END
		#!/bin/sh
		echo "\$1" >>$BATS_TEST_TMPDIR/helper-log
		case \$1 in
		get) read -r server; [ -s $BATS_TEST_TMPDIR/kept ] || { echo 'credentials not found in native keychain'; exit 1; }
			echo noise >&2; cat $BATS_TEST_TMPDIR/kept ;;
		store) cat >$BATS_TEST_TMPDIR/kept ;;
		erase) rm $BATS_TEST_TMPDIR/kept ;;
		esac
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/docker-credential-test"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "login asks the registry and is kept as Docker keeps it; logout forgets it" {
	local mode
	for mode in basic wants-user; do
		hostile_start "$mode" "$LAYOUT"
		fails ": log in" pull
		fails "the user name or the password is wrong" login wrong
		[ ! -e "$HOME/.docker/config.json" ] || [ "$(jq '.auths | length' "$HOME/.docker/config.json")" -eq 0 ]
		run login secret
		[ "$status" -eq 0 ]
		[[ "$output" == *"Login Succeeded"* ]]
		assert_eq "$(jq -r ".auths[\"$REGISTRY\"].auth" "$HOME/.docker/config.json")" dXNlcjpzZWNyZXQ=
		[ "$(stat -c %a "$HOME/.docker/config.json")" = 600 ]
		pull
		run lighter logout "$REGISTRY"
		[[ "$output" == "Removing login credentials for $REGISTRY" ]]
		run lighter logout "$REGISTRY"
		[[ "$output" == "Not logged in to $REGISTRY" ]]
		fails ": log in" pull
		registry_stop
	done
}

@test "what else stands in config.json stays" {
	hostile_start basic "$LAYOUT"
	mkdir "$HOME/.docker"
	echo '{"HttpHeaders":{"X":"y"},"auths":{"other.example":{"auth":"YTpi"}},"detachKeys":"ctrl-x"}' >"$HOME/.docker/config.json"
	login secret
	assert_eq "$(jq -c '[.HttpHeaders.X, .detachKeys, .auths["other.example"].auth, (.auths | length)]' "$HOME/.docker/config.json")" '["y","ctrl-x","YTpi",2]'
	lighter logout "$REGISTRY"
	assert_eq "$(jq -c '[.detachKeys, (.auths | keys)]' "$HOME/.docker/config.json")" '["ctrl-x",["other.example"]]'
}

@test "--authfile, REGISTRY_AUTH_FILE and Podman's auth.json" {
	hostile_start basic "$LAYOUT"
	login secret --authfile "$BATS_TEST_TMPDIR/auth.json"
	[ ! -e "$HOME/.docker/config.json" ]
	fails ": log in" pull
	pull --authfile "$BATS_TEST_TMPDIR/auth.json"
	REGISTRY_AUTH_FILE=$BATS_TEST_TMPDIR/auth.json pull
	mkdir -p "$BATS_TEST_TMPDIR/run/containers"
	cp "$BATS_TEST_TMPDIR/auth.json" "$BATS_TEST_TMPDIR/run/containers/"
	XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run pull
	# the nearest namespace counts
	jq --arg r "$REGISTRY" '.auths = {($r): {auth: "eDp5"}, ($r + "/debian"): {auth: "dXNlcjpzZWNyZXQ="}}' \
		"$BATS_TEST_TMPDIR/auth.json" >"$BATS_TEST_TMPDIR/near.json"
	pull --authfile "$BATS_TEST_TMPDIR/near.json"
	lighter logout --authfile "$BATS_TEST_TMPDIR/auth.json" "$REGISTRY"
	fails ": log in" pull --authfile "$BATS_TEST_TMPDIR/auth.json"
}

@test "credsStore and credHelpers: a helper keeps the login, the file does not" {
	local way
	helper
	hostile_start basic "$LAYOUT"
	mkdir "$HOME/.docker"
	for way in '{credsStore: "test"}' '{credsStore: "none", credHelpers: {($r): "test"}}'; do
		jq -n --arg r "$REGISTRY" "$way" >"$HOME/.docker/config.json"
		fails ": log in" pull
		login secret
		! grep -q dXNlcjpzZWNyZXQ "$HOME/.docker/config.json"
		assert_eq "$(jq -r .Secret "$BATS_TEST_TMPDIR/kept")" secret
		pull
		lighter logout "$REGISTRY"
		[ ! -e "$BATS_TEST_TMPDIR/kept" ]
	done
	jq -n '{credsStore: "none"}' >"$HOME/.docker/config.json"
	fails "'docker-credential-none' is not in PATH" pull
}

@test "--password warns, --username and --password-stdin go together" {
	hostile_start basic "$LAYOUT"
	run lighter login -u user -p secret "$REGISTRY"
	[ "$status" -eq 0 ]
	[[ "$output" == *"Using --password via the CLI is insecure"* ]]
	fails "must provide --username" lighter login --password-stdin "$REGISTRY" <<<x
	fails "mutually exclusive" lighter login -u user -p x --password-stdin "$REGISTRY" <<<x
}

@test "no argument, environment or log has the secret while a pull runs" {
	hostile_start basic "$LAYOUT"
	login secret
	registry_stop
	sed -i "s/127.0.0.1:[0-9]*/HOST/" "$HOME/.docker/config.json"
	hostile_start basic-stall "$LAYOUT"
	sed -i "s/HOST/$REGISTRY/" "$HOME/.docker/config.json"
	lighter --log-level debug pull "$REGISTRY/debian:test" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local cli=$! pid
	wait_until grep -q STALLED "$LOG"
	for pid in $cli $(pgrep -x lighter-worker); do
		! tr '\0' '\n' <"/proc/$pid/cmdline" | grep -E 'secret|dXNlcjpzZWNyZXQ'
		! tr '\0' '\n' <"/proc/$pid/environ" | grep -E 'secret|dXNlcjpzZWNyZXQ'
	done
	kill -INT "$cli"
	wait "$cli" || true
	! grep -E 'secret|dXNlcjpzZWNyZXQ' "$BATS_TEST_TMPDIR/out"
	! grep -rlE 'dXNlcjpzZWNyZXQ' "$LIGHTER_ROOT" "$LIGHTER_RUN_ROOT"
}

@test "a token server of another host gets no login" {
	hostile_start realm-port "$LAYOUT"
	mkdir "$HOME/.docker"
	echo "{\"auths\":{\"$REGISTRY\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}" >"$HOME/.docker/config.json"
	fails "refused" pull
	! grep -q 'Basic' "$LOG"
}

@test "certs.d: the wrong authority, the right one, a client's certificate that is missing" {
	cd "$BATS_FILE_TMPDIR"
	local certs=$BATS_TEST_TMPDIR/certs
	mkdir "$certs"
	HOSTILE_TLS=server.cert:server.key hostile_start honest "$LAYOUT"
	fails "its certificate is not trusted" pull --tls-verify
	cp wrong.crt "$certs/ca.crt"
	fails "its certificate is not trusted" pull --cert-dir "$certs"
	cp right.crt "$certs/ca.crt"
	pull --cert-dir "$certs"
	pull --tls-verify=false
	mkdir -p "$HOME/.config/containers/certs.d/$REGISTRY"
	cp right.crt "$HOME/.config/containers/certs.d/$REGISTRY/"
	pull --tls-verify
	registry_stop
	HOSTILE_TLS=server.cert:server.key:right.crt hostile_start honest "$LAYOUT"
	fails "it wants a client certificate and there is none" pull --cert-dir "$certs"
	cp client.cert client.key "$certs"
	pull --cert-dir "$certs"
	rm "$certs/client.key"
	fails "client.key" pull --cert-dir "$certs"
}
