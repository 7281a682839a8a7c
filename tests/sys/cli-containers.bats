#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands on containers that exist: ps, logs, exec, start, attach, stop, kill, rm, wait, inspect.

bats_require_minimum_version 1.5.0
load ../lib/lighter
load ../lib/busybox

setup_file() {
	busybox_image
	lighter run -d --name up busybox sh -c 'echo out; echo err >&2; while :; do sleep 0.2; done'
	wait_until sh -c '[ "$(lighter logs up 2>&1 | wc -l)" = 2 ]'
	lighter run --name over busybox sh -c 'exit 3' || [ $? -eq 3 ]
}

teardown_file() {
	lighter rm -f up over
}

@test "ps shows what runs, -a everything" {
	run lighter ps
	[[ "${lines[0]}" =~ ^CONTAINER\ ID\ +IMAGE\ +COMMAND\ +CREATED\ +STATUS\ +PORTS\ +NAMES$ ]]
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[1]}" =~ ^[0-9a-f]{12}\ +busybox.*\"sh\ -c\ \'echo\ out.*Up\ .*\ up$ ]]
	run lighter ps -a
	[ "${#lines[@]}" -eq 3 ]
	[[ "${lines[1]}" == *"Exited (3) "*" over" ]]
	run lighter container ls --all
	[ "${#lines[@]}" -eq 3 ]
}

@test "ps -q shows ids alone, --no-trunc all of them and of the command" {
	[[ "$(lighter ps -q)" =~ ^[0-9a-f]{12}$ ]]
	[[ "$(lighter ps -q --no-trunc)" =~ ^[0-9a-f]{64}$ ]]
	[[ "$(lighter ps --no-trunc)" == *"while :; do sleep 0.2; done"* ]]
	[[ "$(lighter ps)" != *"while :; do sleep 0.2; done"* ]]
}

@test "a container answers to its name, its id and a unique prefix" {
	id=$(lighter ps -q --no-trunc)
	for name in up "$id" "${id:0:12}" "${id:0:6}"; do
		[ "$(lighter inspect "$name" | jq -r '.[0].Id')" = "$id" ]
	done
	run lighter inspect nosuchthing
	[ "$status" -eq 1 ]
	[[ "$output" == *"no such object: nosuchthing"* ]]
	[[ "$output" == *"[]"* ]]
}

@test "container inspect and inspect print the same array" {
	[ "$(lighter inspect up over | jq length)" = 2 ]
	[ "$(lighter container inspect over | jq -r '.[0].State.ExitCode')" = 3 ]
	[ "$(lighter image inspect busybox | jq -r '.[0].Os')" = linux ]
	[ "$(lighter inspect busybox | jq -r '.[0].Os')" = linux ]
}

@test "logs keeps output and error apart" {
	[ "$(lighter logs up 2>/dev/null)" = out ]
	[ "$(lighter logs up 2>&1 >/dev/null)" = err ]
}

@test "logs -n shows the last lines, all of them with all" {
	lighter run --name lines busybox seq 1 100 >/dev/null
	[ "$(lighter logs -n 2 lines | xargs)" = "99 100" ]
	[ "$(lighter logs --tail=0 lines)" = "" ]
	[ "$(lighter logs --tail all lines | wc -l)" = 100 ]
	lighter rm lines
}

@test "logs -t puts the time in front" {
	[[ "$(lighter logs -t up 2>/dev/null)" =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z\ out$ ]]
}

@test "logs --since and --until cut by time" {
	time=$(lighter logs -t up 2>/dev/null | cut -d' ' -f1)
	[ "$(lighter logs --since "$time" up 2>/dev/null)" = out ]
	[ "$(lighter logs --since 2200-01-01 up 2>&1)" = "" ]
	[ "$(lighter logs --since 24h up 2>/dev/null)" = out ]
	[ "$(lighter logs --until 24h up 2>&1)" = "" ]
	[ "$(lighter logs --until 2200-01-01 up 2>/dev/null)" = out ]
	run lighter logs --since yesterday up
	[ "$status" -eq 125 ]
}

@test "logs -f follows until the container ends" {
	lighter run -d -i --name followed busybox sh -c 'echo first; read line; echo last'
	lighter logs -f followed >"$BATS_TEST_TMPDIR/followed" 3>&- &
	wait_until grep -q first "$BATS_TEST_TMPDIR/followed"
	echo | lighter attach followed
	wait $!
	[ "$(cat "$BATS_TEST_TMPDIR/followed" | xargs)" = "first last" ]
	lighter rm followed
}

@test "exec runs in the container and hands back the status" {
	[ "$(lighter exec up cat /proc/1/cmdline | tr '\0' ' ')" = "sh -c echo out; echo err >&2; while :; do sleep 0.2; done " ]
	run lighter exec up sh -c 'exit 9'
	[ "$status" -eq 9 ]
	run -127 lighter exec up no-such-program
	run lighter exec up /etc
	[ "$status" -eq 126 ]
	run lighter exec over true
	[ "$status" -eq 1 ]
	[[ "$output" == *"is not running"* ]]
}

@test "exec -e, -u and -w" {
	FROM_HERE=x run lighter exec -e A=1 -e FROM_HERE -u 5:6 -w /tmp up sh -c 'echo $A $FROM_HERE $(id -u):$(id -g) $(pwd)'
	[ "$output" = "1 x 5:6 /tmp" ]
}

