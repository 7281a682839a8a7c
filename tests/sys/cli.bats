#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line itself: grammar, help, refusals, exit statuses of misuse. Nothing here needs a container.

load ../lib/lighter

commands() { # every command line that the tables know, "container ls" and so on
	lighter --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
	for group in container image system; do
		lighter $group --help | sed -n "/^Commands:/,/^\$/s/^  \([a-z]*\) .*/$group \1/p"
	done
}

@test "every command prints its usage for --help and for help, and exits 0" {
	count=0
	while read -r command; do
		run lighter $command --help
		[ "$status" -eq 0 ]
		[[ "${lines[0]}" == "Usage:  lighter $command"* ]]
		usage=$output
		run lighter help $command
		[ "$status" -eq 0 ]
		[ "$output" = "$usage" ]
		count=$((count + 1))
	done < <(commands)
	[ "$count" -ge 35 ]
}

@test "lighter alone and with --help shows the commands" {
	run lighter
	[ "$status" -eq 0 ]
	[[ "$output" == *"Management commands:"* ]]
	alone=$output
	run lighter --help
	[ "$output" = "$alone" ]
}

@test "an unknown flag is named, with the near one, and the status is 125" {
	for command in run exec ps 'image ls' pull; do
		run lighter $command --nosuchflag
		[ "$status" -eq 125 ]
		[[ "${lines[0]}" == "lighter: unknown flag: --nosuchflag"* ]]
		[[ "$output" == *"Run 'lighter $command --help' for more information"* ]]
	done
	run lighter run --detatch busybox
	[ "${lines[0]}" = "lighter: unknown flag: --detatch, did you mean --detach?" ]
	run lighter run -iqx busybox
	[ "$status" -eq 125 ]
	run lighter ps -xyz
	[ "${lines[0]}" = "lighter: unknown shorthand flag: 'x' in -xyz" ]
	[ "$status" -eq 125 ]
}

@test "an unknown command is named, with the near one, and the status is 1" {
	run lighter rnu
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "lighter: unknown command: lighter rnu, did you mean run?" ]
	run lighter container lss
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "lighter: unknown command: lighter container lss, did you mean ls?" ]
	run lighter frobnicate
	[ "${lines[0]}" = "lighter: unknown command: lighter frobnicate" ]
}

@test "what Docker has and lighter has not is refused by name" {
	run lighter commit x
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "lighter: 'lighter commit' is not there yet" ]
	run lighter container pause x
	[ "${lines[0]}" = "lighter: 'lighter container pause' is not there yet" ]
	run lighter run -p 80:80 busybox
	[ "$status" -eq 125 ]
	[ "${lines[0]}" = "lighter: --publish is not there yet" ]
	run lighter inspect --size x
	[ "${lines[0]}" = "lighter: --size is not there yet" ]
	run lighter run --network bridge busybox
	[ "$status" -eq 125 ]
	[[ "${lines[0]}" == *'"bridge" for "--network" flag: one of none, host is wanted' ]]
	run lighter run -v data:/data busybox
	[[ "${lines[0]}" == *"'data' is no absolute path, and named volumes are not there yet" ]]
	run lighter run -v ./data:/data busybox
	[[ "${lines[0]}" == *"the source './data' is relative, an absolute path is wanted" ]]
	run lighter run -v /a:/b:frob busybox
	[[ "${lines[0]}" == *"the mount option 'frob' is not known" ]]
}

@test "a wrong value is named with its flag" {
	run lighter run -m lots busybox
	[ "$status" -eq 125 ]
	[ "${lines[0]}" = 'lighter: invalid argument "lots" for "-m, --memory" flag: a size like 512m or 2g is wanted' ]
	run lighter run --stop-signal FROB busybox
	[ "${lines[0]}" = 'lighter: invalid argument "FROB" for "--stop-signal" flag: invalid signal: FROB' ]
	run lighter run --name
	[ "${lines[0]}" = 'lighter: flag needs an argument: --name' ]
	run lighter --log-level frob ps
	[ "$status" -eq 125 ]
	[[ "${lines[0]}" == *'error, warn, info or debug is wanted' ]]
}

@test "the number of operands is checked" {
	run lighter run
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "lighter: 'lighter run' requires at least 1 argument" ]
	run lighter exec x
	[ "${lines[0]}" = "lighter: 'lighter exec' requires at least 2 arguments" ]
	run lighter logs
	[ "${lines[0]}" = "lighter: 'lighter logs' requires exactly 1 argument" ]
	run lighter ps x
	[ "${lines[0]}" = "lighter: 'lighter ps' accepts no arguments" ]
}

@test "--version says the version" {
	run lighter --version
	[ "$status" -eq 0 ]
	[[ "$output" =~ ^lighter\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	version=${output##* }
	run lighter version
	[[ "$output" == *"Version:    $version"* ]]
}

@test "--root and --run-root choose the instance" {
	lighter --root "$BATS_TEST_TMPDIR/root" --run-root "$BATS_TEST_TMPDIR/run" images
	[ -d "$BATS_TEST_TMPDIR/root" ]
	[ -d "$BATS_TEST_TMPDIR/run" ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/root")" = 700 ]
}

@test "--log-level debug tells more than error" {
	lighter --log-level error images 2>"$BATS_TEST_TMPDIR/few"
	lighter -l debug images 2>"$BATS_TEST_TMPDIR/many"
	[ "$(wc -c <"$BATS_TEST_TMPDIR/few")" -eq 0 ]
	grep -q '^lighter: debug: ' "$BATS_TEST_TMPDIR/many"
}

@test "a full standard output is an error" {
	run sh -c "'$BUILD/src/programs/lighter' --help >/dev/full"
	[ "$status" -eq 1 ]
	[ "$output" = "lighter: write to standard output: No space left on device" ]
}

@test "bash completion knows commands and flags" {
	lighter completion bash >"$BATS_TEST_TMPDIR/completion"
	cmp "$BATS_TEST_TMPDIR/completion" "$BUILD/packaging/completion/lighter.bash"
	. "$BATS_TEST_TMPDIR/completion"
	complete_line() {
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_lighter
	}
	complete_line lighter ru
	[ "${COMPREPLY[*]}" = run ]
	complete_line lighter container ki
	[ "${COMPREPLY[*]}" = kill ]
	complete_line lighter run --memo
	[ "${COMPREPLY[*]}" = --memory ]
	complete_line lighter --root /x image r
	[ "${COMPREPLY[*]}" = rm ]
}

@test "each option of each command has a test" {
	"$BATS_TEST_DIRNAME/../../tools/check-flags" "$BUILD/src/programs/lighter"
}
