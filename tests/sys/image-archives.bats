#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Archives that lie: members are names and never paths, links lead to members only, what is promised is held, and costs end.

load ../lib/lighter
load ../lib/instance

setup() {
	instance_of_test
	image_layers "$BATS_TEST_TMPDIR/layout" evil:one
}

make_archive() { # KIND
	python3 "$BATS_TEST_DIRNAME/../fault/hostile_archive.py" "$1" "$BATS_TEST_TMPDIR/layout" "$BATS_TEST_TMPDIR/evil.tar"
}

nothing_left() {
	[ -z "$(ls -A "$LIGHTER_ROOT/layers" 2>/dev/null)" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest" 2>/dev/null)" ]
	[ -z "$(lighter images -q)" ]
	[ -z "$(find "$LIGHTER_ROOT" "$BATS_TEST_TMPDIR" -name canary)" ]
	[ ! -e /canary ]
}

# refused KIND WORD...: one line that holds each word, and nothing is left
refused() {
	local word
	make_archive "$1"
	run timeout 60 "$BUILD/src/programs/lighter" load -q -i "$BATS_TEST_TMPDIR/evil.tar"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	for word in "${@:2}"; do
		[[ "$output" == *"$word"* ]] || { echo "no '$word' in: $output"; return 1; }
	done
	nothing_left
}

@test "names with .. and through links write nothing outside; the image beside them is loaded" {
	make_archive dotdot
	lighter load -q -i "$BATS_TEST_TMPDIR/evil.tar"
	[ "$(lighter images -q | wc -l)" -eq 1 ]
	lighter rmi evil:one
	nothing_left
}

@test "a blob is named by a digest and nothing else" {
	refused blob-dotdot "is not named by a sha256 digest"
	refused digest-dotdot "'sha256:../../../../etc/passwd' is not a sha256 digest"
}

@test "links lead to members of the archive only: /etc/passwd and /proc are not read" {
	refused linked-manifest "neither an OCI image layout nor a docker-archive"
	refused linked-config "'config.json' of manifest.json is not in the archive"
	refused linked-layer "'0.tar' of manifest.json is not in the archive"
	refused link-loop "neither an OCI image layout nor a docker-archive"
}

@test "a blob that is a link to another has not its digest" {
	refused linked-blob "layer 'sha256:" "is not in the archive"
}

@test "documents that mean themselves: as config, as layer, as both kinds at once" {
	refused self-config "config"
	refused self-layer "layer 'sha256:"
	refused both "a manifest and an index at once"
}

@test "indexes in indexes end (lost by a build weakened in index-depth)" {
	refused deep-index "is nested too deeply"
}

@test "an index of indexes of thousands of names ends" {
	refused wide-index "more than 1024 images"
}

@test "sizes, members, documents and their depth are bounded" {
	refused wrong-size "manifest 'sha256:" "7 bytes"
	refused many-members "more than 8192 members"
	refused deep-json "index.json"
	refused large-index "more than" "bytes"
}

@test "a name that is none is left out: no control character, no path becomes a name; a NUL is refused" {
	refused nul-name "one without a NUL byte is wanted"
	make_archive bad-names
	run lighter load -q -i "$BATS_TEST_TMPDIR/evil.tar"
	[ "$status" -eq 0 ]
	[ -z "$(lighter images --format '{{.Repository}}' -f dangling=false)" ]
	[ "$(printf '%s' "$output" | tr -d '[:print:]\n' | wc -c)" -eq 0 ]
}
