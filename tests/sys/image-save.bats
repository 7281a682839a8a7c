#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# save: an archive that is a docker-archive and an OCI layout; what is saved is loaded again, blob for blob.

load ../lib/lighter
load ../lib/instance
load ../lib/busybox

setup() {
	instance_of_test
	image_layers "$BATS_TEST_TMPDIR/layout" app:one
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$BATS_TEST_TMPDIR/one.tar" .
	lighter load -q -i "$BATS_TEST_TMPDIR/one.tar"
	ID=$(lighter images -q --no-trunc)
	OUT=$BATS_TEST_TMPDIR/out.tar
}

blobs_of() { # ARCHIVE: the digests of its blobs by what they hold
	local work
	work=$(mktemp -d "$BATS_TEST_TMPDIR/blobs.XXXXXX")
	tar -C "$work" -xf "$1"
	(cd "$work/blobs/sha256" && sha256sum -- * | awk '$1 != $2 { exit 1 } { print $1 }' | sort)
}

@test "save is both forms at once, with every blob as it was" {
	lighter save -o "$OUT" app:one
	[ "$(blobs_of "$OUT")" = "$(ls "$BATS_TEST_TMPDIR/layout/blobs/sha256" | sort)" ]
	[ "$(tar -xOf "$OUT" oci-layout)" = '{"imageLayoutVersion":"1.0.0"}' ]
	tar -xOf "$OUT" index.json | jq -e --slurpfile was "$BATS_TEST_TMPDIR/layout/index.json" '
		(.manifests | length == 1) and .manifests[0].digest == $was[0].manifests[0].digest
		and .manifests[0].annotations == {"io.containerd.image.name": "docker.io/library/app:one",
			"org.opencontainers.image.ref.name": "one"}'
	tar -xOf "$OUT" manifest.json | jq -e --arg id "${ID:7}" '
		length == 1 and .[0].Config == "blobs/sha256/" + $id and .[0].RepoTags == ["app:one"] and (.[0].Layers | length == 3)'
	[ "$(stat -c %a "$OUT")" = 600 ]
}

@test "the same image saved twice, to a file, a pipe and behind other bytes, is the same archive; so is what was loaded from it" {
	lighter save -o "$OUT" app:one
	lighter save app:one | cmp - "$OUT"
	printf '' >"$OUT.more"
	lighter image save app:one >>"$OUT.more"
	cmp "$OUT" "$OUT.more"
	lighter rmi app:one
	[ "$(lighter load -i "$OUT")" = "Loaded image: app:one" ]
	lighter save app:one | cmp - "$OUT"
	gzip -c "$OUT" | lighter load -q
	lighter save app:one | cmp - "$OUT"
}

@test "several names: tags of a repository, an id without a name, one image once" {
	lighter tag app:one app:two
	lighter tag app:one quay.io/team/app:three
	lighter save app | tar -xO manifest.json | jq -e 'length == 1 and .[0].RepoTags == ["app:one", "app:two"]'
	lighter save app:two quay.io/team/app:three >"$OUT"
	tar -xOf "$OUT" index.json | jq -e '[.manifests[].annotations["io.containerd.image.name"]]
		== ["docker.io/library/app:two", "quay.io/team/app:three"] and ([.manifests[].digest] | unique | length == 1)'
	lighter rmi -f "${ID:7:12}"
	[ "$(lighter load -q -i "$OUT" | sort | paste -sd,)" = "Loaded image: app:two,Loaded image: quay.io/team/app:three" ]
	lighter rmi -f "${ID:7:12}"
	[ "$(strace -f -qq -e trace=mkdirat -o /dev/stdout lighter load -q -i "$OUT" | grep -c '"root"')" -eq 3 ] # each layer once
	lighter save "${ID:7:12}" >"$OUT"
	tar -xOf "$OUT" manifest.json | jq -e '.[0].RepoTags == []'
	lighter rmi -f "${ID:7:12}"
	[ "$(lighter load -q -i "$OUT")" = "Loaded image ID: $ID" ]
}

@test "an archive as Docker's alone, without index.json, is read by manifest.json" {
	mkdir "$BATS_TEST_TMPDIR/docker"
	lighter save app:one | tar -C "$BATS_TEST_TMPDIR/docker" -x
	rm "$BATS_TEST_TMPDIR/docker/index.json" "$BATS_TEST_TMPDIR/docker/oci-layout"
	tar -C "$BATS_TEST_TMPDIR/docker" -cf "$OUT" .
	lighter rmi app:one
	[ "$(lighter load -q -i "$OUT")" = "Loaded image: app:one" ]
	[ "$(lighter images -q --no-trunc)" = "$ID" ]
}

@test "no terminal, no half file: what fails is said before a byte is written" {
	run on_terminal -- "$BUILD/src/programs/lighter" save app:one
	[ "$status" -eq 1 ]
	[[ "$output" == *"cowardly refusing to save to a terminal"* ]]
	echo before >"$OUT"
	run lighter save -o "$OUT" app:one nosuch
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: no such image: nosuch" ]
	[ "$(cat "$OUT")" = before ]
	rm "$LIGHTER_ROOT/images/blobs/sha256/$(ls "$LIGHTER_ROOT/images/blobs/sha256" | tail -1)"
	run lighter save -o "$OUT" app:one
	[ "$status" -eq 1 ]
	[[ "$output" == *"blob 'sha256:"*"': No such file or directory" ]]
	[ "$(cat "$OUT")" = before ]
	[ "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name '.out*')" = "" ]
	run lighter save -o "$BATS_TEST_TMPDIR/nosuch/file" app:one
	[ "$status" -eq 1 ]
	[[ "$output" == *"invalid output path '$BATS_TEST_TMPDIR/nosuch/file'"* ]]
	run lighter save --platform linux/amd64 app:one
	[ "$status" -eq 125 ]
	[ "${lines[0]}" = "lighter: --platform is not there yet" ]
}

@test "save -o to a device or a pipe writes to it, a relative path is the working directory's" {
	lighter save -o /dev/null app:one
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	cat "$BATS_TEST_TMPDIR/fifo" >"$OUT" 3>&- &
	lighter save -o "$BATS_TEST_TMPDIR/fifo" app:one
	wait $!
	cd "$BATS_TEST_TMPDIR"
	lighter save -o relative.tar app:one
	cmp relative.tar "$OUT"
}
