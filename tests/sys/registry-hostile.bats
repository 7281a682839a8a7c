#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Clients that lie, dawdle and push. tests/lib/raw_http.py sends bytes as they are.

load ../lib/lighter
load ../lib/assert
load ../lib/serve

setup() {
	T=$BATS_TEST_TMPDIR
	head -c 100000 /dev/urandom >"$T/blob"
	echo '{}' >"$T/config"
	D=$(digest_of "$T/blob")
}

teardown() {
	serve_stop
}

# The one process that serves; the sweeper of the beginning is gone when it is alone.
serving() {
	local children
	children=$(ps -o pid= --ppid "$SERVE_PID")
	[ "$(wc -l <<<"$children")" = 1 ] || wait_until one_child
	ps -o pid= --ppid "$SERVE_PID" | tr -d ' '
}

one_child() {
	[ "$(ps -o pid= --ppid "$SERVE_PID" | wc -l)" = 1 ]
}

# raw [OPTION] TEXT [FILE BYTES]: what comes back to these bytes until the server closes
raw() {
	python3 "$BATS_TEST_DIRNAME/../lib/raw_http.py" "$REGISTRY" "$@"
}

# hold OUT TEXT [FILE BYTES]: the same in the background, on a connection that stays open; its process is added to held
hold() {
	python3 "$BATS_TEST_DIRNAME/../lib/raw_http.py" "$REGISTRY" --hold "${@:2}" >"$1" 2>&1 3>&- &
	held+=($!)
}

let_go() {
	kill "${held[@]}"
	wait "${held[@]}" || true
	held=()
}

@test "names that lead out of the registry are refused" {
	serve_start
	local name
	for name in .. ../.. a/../../b a//b a/./b A -a a- a/ _blobs a/_tags a..b %2e%2e a%2f..%2fb "$(printf 'a%.0s' {1..256})" 'a\b' a%00b; do
		say GET "v2/$name/tags/list" --path-as-is
		[ "$status" = 400 ] || [ "$status" = 404 ] || { echo "$name: $status"; return 1; }
		say POST "v2/$name/blobs/uploads/" --path-as-is
		[ "$status" = 400 ] || [ "$status" = 404 ] || { echo "$name: $status"; return 1; }
	done
	say POST v2/a/blobs/uploads/?mount="$D"\&from=../a
	wants 400 NAME_INVALID
	say PUT v2/a/manifests/.. --path-as-is --data-binary "@$T/config"
	[ "$status" = 400 ] || [ "$status" = 404 ]
	[ -z "$(ls -A "$LIGHTER_ROOT/registry/repositories")" ]
	# a link in the store leads nowhere
	mkdir -p "$LIGHTER_ROOT/registry/repositories/evil/_blobs"
	ln -s /etc "$LIGHTER_ROOT/registry/repositories/evil/_blobs/sha256"
	say GET "v2/evil/blobs/$D"
	wants 404
}

@test "what two readers could read differently is refused, and ends the connection" {
	serve_start
	local next='GET /v2/ HTTP/1.1\r\nHost: r\r\n\r\n' request
	for request in 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello' \
		'Content-Length : 5\r\n\r\nhello' 'A: b\r\n c\r\n\r\n' 'Transfer-Encoding: chunked\r\n\r\nzz\r\n' \
		'Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX' 'A: b\nHost: x\r\n\r\n' 'Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n'; do
		run raw "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: r\r\n$request$next"
		[ "$(grep -o 'HTTP/1.1 ' <<<"$output" | wc -l)" = 1 ] || { echo "$request: $output"; return 1; }
		[[ $output == 'HTTP/1.1 400'*'Connection: close'* ]] || { echo "$request: $output"; return 1; }
	done
	run raw "GET /v2/ HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
	[[ $output == 'HTTP/1.1 501'* ]]
	run raw "GET /v2/ HTTP/1.1\r\nHost: r\r\nContent-Length: 3\r\n\r\nabc${next}GET /v2/ HTTP/1.0\r\n\r\n"
	[ "$(grep -o 'HTTP/1.1 200' <<<"$output" | wc -l)" = 3 ]
}

@test "heads have a size" {
	serve_start
	say GET v2/ -H "X: $(head -c 20000 /dev/zero | tr '\0' a)"
	wants 431
	say GET "v2/$(head -c 9000 /dev/zero | tr '\0' a)"
	wants 414
	local many=() i
	for ((i = 0; i < 80; i++)); do many+=(-H "X-$i: y"); done
	say GET v2/ "${many[@]}"
	wants 431
}

@test "a body that is cut off is no blob, and its upload can be continued" {
	serve_start
	say POST v2/r/blobs/uploads/
	local location
	location=$(field Location)
	raw --cut "PUT $location?digest=$D HTTP/1.1\r\nHost: r\r\nContent-Length: 100000\r\n\r\n" "$T/blob" 60000
	say HEAD "v2/r/blobs/$D"
	wants 404
	whole() { say GET "$location" && [ "$(field Range)" = 0-59999 ]; }
	wait_until whole
	tail -c 40000 "$T/blob" >"$T/rest"
	say PUT "$location?digest=$D" -H 'Content-Range: 60000-99999' --data-binary "@$T/rest"
	wants 201
	say GET "v2/r/blobs/$D"
	cmp "$body" "$T/blob"
	# one that was not asked to be continued leaves nothing
	raw --cut "POST /v2/r/blobs/uploads/?digest=$D HTTP/1.1\r\nHost: r\r\nContent-Length: 100000\r\n\r\n" "$T/blob" 60000
	empty() { [ -z "$(ls -A "$LIGHTER_ROOT/registry/uploads")" ]; }
	wait_until empty
}

