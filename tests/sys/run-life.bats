#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How a container of run begins, ends and is told about: ids, names, exit statuses, signals, what is left behind.

bats_require_minimum_version 1.5.0
load ../lib/lighter
load ../lib/busybox
load ../lib/assert

setup_file() { busybox_image; }

@test "the exit status is the program's own" {
	for code in 0 1 7 124 200 255; do
		run lighter run --rm busybox sh -c "exit $code"
		[ "$status" -eq "$code" ]
	done
}

@test "a signal that ends the program is 128 + N" {
	run lighter run --rm busybox sh -c 'sh -c "kill -TERM \$\$; sleep 100"; exit $?'
	[ "$status" -eq 143 ]
	lighter run -d --name killed busybox sleep 1000
	lighter kill killed
	[ "$(lighter wait killed)" = 137 ]
	lighter rm killed
}

@test "125, 126 and 127 tell our failure, a program that cannot run, and one that is not there" {
	run lighter run --rm --pull never no/such/image true
	[ "$status" -eq 125 ]
	[[ "$output" == "lighter: "*"no/such/image"* ]]
	run lighter run --rm busybox /etc
	[ "$status" -eq 126 ]
	run -127 lighter run --rm busybox /no/such/program
	[ "$status" -eq 127 ]
	[[ "$output" == *"/no/such/program"* ]]
	run -127 lighter run --rm busybox no-such-program
	[ "$status" -eq 127 ]
	[ -z "$(lighter ps -aq)" ]
}

@test "a start that failed is told by inspect, until one works" {
	run -127 lighter run --name late busybox no-such-program
	[[ "$output" == 'lighter: start: exec: "no-such-program": '* ]]
	assert_eq "$(lighter inspect late | jq -c '.[0].State | [.Status, .ExitCode, .Error]')" \
		'["created",127,"start: exec: \"no-such-program\": executable file not found in $PATH"]'
	lighter rm late
	run -125 lighter run --name late -v "$BATS_TEST_TMPDIR/file:/etc/hosts/below" busybox true
	assert_eq "$(lighter inspect late | jq -c '.[0].State | [.Status, .ExitCode, .Error != ""]')" '["created",128,true]'
	lighter rm late
	echo 'exit 3' >"$BATS_TEST_TMPDIR/program"
	run lighter run --name late -v "$BATS_TEST_TMPDIR/program:/program" busybox /program
	[ "$status" -eq 126 ]
	sed -i '1i #!/bin/sh' "$BATS_TEST_TMPDIR/program"
	chmod +x "$BATS_TEST_TMPDIR/program"
	run -3 lighter start -a late
	assert_eq "$(lighter inspect late | jq -c '.[0].State | [.Status, .ExitCode, .Error]')" '["exited",3,""]'
	lighter rm late
}

@test "start of a running container finds it done" {
	lighter run -d --name runs busybox sleep 1000
	assert_eq "$(lighter start runs)" runs
	lighter rm -f runs
}

@test "a file on a directory, and a directory on a file, are told apart from other failures" {
	touch "$BATS_TEST_TMPDIR/file"
	run -125 lighter run --rm -v "$BATS_TEST_TMPDIR/file:/bin" busybox true
	[[ "$output" == *"mount '$BATS_TEST_TMPDIR/file' on '/bin': the first is not a directory, the second is one" ]]
	run -125 lighter run --rm -v "$BATS_TEST_TMPDIR:/bin/busybox" busybox true
	[[ "$output" == *"mount '$BATS_TEST_TMPDIR' on '/bin/busybox': the first is a directory, the second is not" ]]
}

@test "-d prints the id and leaves the container running" {
	id=$(lighter run -d busybox sleep 1000)
	[[ "$id" =~ ^[0-9a-f]{64}$ ]]
	[ "$(lighter ps -q --no-trunc)" = "$id" ]
	lighter rm -f "$id"
}

@test "--name names, and a taken name is refused in Docker's words" {
	id=$(lighter create --name taken busybox true)
	run lighter run --name taken busybox true
	[ "$status" -eq 125 ]
	[[ "$output" == *'"/taken" is already in use by container "'"$id"'"'* ]]
	lighter rm taken
	run lighter run --rm --name 'not a name' busybox true
	[ "$status" -eq 125 ]
}

@test "--rm leaves no container, no file and no mount" {
	before=$(find "$LIGHTER_ROOT/containers" "$LIGHTER_RUN_ROOT" -mindepth 1 -type d | sort)
	lighter run --rm busybox touch /made
	lighter run -d --rm --name gone busybox sleep 1000
	lighter kill gone
	wait_until sh -c '[ -z "$(lighter ps -aq)" ]'
	same_dirs() { [ "$(find "$LIGHTER_ROOT/containers" "$LIGHTER_RUN_ROOT" -mindepth 1 -type d | sort)" = "$before" ]; }
	wait_until same_dirs
}

@test "without --rm the container stays, with its log and its status" {
	lighter run --name stays busybox sh -c 'echo text; exit 3' || [ $? -eq 3 ]
	[ "$(lighter logs stays)" = text ]
	[ "$(lighter wait stays)" = 3 ]
	[[ "$(lighter ps -a)" == *"Exited (3) "*" ago"*stays* ]]
	lighter rm stays
}

@test "-l labels the container" {
	lighter create --name labelled -l one=1 --label two busybox true
	[ "$(lighter inspect labelled | jq -c '.[0].Config.Labels | {one, two}')" = '{"one":"1","two":""}' ]
	lighter rm labelled
}

