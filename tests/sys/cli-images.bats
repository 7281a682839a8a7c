#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands on images: load, images, rmi, pull, and what their options show.

load ../lib/lighter
load ../lib/busybox
load ../lib/registry

setup_file() {
	busybox_image
}

@test "images lists as Docker does, -q ids alone, --no-trunc whole ones" {
	run lighter images
	[[ "${lines[0]}" =~ ^REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
	[[ "${lines[1]}" =~ ^busybox\ +latest\ +[0-9a-f]{12}\ +.*[0-9.]+[kM]B$ ]]
	[[ "$(lighter images -q)" =~ ^[0-9a-f]{12}$ ]]
	[[ "$(lighter image ls -q --no-trunc)" =~ ^sha256:[0-9a-f]{64}$ ]]
}

@test "load reads a file with -i and its input without, -q or not" {
	run lighter load -i "$BATS_FILE_TMPDIR/layout.tar"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "Loaded image: busybox:latest" ]
	run lighter load -q <"$BATS_FILE_TMPDIR/layout.tar"
	[ "$output" = "Loaded image: busybox:latest" ]
	run lighter load -i /nonexistent/file
	[ "$status" -eq 1 ]
	[[ "$output" == *"/nonexistent/file"* ]]
	run on_terminal -- lighter load
	[ "$status" -eq 1 ]
	[[ "$output" == *"stdin is a terminal"* ]]
}

@test "load -q shows no progress on a terminal, without it there is some" {
	run on_terminal -- env TERM=xterm "$BUILD/src/programs/lighter" load -q -i "$BATS_FILE_TMPDIR/layout.tar"
	[[ "$output" == *"Loaded image: busybox:latest"* ]]
	[[ "$output" != *$'\x1b['* ]]
}

@test "rmi removes names, then the image; -f also what a stopped container uses" {
	lighter create --name user busybox true
	run lighter rmi busybox
	[ "$status" -eq 1 ]
	[[ "$output" == *"$(lighter ps -aq)"* ]]
	run lighter rmi -f busybox
	[ "$status" -eq 0 ]
	[[ "$output" == *"Untagged: busybox:latest"* ]]
	lighter rm user
	lighter load -q -i "$BATS_FILE_TMPDIR/layout.tar"
	run lighter rmi busybox nosuchimage
	[ "$status" -eq 1 ]
	[[ "$output" == *"Deleted: sha256:"* ]]
	[[ "$output" == *"no such image: nosuchimage"* ]]
	[ -z "$(lighter images -q)" ]
	lighter load -q -i "$BATS_FILE_TMPDIR/layout.tar"
}

@test "pull shows plain lines without a terminal, and nothing but the name with -q" {
	registry_start
	registry_push "$BATS_FILE_TMPDIR/layout" x/busybox:one
	registry_push "$BATS_FILE_TMPDIR/layout" x/busybox:two
	lighter rmi -f busybox >/dev/null
	run lighter pull "$REGISTRY/x/busybox:one"
	[ "$status" -eq 0 ]
	[[ "$output" == *": Pull complete"* ]]
	[[ "$output" != *$'\x1b'* ]]
	[ "${lines[-1]}" = "$REGISTRY/x/busybox:one" ]
	run lighter pull -q "$REGISTRY/x/busybox:two"
	[ "$output" = "$REGISTRY/x/busybox:two" ]
	registry_stop
	lighter rmi "$REGISTRY/x/busybox:one" "$REGISTRY/x/busybox:two"
	lighter load -q -i "$BATS_FILE_TMPDIR/layout.tar"
}

@test "pull redraws its lines on a terminal" {
	registry_start
	registry_push "$BATS_FILE_TMPDIR/layout" x/busybox:live
	lighter rmi -f busybox >/dev/null
	run on_terminal -- env TERM=xterm "$BUILD/src/programs/lighter" pull "$REGISTRY/x/busybox:live"
	[ "$status" -eq 0 ]
	[[ "$output" == *$'\x1b['*": Pull complete"* ]]
	registry_stop
	lighter rmi "$REGISTRY/x/busybox:live"
	lighter load -q -i "$BATS_FILE_TMPDIR/layout.tar"
}