@test "an upload has one writer" {
	serve_start --processes 2
	say POST v2/r/blobs/uploads/
	local location held=()
	location=$(field Location)
	hold "$T/first" "PATCH $location HTTP/1.1\r\nHost: r\r\nContent-Length: 100000\r\n\r\n" "$T/blob" 50000
	half() { say GET "$location" && [ "$(field Range)" = 0-49999 ]; }
	wait_until half
	say PATCH "$location" --data-binary "@$T/blob"
	wants 409 BLOB_UPLOAD_INVALID
	let_go
	tail -c 50000 "$T/blob" >"$T/rest"
	free() { say PATCH "$location" -H 'Content-Range: 50000-99999' --data-binary "@$T/rest" && [ "$status" = 202 ]; }
	wait_until free
	say PUT "$location?digest=$D"
	wants 201
}

@test "--deadline: who dawdles is told or cut off, who moves is not" {
	serve_start --deadline 0.4
	run raw --drip 0.1 'GET /v2/ HTTP/1.1\r\nHost: r\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n'
	[[ $output == 'HTTP/1.1 408'* ]]
	run raw 'POST /v2/r/blobs/uploads/ HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\nhalf'
	[[ $output == 'HTTP/1.1 408'* ]]
	run raw '' # says nothing
	assert_eq "$output" ''
	run raw 'GET /v2/ HTTP/1.1\r\nHost: r\r\n\r\n' # then nothing more
	[[ $output == 'HTTP/1.1 200'* ]]
	# 3 MB at 1 MB/s: longer than any deadline
	head -c 3000000 /dev/urandom >"$T/long"
	say POST "v2/r/blobs/uploads/?digest=$(digest_of "$T/long")" --limit-rate 1M --data-binary "@$T/long"
	wants 201
	say GET "v2/r/blobs/$(digest_of "$T/long")" --limit-rate 1M
	cmp "$body" "$T/long"
	# who does not read the answer is cut off
	head -c 60000000 /dev/zero >"$T/huge"
	push_blob r "$T/huge"
	run raw --sleep 2 "GET /v2/r/blobs/$(digest_of "$T/huge") HTTP/1.1\r\nHost: r\r\n\r\n"
	[ "${#output}" -lt 59000000 ]
}

@test "--max-connections: those that only wait make room, those that work do not" {
	serve_start --max-connections 3 --processes 1
	local i held=()
	for i in 1 2 3; do
		hold "$T/held.$i" 'GET /v2/ HTTP/1.1\r\nHost: r\r\n\r\n'
		answered() { grep -q 200 "$T/held.$i"; }
		wait_until answered
	done
	say GET v2/ # an idle one goes
	wants 200
	let_go
	for i in 1 2 3; do
		hold "$T/held.$i" 'POST /v2/r/blobs/uploads/ HTTP/1.1\r\nHost: r\r\nContent-Length: 10\r\n\r\nhalf'
	done
	full() { [ "$(find "$LIGHTER_ROOT/registry/uploads" -type f | wc -l)" = 3 ]; }
	wait_until full
	say GET v2/ -m 1
	assert_eq "$status" 000
	let_go
	say GET v2/
	wants 200
}

@test "memory is bounded, whatever is sent" {
	serve_start --processes 1
	local worker before after
	say GET v2/
	worker=$(serving)
	before=$(awk '/VmRSS/ { print $2 }' "/proc/$worker/status")
	head -c 150000000 /dev/zero >"$T/large"
	push_blob r "$T/large" >"$T/out"
	say GET "v2/r/blobs/$(digest_of "$T/large")"
	wants 200
	# four million values in four MiB, ten at once
	{ printf '{"a":['; head -c 4000000 /dev/zero | tr '\0' ,; printf '1]}'; } >"$T/bomb"
	local i pids=()
	for i in {1..10}; do
		curl -s -X PUT -o "$T/bomb.$i" -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$T/bomb" "$URL/r/manifests/x" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	grep -q 'more than 100000 values' "$T/bomb.1"
	printf '{"a":%s' "$(head -c 10000 /dev/zero | tr '\0' '[')" >"$T/deep"
	put_manifest r x "$T/deep"
	wants 400 MANIFEST_INVALID
	after=$(awk '/VmHWM/ { print $2 }' "/proc/$worker/status")
	[ "$((after - before))" -lt 4096 ] || { echo "from $before to $after KiB"; return 1; }
}

@test "the server has no capability and no way to more, nor have its processes" {
	serve_start
	local process
	for process in "$SERVE_PID" $(ps -o pid= --ppid "$SERVE_PID"); do
		assert_eq "$(awk '/^Cap(Prm|Eff|Inh|Bnd|Amb)/ { print $2 }' "/proc/$process/status" | sort -u)" 0000000000000000
		assert_eq "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$process/status")" 1
	done
}

@test "a blob is synced before it has a name, and its name before the answer" {
	serve_start --processes 1
	say GET v2/
	strace -f -qq -e trace=fdatasync,fsync,linkat,sendto -o "$T/trace" -p "$(serving)" 3>&- &
	local tracer=$!
	traced() { grep -q '^TracerPid:.*[1-9]' "/proc/$(serving)/status"; }
	wait_until traced
	push_blob r "$T/blob"
	kill -INT "$tracer"
	wait "$tracer" || true
	# fdatasync of the bytes, two links, fsync of the directory, the answer
	assert_eq "$(grep -oE 'fdatasync|fsync|linkat|sendto\([0-9]+, "HTTP' "$T/trace" | sed 's/(.*//' | tail -n 4 | tr '\n' ' ')" 'linkat linkat fsync sendto '
	assert_eq "$(grep -oE 'fdatasync|linkat' "$T/trace" | head -n 1)" fdatasync
}
