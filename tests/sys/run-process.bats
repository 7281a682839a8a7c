#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Options of run that say how the program is started, seen from inside the container.

load ../lib/lighter
load ../lib/busybox

setup_file() { busybox_image; }

@test "arguments reach the program unchanged, whatever they look like" {
	run lighter run --rm busybox printf '%s|' --rm -it '' 'a b' '*' -- '$HOME'
	[ "$status" -eq 0 ]
	[ "$output" = "--rm|-it||a b|*|--|\$HOME|" ]
}

@test "-e sets, replaces and passes variables on" {
	PASSED=on run lighter run --rm -e A=1 -e A=2 -eB='x y' -e PASSED -e NOT_SET busybox env
	[ "$status" -eq 0 ]
	[[ $'\n'"$output"$'\n' == *$'\nA=2\n'* ]]
	[[ $'\n'"$output"$'\n' == *$'\nB=x y\n'* ]]
	[[ $'\n'"$output"$'\n' == *$'\nPASSED=on\n'* ]]
	[[ "$output" != *NOT_SET* ]]
	[[ "$output" != *A=1* ]]
}

@test "--env-file is read before -e" {
	printf '# comment\nA=file\nB=file\n' >"$BATS_TEST_TMPDIR/env"
	run lighter run --rm -e A=flag --env-file "$BATS_TEST_TMPDIR/env" busybox sh -c 'echo $A $B'
	[ "$output" = "flag file" ]
}

@test "-u sets uid and gid, by number or by name" {
	[ "$(lighter run --rm -u 1000:1001 busybox sh -c 'id -u; id -g' | xargs)" = "1000 1001" ]
	[ "$(lighter run --rm busybox id -u)" = 0 ]
	run lighter run --rm -u nosuchuser busybox id
	[ "$status" -ne 0 ]
	[[ "$output" == *nosuchuser* ]]
}

@test "-w is the working directory and is made when missing" {
	[ "$(lighter run --rm -w /made/here busybox pwd)" = /made/here ]
}

@test "-h is the host name, in the kernel and in /etc" {
	run lighter run --rm -h somename busybox sh -c 'hostname; cat /etc/hostname; echo $HOSTNAME'
	[ "$(echo $output)" = "somename somename somename" ]
}

@test "--entrypoint replaces the image's, and an empty one clears it" {
	[ "$(lighter run --rm --entrypoint /bin/echo busybox one two)" = "one two" ]
	[ "$(lighter run --rm --entrypoint= busybox echo three)" = "three" ]
}

@test "-i passes input on to its end, without it there is none" {
	[ "$(printf 'one\ntwo' | lighter run --rm -i busybox cat)" = $'one\ntwo' ]
	[ "$(echo lost | lighter run --rm busybox cat)" = "" ]
}

@test "a megabyte goes in and out again unharmed" {
	head -c 1000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
	lighter run --rm -i busybox cat <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}

@test "output and error stay apart" {
	lighter run --rm busybox sh -c 'echo out; echo err >&2' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = out ]
	[ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
}

@test "-t is a terminal of the container's own, without it there is none" {
	run lighter run --rm -t busybox sh -c 'test -t 0 && test -t 1 && test -t 2 && tty'
	[ "$status" -eq 0 ]
	[ "$output" = $'/dev/pts/0\r' ]
	run lighter run --rm busybox sh -c 'test -t 0 || test -t 1'
	[ "$status" -eq 1 ]
}

@test "a terminal follows the size of ours" {
	run on_terminal -s 33x77 'expect:33 77' 'size:44x99' 'expect:44 99' -- \
		lighter run --rm -it busybox sh -c 'trap "stty size; exit" WINCH; stty size; while :; do sleep 0.1; done'
	[ "$status" -eq 0 ]
	[[ "$output" == *"modes: same"* ]]
}

@test "ctrl-p ctrl-q leaves the container running and the terminal as it was" {
	run on_terminal 'expect:ready' 'send:\x10\x11' -- \
		lighter run -it --name left busybox sh -c 'stty raw; echo ready; exec sleep 1000'
	[ "$status" -eq 0 ]
	[[ "$output" == *"read escape sequence"* ]]
	[[ "$output" == *"modes: same"* ]]
	[ -n "$(lighter ps -q)" ]
	lighter rm -f left
}

@test "what is typed in a terminal arrives" {
	run on_terminal 'expect:name?' 'send:world\n' 'expect:hello world' -- \
		lighter run --rm -it busybox sh -c 'echo "name?"; read x; echo hello $x'
	[ "$status" -eq 0 ]
}

@test "-it without a terminal is refused" {
	run lighter run --rm -it busybox true </dev/null
	[ "$status" -eq 125 ]
	[ "${lines[0]}" = "lighter: the input device is not a TTY" ]
}

@test "--stop-signal is what stop sends" {
	lighter run -d --name signalled --stop-signal USR1 busybox \
		sh -c 'trap "exit 42" USR1; echo ready; while :; do sleep 0.1; done'
	wait_until sh -c '[ "$(lighter logs signalled)" = ready ]'
	lighter stop signalled
	[ "$(lighter wait signalled)" = 42 ]
	lighter rm signalled
}

@test "--stop-timeout is how long stop waits before it kills" {
	lighter run -d --name stubborn --stop-timeout 1 busybox sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	start=$EPOCHREALTIME
	lighter stop stubborn
	took=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
	[ "$took" -ge 900 ]
	[ "$took" -lt 8000 ]
	[ "$(lighter wait stubborn)" = 137 ]
	lighter rm stubborn
}
