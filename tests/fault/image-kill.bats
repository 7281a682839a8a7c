#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitize: no
# kill -9 of the command and of its worker at system calls of a pull and of a push: what was acknowledged is whole, what was
# not is absent, and the next attempt succeeds. Few points of a fixed seed; 300 with LONG=1.

load ../lib/lighter
load ../lib/assert
load ../lib/instance
load ../lib/registry
load ../lib/serve

setup_file() {
	image_layers "$BATS_FILE_TMPDIR/layout" app:one 100000
}

setup() {
	instance_of_test
	LAYOUT=$BATS_FILE_TMPDIR/layout
	RANDOM=4711
	[ -n "${LONG:-}" ] && POINTS=300 || POINTS=12
}

teardown() {
	serve_stop
	registry_stop
}

# killed N COMMAND...: by SIGKILL when one of its processes makes a call of some kind for the N-th time.
killed() {
	strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=all -e "inject=all:signal=KILL:when=$1" "${@:2}" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
}

# Every blob that has its name has its content; a listed image has all of them.
blobs_are_whole() {
	local blob
	for blob in "$LIGHTER_ROOT"/images/blobs/sha256/*; do
		[ -e "$blob" ] || continue
		assert_eq "$(sha256sum <"$blob" | cut -c1-64)" "${blob##*/}"
	done
	[ -z "$(lighter images -q)" ] || assert_eq "$(find "$LIGHTER_ROOT/images/blobs/sha256" -type f | wc -l)" 5
}

@test "a pull that is killed at any call leaves nothing half, and the next one succeeds" {
	local i dead=0
	hostile_start honest "$LAYOUT"
	for ((i = 0; i < POINTS; i++)); do
		if killed $((RANDOM % 120 + 1)) lighter pull -q "$REGISTRY/app:one"; then
			[ -n "$(lighter images -q)" ] # acknowledged
		else
			dead=$((dead + 1))
		fi
		blobs_are_whole
		lighter pull -q "$REGISTRY/app:one"
		blobs_are_whole
		assert_eq "$(ls "$LIGHTER_ROOT/layers" | wc -l)" 3
		[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest")" ]
		lighter rmi "$REGISTRY/app:one"
	done
	echo "# $dead of $POINTS pulls were killed" >&3
	[ "$dead" -ge 3 ]
}

@test "a push that is killed at any call leaves no image without its blobs, and the next one succeeds" {
	local i digest dead=0
	serve_start --root "$BATS_TEST_TMPDIR/served"
	tar -C "$LAYOUT" -cf "$BATS_TEST_TMPDIR/image.tar" .
	lighter load -qi "$BATS_TEST_TMPDIR/image.tar"
	for ((i = 0; i < POINTS; i++)); do
		lighter tag app:one "$REGISTRY/app$i:one"
		if killed $((RANDOM % 80 + 1)) lighter push -q "$REGISTRY/app$i:one"; then
			curl -sf -o "$BATS_TEST_TMPDIR/manifest" "http://$REGISTRY/v2/app$i/manifests/one"
		else
			dead=$((dead + 1))
		fi
		if curl -sf -o "$BATS_TEST_TMPDIR/manifest" "http://$REGISTRY/v2/app$i/manifests/one"; then
			for digest in $(jq -r '.config.digest, .layers[].digest' "$BATS_TEST_TMPDIR/manifest"); do
				curl -sf "http://$REGISTRY/v2/app$i/blobs/$digest" | cmp - "$LAYOUT/blobs/sha256/${digest#*:}"
			done
		fi
		lighter push -q "$REGISTRY/app$i:one"
		curl -sf -o "$BATS_TEST_TMPDIR/manifest" "http://$REGISTRY/v2/app$i/manifests/one"
	done
	echo "# $dead of $POINTS pushes were killed" >&3
	[ "$dead" -ge 3 ]
}
