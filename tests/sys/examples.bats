#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a newcomer copies works: examples/, the tour of the README, the EXAMPLES of the manual.

load ../lib/lighter
load ../lib/busybox

setup_file() {
	busybox_image
	mkdir "$BATS_FILE_TMPDIR/bin"
	ln -s "$BUILD/src/programs/lighter" "$BATS_FILE_TMPDIR/bin/lighter"
}

setup() {
	top=$BATS_TEST_DIRNAME/../..
	PATH=$BATS_FILE_TMPDIR/bin:$PATH
}

blocks() { # the code blocks of a file that come after a line, as one script
	awk -v after="$2" -v open="$3" '$0 ~ after { on = 1 } on && $0 == "```" && code { code = 0; next }
		on && $0 == open { code = 1; next } code' "$1"
}

@test "hello.sh says hello from pid 1" {
	run sh -eu "$top/examples/hello.sh"
	[ "$status" -eq 0 ]
	[ "$output" = "hello from pid 1 on example, uid 0" ]
}

@test "batch.sh leaves its result on the host and tells the status" {
	run sh -eu "$top/examples/batch.sh"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "$(seq 1 1000 | sha256sum)" ]
	[ "${lines[1]}" = "exit status 7" ]
}

@test "service.sh serves and stops cleanly" {
	run sh -eu "$top/examples/service.sh"
	[ "$status" -eq 0 ]
	[[ "$output" == *"hello"*"stopping"*"exit status 0" ]]
	[ -z "$(lighter ps -aq)" ]
}

@test "what make run shows is isolation" {
	run "$top/tools/first-run"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"I am process 1 on "* ]]
	[[ "$output" == *"the host has $(readlink /proc/self/ns/net)"* ]]
	[[ "$output" != *"my network: $(readlink /proc/self/ns/net)"* ]]
	[[ "$output" == *"root here is user "[1-9]* ]]
	[[ "$output" == *"my memory: 67108864 bytes" ]]
}

@test "every example has a test here" {
	for example in "$top"/examples/*.sh; do
		grep -q "@test \"$(basename "$example") " "$BATS_TEST_FILENAME"
	done
}

@test "the README's tour runs as it stands" {
	blocks "$top/README.md" '^## A tour' '```sh' >"$BATS_TEST_TMPDIR/tour"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/tour")" -eq 10 ]
	run sh -eu "$BATS_TEST_TMPDIR/tour"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = hello ]
	[ -z "$(lighter ps -aq)" ]
}

@test "the examples of the manual pages run as they stand" {
	for page in lighter.1 lighter-run.1; do
		blocks "$top/docs/man/$page.scd" '^# EXAMPLES' '```' >"$BATS_TEST_TMPDIR/$page"
		[ -s "$BATS_TEST_TMPDIR/$page" ]
		sh -eu "$BATS_TEST_TMPDIR/$page"
	done
	[ -z "$(lighter ps -aq)" ]
}