@test "exec -i passes input on, without it there is none" {
	[ "$(echo typed | lighter exec -i up cat)" = typed ]
	[ "$(echo typed | lighter exec up cat)" = "" ]
	head -c 1000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
	lighter exec -i up cat <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}

@test "exec -t gives a terminal that follows ours" {
	run on_terminal -s 21x43 'expect:21 43' 'size:22x44' 'expect:22 44' -- \
		lighter exec -it up sh -c 'trap "stty size; exit 4" WINCH; stty size; while :; do sleep 0.1; done'
	[ "$status" -eq 4 ]
	[[ "$output" == *"modes: same"* ]]
	run lighter exec -it up true </dev/null
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "lighter: the input device is not a TTY" ]
}

@test "exec -t sets TERM where neither the container nor the user does" {
	[ "$(on_terminal -- lighter exec -t up sh -c 'echo "$TERM"' | tr -d '\r')" = xterm ]
	[ "$(on_terminal -- lighter exec -t -e TERM=vt100 up sh -c 'echo "$TERM"' | tr -d '\r')" = vt100 ]
	[ -z "$(lighter exec up sh -c 'echo "$TERM"')" ]
	lighter run -d --name own -e TERM=screen busybox sleep 1000
	[ "$(on_terminal -- lighter exec -t own sh -c 'echo "$TERM"' | tr -d '\r')" = screen ]
	lighter rm -f own
}

@test "exec without -t never hands a terminal of the host to the container" {
	run on_terminal 'expect:none' -- lighter exec -i up sh -c 'test -t 0 || test -t 1 || test -t 2 || echo none'
	[ "$status" -eq 0 ]
}

@test "exec -d returns at once and leaves the process" {
	lighter exec -d up sh -c 'echo $$ > /detached; exec sleep 1000'
	wait_until lighter exec up test -s /detached
	lighter exec up sh -c 'kill $(cat /detached)'
}

@test "start starts again, -a shows the output, -i passes input on" {
	lighter create -i --name again busybox sh -c 'read x; echo got $x; exit 6'
	run lighter start -a -i again <<<word
	[ "$status" -eq 6 ]
	[ "$output" = "got word" ]
	run lighter start -ai again <<<other
	[ "$output" = "got other" ]
	[ "$(lighter start again)" = again ]
	[ -n "$(lighter ps -q --no-trunc)" ]
	echo third | lighter attach again || [ $? -eq 6 ]
	lighter rm again
}

@test "attach --no-stdin shows output and sends nothing" {
	lighter run -d -i --name watched busybox sh -c '(while :; do echo tick; sleep 0.05; done) & read x; kill $!; echo got $x'
	echo lost | lighter attach --no-stdin watched >"$BATS_TEST_TMPDIR/watched" 3>&- &
	wait_until grep -q tick "$BATS_TEST_TMPDIR/watched"
	echo word | lighter attach watched
	wait $!
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/watched")" = "got word" ]
	lighter rm watched
	run lighter attach over
	[ "$status" -eq 1 ]
}

@test "stop -t is how long it waits" {
	lighter run -d --name deaf busybox sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	start=$EPOCHREALTIME
	[ "$(lighter stop -t 0 deaf)" = deaf ]
	[ $(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) -lt 5000 ]
	[ "$(lighter wait deaf)" = 137 ]
	lighter start deaf
	[ "$(lighter stop --time 0 deaf)" = deaf ]
	lighter rm deaf
}

@test "kill -s sends that signal" {
	lighter run -d --name hit busybox sh -c 'trap "exit 12" USR2; echo ready; while :; do sleep 0.1; done'
	wait_until sh -c '[ "$(lighter logs hit)" = ready ]'
	[ "$(lighter kill -s USR2 hit)" = hit ]
	[ "$(lighter wait hit)" = 12 ]
	lighter rm hit
	run lighter kill -s FROB up
	[ "$status" -eq 125 ]
	run lighter kill over
	[ "$status" -eq 1 ]
	[[ "$output" == *"is not running"* ]]
}

@test "rm refuses what runs, -f ends it, and goes on after a failure" {
	lighter run -d --name busy busybox sleep 1000
	lighter create --name idle busybox true
	run lighter rm nosuch busy idle
	[ "$status" -eq 1 ]
	[[ "$output" == *"no such container: nosuch"* ]]
	[[ "$output" == *"busy"*"running"* ]]
	[ "${lines[-1]}" = idle ]
	[ "$(lighter rm -f busy)" = busy ]
	run lighter rm -f nosuch
	[ "$status" -eq 0 ]
}

@test "wait prints the status of each when it ends" {
	lighter run -d -i --name awaited busybox sh -c 'read x; exit 8'
	lighter wait awaited over >"$BATS_TEST_TMPDIR/codes" 3>&- &
	echo | lighter attach awaited || [ $? -eq 8 ]
	wait $!
	[ "$(xargs <"$BATS_TEST_TMPDIR/codes")" = "8 3" ]
	lighter rm awaited
}

@test "info tells what this machine can do" {
	run lighter info
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -ge 3 ]
	run lighter system info
	[ "$status" -eq 0 ]
}
