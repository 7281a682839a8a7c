#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# import: a root file system's tar becomes an image that runs.

load ../lib/lighter
load ../lib/instance

setup() {
	instance_of_test
	rootfs_busybox "$BATS_TEST_TMPDIR/root"
	TAR=$BATS_TEST_TMPDIR/root.tar
	tar -C "$BATS_TEST_TMPDIR/root" --numeric-owner --owner 0 --group 0 -cf "$TAR" .
}

nothing_left() {
	[ -z "$(ls -A "$LIGHTER_ROOT/layers" 2>/dev/null)" ]
	[ -z "$(ls -A "$LIGHTER_ROOT/images/ingest" 2>/dev/null)" ]
	[ -z "$(lighter images -q)" ]
}

@test "a file or a pipe becomes an image of one layer that runs; without a name it has its id" {
	local id
	id=$(lighter import "$TAR" made:one)
	[ "$id" = "$(lighter images -q --no-trunc made:one)" ]
	[ "$(lighter run --rm made:one sh -c 'echo works')" = works ]
	lighter image inspect made:one | jq -e --arg diff "sha256:$(sha256sum <"$TAR" | cut -d' ' -f1)" '.[0]
		| .RootFS.Layers == [$diff] and .Os == "linux" and .RepoTags == ["made:one"]'
	[ "$(gzip -c "$TAR" | lighter image import - | cut -c1-7)" = sha256: ]
	[ "$(lighter images -f dangling=true -q | wc -l)" -eq 1 ]
	[ "$(ls "$LIGHTER_ROOT/layers" | wc -l)" -eq 1 ]
}

@test "-c takes Docker's instructions, the container obeys them" {
	lighter import -c 'CMD ["sh", "-c", "echo $GREETING $(pwd) $(id -u)"]' -c 'ENV GREETING="good day" X=y' -c 'WORKDIR /usr' \
		-c 'WORKDIR share' --change 'USER 7:8' -c 'LABEL stage=test' -c 'EXPOSE 80' -c 'STOPSIGNAL SIGINT' - made <"$TAR"
	[ "$(lighter run --rm made)" = "good day /usr/share 7" ]
	lighter image inspect made | jq -e '.[0].Config | .Labels == {"stage": "test"} and .ExposedPorts == {"80/tcp": {}}
		and .StopSignal == "SIGINT" and .Env == ["GREETING=good day", "X=y"]'
	run lighter import -c 'FROM scratch' "$TAR"
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: FROM is not a valid change command" ]
	run lighter import -c 'ONBUILD RUN x' "$TAR"
	[ "$output" = "lighter: --change 'ONBUILD' is not there yet" ]
}

@test "-m is the comment in the history, --platform what the image is for" {
	lighter import -m "from a backup" --platform linux/arm64/v8 "$TAR" made:arm
	[ "$(lighter history --format '{{.Comment}}' made:arm)" = "from a backup" ]
	[ "$(lighter image inspect -f '{{.Os}}/{{.Architecture}}/{{.Variant}}' made:arm)" = linux/arm64/v8 ]
	lighter import "$TAR" made:here
	[ "$(lighter history --format '{{.Comment}} {{.Size}}' made:here | cut -d' ' -f1-3)" = "Imported from $TAR" ]
	[ "$(lighter image inspect -f '{{.Architecture}}' made:here)" = "$(lighter version -f '{{.Client.Arch}}')" ]
	run lighter import --platform linux//v8 "$TAR"
	[ "$status" -eq 1 ]
	[[ "$output" == *"invalid platform 'linux//v8'"* ]]
}

@test "what was imported is saved and loaded as it is" {
	lighter import "$TAR" made:one
	lighter save -o "$BATS_TEST_TMPDIR/saved.tar" made:one
	lighter rmi made:one
	lighter load -q -i "$BATS_TEST_TMPDIR/saved.tar"
	lighter save made:one | cmp - "$BATS_TEST_TMPDIR/saved.tar"
	[ "$(lighter run --rm made:one echo again)" = again ]
}

@test "no tar, half a tar, nothing, no file, a URL: one sentence each and nothing is left" {
	run lighter import - made < <(head -c 100000 /dev/urandom)
	[ "$status" -eq 1 ]
	[[ "$output" == "lighter: import: "* ]]
	[ "${#lines[@]}" -eq 1 ]
	head -c 100000 "$TAR" >"$TAR.short"
	run lighter import "$TAR.short"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	run lighter import - </dev/null
	[ "$output" = "lighter: import: the archive is empty" ]
	run lighter import "$TAR.nosuch"
	[ "$output" = "lighter: open '$TAR.nosuch': No such file or directory" ]
	run lighter import https://example.org/root.tar
	[ "$status" -eq 1 ]
	[[ "$output" == *"import from a URL is not there yet"* ]]
	run lighter import "$TAR" "made@sha256:$(printf 'a%.0s' {1..64})"
	[ "$output" = "lighter: refusing to create a tag with a digest reference" ]
	nothing_left
}

@test "members that point outside of the root do not leave it" {
	python3 - "$BATS_TEST_TMPDIR/evil.tar" "$BATS_TEST_TMPDIR/canary" <<-'END'
		import io, sys, tarfile
		archive, canary = sys.argv[1:]
		with tarfile.open(archive, "w") as tar:
		    link = tarfile.TarInfo("out")
		    link.type, link.linkname = tarfile.SYMTYPE, "/"
		    tar.addfile(link)
		    for name in ["out" + canary, "../" * 20 + canary[1:]]:
		        info = tarfile.TarInfo(name)
		        info.size = 4
		        tar.addfile(info, io.BytesIO(b"evil"))
	END
	run lighter import "$BATS_TEST_TMPDIR/evil.tar" evil
	[ ! -e "$BATS_TEST_TMPDIR/canary" ]
}