@test "--pull never does not ask, always does, missing asks for what is missing" {
	port=1 # nobody listens there
	run lighter run --rm --pull never 127.0.0.1:$port/x true
	[ "$status" -eq 125 ]
	[[ "$output" != *"Unable to find"* ]]
	run lighter run --rm 127.0.0.1:$port/x true
	[ "$status" -eq 125 ]
	[ "${lines[0]}" = "Unable to find image '127.0.0.1:$port/x' locally" ]
	[[ "$output" == *"127.0.0.1:$port"* ]]
	lighter run --rm --pull missing busybox true
	run lighter run --rm --pull always 127.0.0.1:$port/x true
	[ "$status" -eq 125 ]
	[[ "$output" != *"Unable to find"* ]]
}

@test "signals to run reach the program" {
	for signal in HUP INT TERM QUIT USR1 USR2; do
		lighter run --name proxied busybox sh -c "trap 'exit 33' $signal; echo ready; while :; do sleep 0.1; done" \
			>"$BATS_TEST_TMPDIR/out.$signal" 3>&- &
		wait_until grep -q ready "$BATS_TEST_TMPDIR/out.$signal"
		kill -$signal $!
		code=0
		wait $! || code=$?
		[ "$code" -eq 33 ]
		lighter rm proxied
	done
}

@test "nohup keeps a hang-up from the program" {
	program='trap "exit 33" HUP; trap "exit 44" USR1; echo ready; while :; do sleep 0.1; done'
	(trap '' HUP && exec lighter run --name hung busybox sh -c "$program") >"$BATS_TEST_TMPDIR/out" 3>&- &
	wait_until grep -q ready "$BATS_TEST_TMPDIR/out"
	kill -HUP $!
	kill -USR1 $!
	code=0
	wait $! || code=$?
	[ "$code" -eq 44 ]
	lighter rm hung
}

@test "the third signal that the program ignores ends run and not the container" {
	lighter run --name ignoring busybox sleep 1000 3>&- &
	wait_until sh -c '[ -n "$(lighter ps -q)" ]'
	while kill -TERM $! 2>/dev/null; do sleep 0.02; done
	code=0
	wait $! || code=$?
	[ "$code" -eq 130 ]
	[ -n "$(lighter ps -q)" ]
	lighter rm -f ignoring
}

@test "when nobody reads our output any more run ends and the container goes on" {
	lighter run --name piped busybox yes | head -n 1 >"$BATS_TEST_TMPDIR/line"
	[ "${PIPESTATUS[0]}" -eq 141 ]
	[ "$(cat "$BATS_TEST_TMPDIR/line")" = y ]
	[ -n "$(lighter ps -q)" ]
	lighter rm -f piped
}

@test "kill -9 of run and its whole session costs no line of the log and no exit code" {
	setsid sh -c "'$BUILD/src/programs/lighter' run --name orphan busybox sh -c 'echo go; seq 1 10000; exit 7' | cat" \
		>"$BATS_TEST_TMPDIR/seen" 3>&- &
	wait_until grep -q go "$BATS_TEST_TMPDIR/seen"
	pkill -KILL -s "$!" || true
	wait "$!" || true
	[ "$(lighter wait orphan)" = 7 ]
	[ "$(lighter logs orphan | sed 1d)" = "$(seq 1 10000)" ]
	lighter rm orphan
}

@test "run works with its standard streams closed" {
	lighter run --rm busybox true <&- >&- 2>&-
	run lighter run --rm busybox sh -c 'exit 5' <&-
	[ "$status" -eq 5 ]
}

@test "create takes the options of run and start uses them" {
	printf 'FILE=yes\n' >"$BATS_TEST_TMPDIR/env"
	mkdir "$BATS_TEST_TMPDIR/dir"
	lighter create -i -t --rm --name made -h thehost -e FLAG=yes --env-file "$BATS_TEST_TMPDIR/env" -w /tmp -u 7:8 \
		--entrypoint sh -v "$BATS_TEST_TMPDIR/dir:/dir" -m 64m --cpus 1 --pids-limit 33 --cap-drop ALL \
		--cap-add CHOWN --network none --read-only -l a=b --userns private --stop-signal USR1 --stop-timeout 3 \
		--pull missing busybox -c 'echo "$FILE $FLAG $(hostname) $(pwd) $(id -u):$(id -g)"; test -d /dir && tty;
			sed -n "s/^CapBnd:.//p" /proc/self/status; touch /x'
	lighter inspect made | jq -e '.[0] | .Config.Labels.a == "b" and .HostConfig.Memory == 67108864 and
		.HostConfig.NanoCpus == 1000000000 and .HostConfig.PidsLimit == 33 and .Config.StopSignal == "USR1"
		and .Config.StopTimeout == 3 and .HostConfig.AutoRemove'
	run lighter start -a made
	[[ "$output" == *"yes yes thehost /tmp 7:8"* ]]
	[[ "$output" == */dev/pts/0* ]]
	[[ "$output" == *0000000000000001* ]]
	[[ "$output" == *"Read-only file system"* ]]
	[ "$status" -eq 1 ]
	wait_until sh -c '[ -z "$(lighter ps -aq)" ]'
	lighter create --name rooted --privileged --net host busybox readlink /proc/self/ns/net 2>/dev/null
	[ "$(lighter start -a rooted)" = "$(readlink /proc/self/ns/net)" ]
	lighter rm rooted
}
