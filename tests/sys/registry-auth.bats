#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who may use the registry, and TLS.

load ../lib/lighter
load ../lib/assert
load ../lib/serve

setup() {
	T=$BATS_TEST_TMPDIR
	head -c 3000000 /dev/urandom >"$T/blob"
	D=$(digest_of "$T/blob")
}

teardown() {
	serve_stop
}

user() { # NAME PASSWORD [COST]: a line of htpasswd -B
	perl -e 'print "$ARGV[0]:", crypt($ARGV[1], "\$2y\$$ARGV[2]\$abcdefghijklmnopqrstuu"), "\n"' "$1" "$2" "${3:-04}"
}

certificate() { # NAME: a key and a certificate for 127.0.0.1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$T/$1.key" -out "$T/$1.crt" 2>"$T/openssl"
}

@test "--htpasswd: without the right name and password nothing is answered but 401" {
	{ echo '# users'; echo; user anna secret-1; user bert 'pass:word-2'; } >"$T/htpasswd"
	serve_start --htpasswd "$T/htpasswd"
	local given
	for given in Bearer Basic 'Basic !!!!' 'Basic YW5uYQ==' "Basic $(printf anna:wrong | base64)" "Basic $(printf carl:secret-1 | base64)" \
		"Basic $(printf bert:pass | base64)" "Basic $(printf anna: | base64)" "Basic $(head -c 900 /dev/zero | base64 -w 0)"; do
		say GET v2/ -H "Authorization: $given"
		wants 401 UNAUTHORIZED
		assert_eq "$(field WWW-Authenticate)" 'Basic realm="lighter registry"'
	done
	say GET v2/
	wants 401
	say POST "v2/r/blobs/uploads/?digest=$D" --data-binary "@$T/blob"
	wants 401
	say POST "v2/r/blobs/uploads/?digest=$D" --data-binary "@$T/blob" -u anna:secret-1
	wants 201
	say GET "v2/r/blobs/$D" -u 'bert:pass:word-2'
	wants 200
	cmp "$body" "$T/blob"
	! grep -rE 'secret-1|word-2|YW5uYTpzZWNyZXQt' "$SERVE_LOG"
	! tr '\0' ' ' <"/proc/$SERVE_PID/cmdline" | grep -E 'secret|\$2y'
}

@test "a password that is being compared holds up nobody whose password is known" {
	{ user slow x 13; user quick y; } >"$T/htpasswd" # 13: about a second
	serve_start --htpasswd "$T/htpasswd" --processes 1
	say GET v2/ -u quick:y
	wants 200
	local slow
	curl -s -o "$T/slow" -w '%{http_code}' -u slow:wrong "$URL/" >"$T/slow.status" 3>&- &
	slow=$!
	# the comparing process is the only child of the serving one
	comparing() { ps -o state= --ppid "$(ps -o pid= --ppid "$SERVE_PID" | tr -d ' ' | tail -n 1)" | grep -q R; }
	wait_until comparing
	say GET v2/ -u quick:y
	wants 200
	[ ! -s "$T/slow.status" ]
	wait "$slow"
	assert_eq "$(cat "$T/slow.status")" 401
}

@test "a file of passwords that are not bcrypt's is refused by the user's name" {
	echo 'anna:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=' >"$T/htpasswd"
	fails_with 1 "the password of 'anna' is not hashed by bcrypt" \
		lighter registry serve --listen 127.0.0.1:0 --root "$T/root" --htpasswd "$T/htpasswd"
	fails_with 1 "read '$T/none': No such file" lighter registry serve --listen 127.0.0.1:0 --root "$T/root" --htpasswd "$T/none"
}

@test "--tls-cert and --tls-key: what goes by TLS is the same" {
	certificate right
	certificate wrong
	SERVE_SCHEME=https serve_start --tls-cert "$T/right.crt" --tls-key "$T/right.key"
	say POST "v2/r/blobs/uploads/?digest=$D" --data-binary "@$T/blob" --cacert "$T/right.crt"
	wants 201
	say GET "v2/r/blobs/$D" --cacert "$T/right.crt"
	wants 200
	cmp "$body" "$T/blob"
	say GET "v2/r/blobs/$D" --cacert "$T/right.crt" -r 1000000-1999999
	cmp "$body" <(tail -c +1000001 "$T/blob" | head -c 1000000)
	# several on one connection, the pieces of the second come with the first
	curl -sf --cacert "$T/right.crt" "$URL/r/blobs/$D" "$URL/r/blobs/$D" -o "$T/one" -o "$T/two"
	cmp "$T/one" "$T/blob"
	cmp "$T/two" "$T/blob"
	say GET v2/ --cacert "$T/wrong.crt"
	assert_eq "$status" 000
	say GET v2/ --cacert "$T/right.crt" --tls-max 1.1
	assert_eq "$status" 000
	! curl -s "http://$REGISTRY/v2/" -o "$T/plain"
}

@test "a certificate without its key does not start" {
	certificate one
	certificate two
	fails_with 1 'lighter: --tls-cert and --tls-key belong together' lighter registry serve --tls-cert "$T/one.crt"
	fails_with 1 "key '$T/two.key': " lighter registry serve --listen 127.0.0.1:0 --root "$T/root" --tls-cert "$T/one.crt" --tls-key "$T/two.key"
	fails_with 1 "certificate '$T/none': " lighter registry serve --listen 127.0.0.1:0 --root "$T/root" --tls-cert "$T/none" --tls-key "$T/two.key"
}
