# SPDX-License-Identifier: Apache-2.0
# lighter-runtime checkpoint and restore, by CRIU: what was running goes on, with its memory, files, mounts, limits and terminal.
# vm: long

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
load ../lib/criu
bats_require_minimum_version 1.5.0

setup() {
	runtime_setup
	criu_setup
}

teardown() {
	runtime_teardown
}

@test "a process that counts in memory goes on where it was" {
	counts
	local before after pid start
	checkpoint
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	before=$(count)
	ln -sfn 0 "$B/rootfs/tmp/count"
	restore --pid-file "$BATS_TEST_TMPDIR/pid" --work-path "$BATS_TEST_TMPDIR/work" --no-subreaper
	[ -s "$BATS_TEST_TMPDIR/work/restore.log" ]
	wait_until counted "$((before + 1))"
	after=$(count)
	[ "$after" -lt "$((before + 1000))" ]
	pid=$($R state c | jq .pid)
	assert_eq "$(cat "$BATS_TEST_TMPDIR/pid")" "$pid"
	start=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)
	assert_eq "$(jq .startTime "$BATS_TEST_TMPDIR/state/c/state.json")" "$start"
	assert_eq "$($R list -f json | jq -r '.[] | .id + " " + .status')" 'c running'
	assert_eq "$($R exec c cat /proc/1/comm)" sh
	assert_eq "$($R exec c hostname)" bundle
	fails_with 1 'cannot start an already running container' $R start c
	fails_with 1 "cannot delete container 'c' that is not stopped" $R delete c
	$R kill c KILL
	wait_until status_is stopped
	$R delete c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}

@test "once more and under another name: a restored container is like any other" {
	counts
	checkpoint
	local first
	first=$(count)
	restore
	wait_until counted "$((first + 1))"
	$C checkpoint --image-path "$BATS_TEST_TMPDIR/second" c
	first=$(count)
	$C restore -d -b "$B" --image-path "$BATS_TEST_TMPDIR/second" other </dev/null >/dev/null 2>&1
	wait_until counted "$((first + 1))"
	assert_eq "$($R state other | jq -r .status)" running
	fails_with 1 'does not exist' $R state c
}

# anonymous_pipe: its ends are 7, to read, and 8, to write
anonymous_pipe() {
	exec 6<> <(:)
	exec 7</proc/self/fd/6 8>/proc/self/fd/6 6>&-
}

@test "input and output are those of the restore: pipes and files of the host alike" {
	local dir=$BATS_TEST_TMPDIR
	program 'while read -r word; do echo "out $word"; echo "err $word" >&2; done'
	anonymous_pipe
	$R run -d -b "$B" c <&7 > >(exec cat >"$dir/first" 8>&-) 2>"$dir/log"
	echo one >&8
	wait_until grep -q 'out one' "$dir/first"
	wait_until grep -q 'err one' "$dir/log"
	checkpoint
	assert_eq "$(jq -r '.[] | .[0:5]' "$I/descriptors.json" | paste -sd ' ')" 'pipe: pipe: file['
	anonymous_pipe
	$C restore -d -b "$B" --image-path "$I" c <&7 > >(exec cat >"$dir/second" 8>&-) 2>>"$dir/log"
	echo two >&8
	wait_until grep -q 'out two' "$dir/second"
	wait_until grep -q 'err two' "$dir/log"
	assert_eq "$(cat "$dir/first" "$dir/log")" $'out one\nerr one\nerr two'
	exec 7>&- 8>&-
	wait_until status_is stopped
}

@test "restore in the foreground: the exit code, and nothing is left" {
	program 'while [ ! -e /tmp/end ]; do usleep 10000; done; exit 7'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	checkpoint
	touch "$B/rootfs/tmp/end"
	run -7 $C restore -b "$B" --image-path "$I" c </dev/null
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}

@test "open files, also one that is deleted, and what lies in a tmpfs" {
	program 'exec 4<>/tmp/open 5>/tmp/gone; echo head >&4; rm /tmp/gone; echo here >/dev/shm/file; touch /tmp/ready
		while [ ! -e /tmp/go ]; do usleep 10000; done
		echo tail >&4; echo in >&5; cat /proc/self/fd/5 /dev/shm/file >/tmp/result; touch /tmp/done; sleep 1000'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	wait_until test -e "$B/rootfs/tmp/ready"
	checkpoint
	restore
	touch "$B/rootfs/tmp/go"
	wait_until test -e "$B/rootfs/tmp/done"
	assert_eq "$(cat "$B/rootfs/tmp/open")" $'head\ntail'
	assert_eq "$(cat "$B/rootfs/tmp/result")" $'in\nhere'
}

@test "mounts: binds of directories and files, read-only ones, what is mounted below, and all of /proc, /sys, /dev" {
	mkdir "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/data/below"
	mount -t tmpfs tmpfs "$BATS_TEST_TMPDIR/data/below"
	echo deep >"$BATS_TEST_TMPDIR/data/below/file"
	echo text >"$B/file"
	ln -s /srv "$B/rootfs/link"
	config_edit "$B" '.mounts += [{ "destination": "/link/data", "source": $ARGS.positional[0], "options": ["rbind", "nosuid"] },
		{ "destination": "/etc/file", "source": "file", "type": "bind", "options": ["bind", "ro"] },
		{ "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue" },
		{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid"] }]' \
		"$BATS_TEST_TMPDIR/data"
	sleeps
	$R exec c cut -d' ' -f5,6 /proc/self/mountinfo | sort >"$BATS_TEST_TMPDIR/before"
	$R exec c sh -c 'cat /proc/keys /proc/kcore; ls -lR /dev /sys/firmware' | sed 's/ [A-Z][a-z][a-z] .*:[0-9][0-9] / /' \
		>"$BATS_TEST_TMPDIR/seen.before"
	checkpoint
	rm -r "$B/rootfs/srv" "$B/rootfs/etc/file"
	mkdir "$B/rootfs/srv"
	restore
	$R exec c cut -d' ' -f5,6 /proc/self/mountinfo | sort >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	$R exec c sh -c 'cat /proc/keys /proc/kcore; ls -lR /dev /sys/firmware' | sed 's/ [A-Z][a-z][a-z] .*:[0-9][0-9] / /' \
		>"$BATS_TEST_TMPDIR/seen.after"
	diff "$BATS_TEST_TMPDIR/seen.before" "$BATS_TEST_TMPDIR/seen.after"
	assert_eq "$($R exec c cat /srv/data/below/file /etc/file)" $'deep\ntext'
	echo new >"$BATS_TEST_TMPDIR/data/new"
	assert_eq "$($R exec c cat /srv/data/new)" new
	run -1 $R exec c sh -c 'echo x >/etc/file'
	$R delete -f c
	umount "$BATS_TEST_TMPDIR/data/below"
	run -1 grep "$BATS_TEST_TMPDIR" /proc/self/mountinfo
}

@test "a terminal is restored by the console socket, with its session and size" {
	local dir=$BATS_TEST_TMPDIR
	config_edit "$B" '.process.terminal = true | .process.consoleSize = {"height": 33, "width": 77}'
	program 'while read -r line; do echo "got $line $(tty) $(stty size)"; done'
	receive_fd "$dir/first" type:typed
	$R run -d -b "$B" --console-socket "$dir/first" c </dev/null
	wait_until grep -q 'got typed /dev/pts/0 33 77' "$dir/first.out"
	checkpoint
	fails_with 1 'a detached process with a terminal needs --console-socket' $C restore -d -b "$B" --image-path "$I" c
	receive_fd "$dir/second" type:typed
	restore --console-socket "$dir/second"
	wait_until grep -q 'got typed /dev/pts/0 33 77' "$dir/second.out"
	$R exec c test /dev/console -ef /dev/pts/0
	config_edit "$B" '.process.terminal = false'
	$C checkpoint --image-path "$I.2" c
	fails_with 1 'the checkpoint has a terminal, but process.terminal is false' $C restore -d -b "$B" --image-path "$I.2" c
	[ ! -e "$dir/state/c" ]
	wait
}

@test "--leave-running: the container goes on, and what was saved can be restored later" {
	counts
	local pid saved
	pid=$($R state c | jq .pid)
	checkpoint --leave-running
	saved=$(count)
	status_is running
	assert_eq "$($R state c | jq .pid)" "$pid"
	wait_until counted "$((saved + 50))"
	$R delete -f c
	restore
	wait_until counted "$((saved + 51))"
}

# limit NAME...: the text of the first file of the group /lighter-test/other that is there
limit() {
	local file
	for file; do
		file=$(find /sys/fs/cgroup -path "*/lighter-test/other/$file")
		[ -z "$file" ] || { cat "$file"; return; }
	done
}

@test "limits, devices and the cgroup are those of the configuration" {
	config_edit "$B" '.linux.cgroupsPath = "/lighter-test/limited" | .linux.resources.pids.limit = 20 |
		.linux.resources.memory.limit = 67108864'
	sleeps
	checkpoint
	[ -z "$(find /sys/fs/cgroup -path '*/lighter-test/*' -type d)" ]
	config_edit "$B" '.linux.cgroupsPath = "/lighter-test/other" | .linux.resources.pids.limit = 21'
	restore
	assert_eq "$(limit pids.max)" 21
	assert_eq "$(limit memory.max memory.limit_in_bytes)" 67108864
	find /sys/fs/cgroup -path '*/lighter-test/other/cgroup.procs' >"$BATS_TEST_TMPDIR/groups"
	[ -z "$(xargs grep -Lx "$($R state c | jq .pid)" <"$BATS_TEST_TMPDIR/groups")" ]
	$R exec c sh -c 'for i in $(seq 30); do sleep 1000 & done' </dev/null >/dev/null 2>&1 || true
	[ "$(limit pids.current)" -gt 15 ] && [ "$(limit pids.current)" -le 21 ]
	$R update --pids-limit 23 c
	assert_eq "$(limit pids.max)" 23
	$R pause c
	status_is paused
	$R resume c
	$R delete -f c
	[ -z "$(find /sys/fs/cgroup -path '*/lighter-test/*' -type d)" ]
	find /sys/fs/cgroup -name lighter-test -exec rmdir {} +
}

@test "a network namespace that is joined by path is the same afterwards, a new one is empty but for lo" {
	touch "$BATS_TEST_TMPDIR/net"
	unshare --net="$BATS_TEST_TMPDIR/net" true
	config_edit "$B" '(.linux.namespaces[] | select(.type == "network")).path = $ARGS.positional[0]' "$BATS_TEST_TMPDIR/net"
	sleeps
	checkpoint
	restore
	assert_eq "$(stat -Lc %i "/proc/$($R state c | jq .pid)/ns/net")" "$(stat -c %i "$BATS_TEST_TMPDIR/net")"
	$R delete -f c
	umount "$BATS_TEST_TMPDIR/net"
	config_edit "$B" 'del(.linux.namespaces[] | select(.type == "network").path)'
	sleeps
	nsenter --net="/proc/$($R state c | jq .pid)/ns/net" ip address add 10.1.2.3/32 dev lo
	$C checkpoint --image-path "$I.2" --empty-ns network c
	$C restore -d -b "$B" --image-path "$I.2" --empty-ns network c </dev/null >/dev/null 2>&1
	run -0 nsenter --net="/proc/$($R state c | jq .pid)/ns/net" ip -o address
	[[ $output == *'inet 127.0.0.1/8'* ]] && [[ $output != *10.1.2.3* ]]
	fails_with 1 "--empty-ns 'ipc': only 'network' can be empty" $C restore -b "$B" --empty-ns ipc other
}

@test "other namespaces that are joined: ipc and uts by path, what criu cannot do is refused by name" {
	touch "$BATS_TEST_TMPDIR/uts" "$BATS_TEST_TMPDIR/ipc"
	unshare --uts="$BATS_TEST_TMPDIR/uts" --ipc="$BATS_TEST_TMPDIR/ipc" hostname shared
	config_edit "$B" 'del(.hostname) | (.linux.namespaces[] | select(.type == "uts" or .type == "ipc")) |=
		(.path = $ARGS.positional[0] + "/" + .type)' "$BATS_TEST_TMPDIR"
	sleeps
	checkpoint
	restore
	local kind
	for kind in uts ipc; do
		assert_eq "$(stat -Lc %i "/proc/$($R state c | jq .pid)/ns/$kind")" "$(stat -c %i "$BATS_TEST_TMPDIR/$kind")"
	done
	$R delete -f c
	umount "$BATS_TEST_TMPDIR/uts" "$BATS_TEST_TMPDIR/ipc"
	config_edit "$B" 'del(.linux.namespaces[] | select(.type == "uts" or .type == "ipc"))
		| .linux.namespaces += [{"type": "time", "path": "/proc/self/ns/time"}]'
	fails_with 1 "validate: criu cannot put a container back into the time namespace '/proc/self/ns/time'" \
		$C restore -d -b "$B" --image-path "$I" c
	config_edit "$B" 'del(.linux.namespaces[] | select(.type == "time" or .type == "mount"))'
	fails_with 1 'criu needs a container with a mount namespace' $C restore -d -b "$B" --image-path "$I" c
}

@test "a cgroup namespace: the container sees its own group as the root, before and after" {
	config_edit "$B" '.linux.namespaces += [{"type":"cgroup"}] |
		.mounts += [{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"] }]'
	sleeps
	$R exec c cat /proc/1/cgroup >"$BATS_TEST_TMPDIR/before"
	checkpoint
	restore
	$R exec c cat /proc/1/cgroup >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	run -1 grep -v ':/$' "$BATS_TEST_TMPDIR/after"
	$R exec c find /sys/fs/cgroup -name cgroup.procs | grep -q .
}

@test "hooks: those of creation again, those of a start not, poststop when it is gone" {
	local log=$BATS_TEST_TMPDIR/hooks kind
	for kind in prestart createRuntime poststart poststop; do
		config_edit "$B" '.hooks[$ARGS.positional[0]] = [{ "path": "/bin/sh",
			"args": ["sh", "-c", "echo \($ARGS.positional[0]) $(jq -r \".status + \\\" \\\" + (.pid // 0 | tostring)\") >>\($ARGS.positional[1])"] }]' \
			"$kind" "$log"
	done
	sleeps
	rm "$log"
	checkpoint
	assert_eq "$(cat "$log")" 'poststop stopped 0'
	rm "$log"
	restore
	local pid
	pid=$($R state c | jq .pid)
	assert_eq "$(cat "$log")" "prestart created $pid"$'\n'"createRuntime creating $pid"
	$R delete -f c
	assert_eq "$(tail -n 1 "$log")" 'poststop stopped 0'
	config_edit "$B" '.hooks.createRuntime[0].args[2] = "exit 3"'
	fails_with 1 "hooks.createRuntime\[0\]: '/bin/sh' ended with 3" $C restore -d -b "$B" --image-path "$I" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}

@test "without criu: one sentence that says what to do" {
	sleeps
	fails_with 1 "^lighter-runtime: 'criu' is not in PATH: install criu, or say where it is by --criu$" \
		env PATH="$(dirname "$(command -v lighter-runtime)")" $R checkpoint --image-path "$I" c
	fails_with 1 "criu: start '/no/such/criu': No such file or directory" $R --criu /no/such/criu checkpoint --image-path "$I" c
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$CRIU" "$BATS_TEST_TMPDIR/bin/criu"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH $R checkpoint --image-path "$I" c
	fails_with 1 "criu: 'criu' is not in PATH" env PATH="$(dirname "$(command -v lighter-runtime)")" \
		$R restore -d -b "$B" --image-path "$I" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}

@test "what can be checkpointed, and where to: errors are one sentence, and nothing is made" {
	fails_with 1 "container does not exist: 'c'" $C checkpoint --image-path "$I" c
	program 'sleep 1000'
	$R create -b "$B" c </dev/null >/dev/null 2>&1
	fails_with 1 'container cannot be checkpointed in created state' $C checkpoint --image-path "$I" c
	$R kill c KILL
	wait_until status_is stopped
	fails_with 1 'container cannot be checkpointed in stopped state' $C checkpoint --image-path "$I" c
	$R delete c
	[ ! -e "$I" ]
	fails_with 1 "image: image path '$I': No such file or directory" $C restore -d -b "$B" --image-path "$I" c
	mkdir "$I"
	fails_with 1 "image: checkpoint: .*descriptors.json.*: No such file" $C restore -d -b "$B" --image-path "$I" c
	echo '["","",""]' >"$I/descriptors.json"
	fails_with 1 "processes: criu: Unexpected EOF on .*; see '$I/restore.log'" $C restore -d -b "$B" --image-path "$I" c
	echo '{' >"$I/descriptors.json"
	fails_with 1 'image: descriptors.json: ' $C restore -d -b "$B" --image-path "$I" c
	[ -z "$(ls "$BATS_TEST_TMPDIR/state")" ]
	counts
	touch "$BATS_TEST_TMPDIR/file"
	fails_with 1 "image path '$BATS_TEST_TMPDIR/file': Not a directory" $C checkpoint --image-path "$BATS_TEST_TMPDIR/file" c
	fails_with 1 "--parent-path '/tmp' must be relative to the image path" $C checkpoint --image-path "$I" --parent-path /tmp c
	fails_with 1 "--parent-path '../no': No such file" $C checkpoint --image-path "$I" --parent-path ../no c
	fails_with 1 "--manage-cgroups-mode 'hard' is not soft, full" $C checkpoint --image-path "$I" --manage-cgroups-mode hard c
	fails_with 1 "--page-server '1.2.3.4' is not ADDRESS:PORT" $C checkpoint --image-path "$I" --page-server 1.2.3.4 c
	fails_with 1 '--no-pivot: criu enters the root of a container by pivot_root alone' $C restore --no-pivot -b "$B" other
	status_is running
	cd "$BATS_TEST_TMPDIR"
	$C checkpoint c
	cd "$B"
	fails_with 1 "image path 'checkpoint': No such file" $C restore -d c
	cd "$BATS_TEST_TMPDIR"
	$C restore -d -b "$B" c </dev/null >/dev/null 2>&1
	fails_with 1 'state: container with given ID already exists' $C restore -d -b "$B" c
}

@test "a criu that fails says why, in the words of its log, and leaves the container running; one that is killed too" {
	counts
	local now
	cat >"$BATS_TEST_TMPDIR/killed" <<-SCRIPT
		#!/bin/sh
		cd /sys/fs/cgroup/freezer/lighter-runtime/c 2>/dev/null && echo FROZEN >freezer.state || echo 1 >/sys/fs/cgroup/lighter-runtime/c/cgroup.freeze
		kill -9 \$\$
	SCRIPT
	chmod 755 "$BATS_TEST_TMPDIR/killed"
	fails_with 1 'criu has ended without an answer' $R --criu "$BATS_TEST_TMPDIR/killed" checkpoint --image-path "$I" c
	now=$(count)
	wait_until counted "$((now + 5))"
	status_is running
	# a mount of its own that criu knows nothing about
	nsenter --mount="/proc/$($R state c | jq .pid)/ns/mnt" mount -t ramfs ramfs /mnt 2>/dev/null ||
		nsenter --mount="/proc/$($R state c | jq .pid)/ns/mnt" mount -t ramfs ramfs /root
	fails_with 1 "^lighter-runtime: criu: mnt: FS mnt .*unsupported.*; see '$BATS_TEST_TMPDIR/work/dump.log'$" \
		$C checkpoint --image-path "$I" --work-path "$BATS_TEST_TMPDIR/work" c
	grep -q 'Dumping FAILED' "$BATS_TEST_TMPDIR/work/dump.log"
	[ ! -e "$I/dump.log" ]
	now=$(count)
	wait_until counted "$((now + 5))"
	status_is running
}

# slow_criu: criu that begins when $BATS_TEST_TMPDIR/go is there; $SLOW the command with it
slow_criu() {
	cat >"$BATS_TEST_TMPDIR/slow" <<-SCRIPT
		#!/bin/sh
		: >"$BATS_TEST_TMPDIR/begun"
		while [ ! -e "$BATS_TEST_TMPDIR/go" ]; do sleep 0.01; done
		exec "$CRIU" "\$@"
	SCRIPT
	chmod 755 "$BATS_TEST_TMPDIR/slow"
	SLOW="$R --criu $BATS_TEST_TMPDIR/slow"
}

@test "a second checkpoint and a delete are refused while one is made, and it is made" {
	local first now
	counts
	slow_criu
	$SLOW checkpoint --image-path "$I" c &
	first=$!
	wait_until test -e "$BATS_TEST_TMPDIR/begun"
	fails_with 1 "container 'c' is being created, checkpointed or deleted by process [0-9]+" $C checkpoint --image-path "$I.2" c
	fails_with 1 "container 'c' is being created, checkpointed or deleted by process [0-9]+" $R delete c
	[ ! -e "$I.2" ]
	status_is running
	now=$(count)
	wait_until counted "$((now + 1))"
	touch "$BATS_TEST_TMPDIR/go"
	wait $first
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	now=$(count)
	restore
	wait_until counted "$((now + 1))"
}

@test "delete -f ends a container that is being saved, and the checkpoint says so" {
	local first last pid
	counts
	pid=$($R state c | jq .pid)
	slow_criu
	$SLOW checkpoint --image-path "$I" c 2>"$BATS_TEST_TMPDIR/said" &
	first=$!
	wait_until test -e "$BATS_TEST_TMPDIR/begun"
	$R delete -f c &
	last=$!
	wait_until test ! -e "/proc/$pid/root/."
	touch "$BATS_TEST_TMPDIR/go"
	wait $first && return 1
	wait $last
	grep -q criu "$BATS_TEST_TMPDIR/said"
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	[ -z "$(find /sys/fs/cgroup -type d -path '*/lighter-runtime/c')" ]
}

# python PROGRAM: the container's program, by the machine's own python; writes to /tmp/result once /tmp/go is there.
python() {
	ln -s usr/lib "$B/rootfs/lib"
	ln -s usr/lib64 "$B/rootfs/lib64"
	printf '%s\n' 'import fcntl, os, socket, time' "$1" 'open("/tmp/ready", "w").close()' 'while not os.path.exists("/tmp/go"): time.sleep(0.01)' \
		'with open("/tmp/result.new", "w") as out: print(result(), file=out)' 'os.rename("/tmp/result.new", "/tmp/result")' \
		'time.sleep(1000)' >"$B/rootfs/tmp/program"
	config_edit "$B" '.mounts += [{ "destination": "/usr", "source": "/usr", "options": ["rbind", "ro"] }] |
		.process.args = ["/usr/bin/python3", "-IS", "/tmp/program"]'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	wait_until test -e "$B/rootfs/tmp/ready"
}

result() {
	touch "$B/rootfs/tmp/go"
	wait_until test -e "$B/rootfs/tmp/result"
	cat "$B/rootfs/tmp/result"
}

@test "--tcp-established: a connection goes on; without it, it is refused by name" {
	python 'server = socket.create_server(("127.0.0.1", 8080)); client = socket.create_connection(("127.0.0.1", 8080)); peer, _ = server.accept()
client.send(b"before ")
def result(): client.send(b"after"); time.sleep(0.1); return peer.recv(100).decode()'
	fails_with 1 'criu: inet: Connected TCP socket, consider using --tcp-established option' $C checkpoint --image-path "$I" c
	checkpoint --tcp-established
	restore --tcp-established
	assert_eq "$(result)" 'before after'
}

@test "--tcp-skip-in-flight: a connection that was never accepted is left out" {
	python 'server = socket.create_server(("127.0.0.1", 8080))
def result(): return server.getsockname()[1]'
	nsenter --net="/proc/$($R state c | jq .pid)/ns/net" python3 -c 'import socket, time
socket.create_connection(("127.0.0.1", 8080)); print(1, flush=True); time.sleep(1000)' >"$BATS_TEST_TMPDIR/client" &
	wait_until test -s "$BATS_TEST_TMPDIR/client"
	fails_with 1 'criu: inet: In-flight connection' $C checkpoint --image-path "$I" c
	checkpoint --tcp-skip-in-flight
	kill $!
	restore
	assert_eq "$(result)" 8080
}

@test "--ext-unix-sk: a socket whose other end is on the host" {
	mkdir "$BATS_TEST_TMPDIR/sock"
	python3 -c 'import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); server.bind(sys.argv[1])
while True: print(server.recv(100).decode(), flush=True)' "$BATS_TEST_TMPDIR/sock/host" >"$BATS_TEST_TMPDIR/heard" &
	wait_until test -S "$BATS_TEST_TMPDIR/sock/host"
	config_edit "$B" '.mounts += [{ "destination": $ARGS.positional[0], "source": $ARGS.positional[0], "options": ["bind"] }] |
		del(.linux.namespaces[] | select(.type == "network")) | .process.env += ["SOCK=" + $ARGS.positional[0] + "/host"]' \
		"$BATS_TEST_TMPDIR/sock"
	python 'client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); client.connect(os.environ["SOCK"]); client.send(b"before")
def result(): client.send(b"after"); return 1'
	fails_with 1 'criu: unix: External socket is used. Consider using --ext-unix-sk option' $C checkpoint --image-path "$I" c
	checkpoint --ext-unix-sk
	restore --ext-unix-sk
	assert_eq "$(result)" 1
	wait_until grep -q after "$BATS_TEST_TMPDIR/heard"
	kill $!
}

@test "--file-locks: a lock is held again" {
	python 'file = open("/tmp/file", "w"); fcntl.flock(file, fcntl.LOCK_EX)
def result(): return 1'
	fails_with 1 'criu: Some file locks are hold by dumping tasks! You can try --file-locks' $C checkpoint --image-path "$I" c
	checkpoint --file-locks
	flock -n "$B/rootfs/tmp/file" true
	restore --file-locks
	run -1 flock -n "$B/rootfs/tmp/file" true
}

has_two() { [ "$($R ps -f json c | jq length)" = 2 ]; }

@test "--manage-cgroups-mode: a group below the container's is made again, or ignored" {
	local below=/c/below mode
	[ ! -d /sys/fs/cgroup/pids ] || below=/pids/lighter-runtime/c/below
	program 'sleep 1000 & wait'
	for mode in soft ignore; do
		$R run -d -b "$B" c </dev/null >/dev/null 2>&1
		wait_until has_two
		find /sys/fs/cgroup -path '*/lighter-runtime/c' -type d -exec mkdir {}/below \;
		$R ps -f json c | jq max >"$(find /sys/fs/cgroup -path "*$below/cgroup.procs")"
		checkpoint --manage-cgroups-mode "$mode"
		[ -z "$(find /sys/fs/cgroup -path '*/c/below')" ]
		restore --manage-cgroups-mode "$mode"
		assert_eq "$mode $(grep -c '/c/below$' "/proc/$($R ps -f json c | jq 'max')/cgroup")" "$mode $([ $mode = soft ] && echo 1 || echo 0)"
		$R delete -f c
	done
}

@test "a configuration of criu's own, by the annotation that runc has" {
	echo "log-file=other.log" >"$BATS_TEST_TMPDIR/conf"
	config_edit "$B" '.annotations = { "org.criu.config": $ARGS.positional[0] }' "$BATS_TEST_TMPDIR/conf"
	sleeps
	checkpoint
	[ -s "$I/other.log" ] && [ ! -e "$I/dump.log" ]
	restore
	grep -q 'Restore finished' "$I/other.log"
	lighter-runtime features | jq -r '.potentiallyUnsafeConfigAnnotations[]' | grep -qx org.criu.config
	assert_eq "$(lighter-runtime features | jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"]')" true
}

@test "--page-server: memory goes elsewhere; restore --auto-dedup: what is in memory leaves the image" {
	counts
	mkdir "$BATS_TEST_TMPDIR/pages"
	(cd "$BATS_TEST_TMPDIR/pages" && exec "$CRIU" page-server --images-dir . --address 127.0.0.1 --port 2727 --status-fd 8 8>ready) &
	wait_until test -s "$BATS_TEST_TMPDIR/pages/ready"
	checkpoint --page-server 127.0.0.1:2727
	wait
	[ -z "$(ls "$I" | grep ^pages)" ]
	mv "$BATS_TEST_TMPDIR"/pages/page* "$I/"
	local before size
	before=$(count)
	size=$(du -c "$I"/pages-*.img | tail -n 1)
	restore --auto-dedup
	[ "$(du -c "$I"/pages-*.img | tail -n 1 | cut -f1)" -lt "${size%%[!0-9]*}" ]
	wait_until counted "$((before + 1))"
}

# lazily: the container c, unless criu cannot serve pages here
lazily() {
	counts
	if ((0x$(sed -n 's/^CapPrm:.//p' /proc/self/status) >> 24 & 1)); then return; fi
	fails_with 1 "--lazy-pages: criu's page server needs CAP_SYS_RESOURCE" \
		$C checkpoint --image-path "$I" --lazy-pages --page-server 127.0.0.1:2728 c
	status_is running
	skip "no CAP_SYS_RESOURCE"
}

@test "--lazy-pages: criu's own server fetches what was saved, and the container goes on where it was" {
	local dump server before
	lazily
	mkfifo "$BATS_TEST_TMPDIR/status"
	$C checkpoint --image-path "$I" --lazy-pages --page-server 127.0.0.1:2729 --status-fd 8 c 8>"$BATS_TEST_TMPDIR/status" &
	dump=$!
	head -c 1 "$BATS_TEST_TMPDIR/status" >/dev/null
	before=$(count)
	[ -z "$(find "$I" -name 'pages-*.img' -size +64k)" ]
	mkdir "$BATS_TEST_TMPDIR/work"
	"$CRIU" lazy-pages --page-server --address 127.0.0.1 --port 2729 -D "$I" -W "$BATS_TEST_TMPDIR/work" -o lazy.log &
	server=$!
	wait_until test -S "$BATS_TEST_TMPDIR/work/lazy-pages.socket"
	$C restore -d -b "$B" --image-path "$I" --work-path "$BATS_TEST_TMPDIR/work" --lazy-pages later </dev/null >/dev/null 2>&1
	wait_until counted "$((before + 3))"
	wait $dump
	wait $server
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	assert_eq "$($R state later | jq -r .status)" running
}

@test "--lazy-pages: --status-fd says when memory can be fetched; the container goes on if nobody does" {
	local now
	fails_with 1 '--status-fd is told about --lazy-pages alone' $C checkpoint --status-fd 2 c
	fails_with 1 '--status-fd 77: Bad file descriptor' $C checkpoint --lazy-pages --status-fd 77 c
	lazily
	mkfifo "$BATS_TEST_TMPDIR/status"
	$C checkpoint --image-path "$I" --lazy-pages --page-server 127.0.0.1:2728 --status-fd 8 c 8>"$BATS_TEST_TMPDIR/status" \
		2>"$BATS_TEST_TMPDIR/lazy.err" &
	assert_eq "$(head -c 1 "$BATS_TEST_TMPDIR/status" | od -An -tx1)" ' 00'
	fails_with 1 'criu: uffd: .*lazy-pages' $C restore -d -b "$B" --image-path "$I" --lazy-pages later
	(exec 3<>/dev/tcp/127.0.0.1/2728 && echo nothing that a page server knows >&3)
	wait $! && return 1
	grep -q 'criu: .*page' "$BATS_TEST_TMPDIR/lazy.err"
	now=$(count)
	wait_until counted "$((now + 1))"
}

@test "a terminal of the host as input and output" {
	program 'i=0; while :; do i=$((i + 1)); ln -sfn $i /tmp/count; echo "now $i"; usleep 20000; done'
	script -qec "$R run -d -b $B c; sleep 1000" "$BATS_TEST_TMPDIR/first" </dev/null >/dev/null 2>&1 3>&- &
	local first=$! second before
	wait_until counted 3
	checkpoint
	before=$(count)
	script -qec "$C restore -d -b $B --image-path $I c; sleep 1000" "$BATS_TEST_TMPDIR/second" </dev/null >/dev/null 2>&1 3>&- &
	second=$!
	wait_until grep -q "now $((before + 1))" "$BATS_TEST_TMPDIR/second"
	kill $first $second
}

# A container's first process is the leader of its session, so that criu has nothing to refuse without the option.
@test "--shell-job: criu looks for a terminal of ours" {
	counts
	checkpoint --shell-job
	restore
	run -1 grep -q 'Standard stream is not a terminal' "$I/restore.log"
	$R delete -f c
	restore --shell-job
	grep -q 'Standard stream is not a terminal' "$I/restore.log"
	status_is running
}

@test "--pre-dump and --parent-path: only what has changed is saved again; --auto-dedup takes it out of the earlier image" {
	counts
	local now
	if ! "$CRIU" check --feature mem_dirty_track; then
		fails_with 1 '--pre-dump and --parent-path: this kernel does not tell which memory was written to' \
			$C checkpoint --pre-dump --image-path "$I.1" c
		status_is running
		skip "this kernel does not track memory"
	fi
	$C checkpoint --pre-dump --image-path "$I.1" c
	now=$(count)
	wait_until counted "$((now + 1))"
	local whole
	whole=$(du -c "$I.1"/pages-*.img | tail -n 1 | cut -f1)
	$C checkpoint --image-path "$I" --parent-path "../$(basename "$I.1")" --auto-dedup c
	[ "$(du -c "$I"/pages-*.img | tail -n 1 | cut -f1)" -lt "$whole" ]
	[ "$(du -c "$I.1"/pages-*.img | tail -n 1 | cut -f1)" -lt "$whole" ]
	now=$(count)
	restore
	wait_until counted "$((now + 1))"
}

@test "--lsm-profile and --lsm-mount-context without such a module: refused, or without anything to be applied to" {
	sleeps
	checkpoint
	fails_with 1 'criu: .*(apparmor|AppArmor|LSM)' $C restore -d -b "$B" --image-path "$I" --lsm-profile apparmor:other c
	restore --lsm-mount-context system_u:object_r:container_file_t:s0
	run -1 $R exec c grep container_file_t /proc/self/mountinfo
}

@test "a container in a user namespace is refused by name, and runs on" {
	bundle_in_userns
	sleeps
	fails_with 1 'criu cannot put back a container in a user namespace' $C checkpoint --image-path "$I" c
	status_is running
	fails_with 1 'validate: criu cannot put back a container in a user namespace' $C restore -d -b "$B" --image-path "$I" other
	config_edit "$B" 'del(.linux.namespaces[] | select(.type == "user")) | del(.linux.uidMappings, .linux.gidMappings) |
		.mounts += [{ "destination": "/mnt", "source": "/etc",
		"options": ["bind"], "uidMappings": [{"containerID":0,"hostID":1000,"size":1}], "gidMappings": [{"containerID":0,"hostID":1000,"size":1}] }]'
	mkdir "$I"
	echo '[]' >"$I/descriptors.json"
	fails_with 1 "options: mount on '/mnt': criu does not save the ids of an idmapped mount" $C restore -d -b "$B" --image-path "$I" other
	[ ! -e "$BATS_TEST_TMPDIR/state/other" ]
}

@test "a paused container is saved, too" {
	counts
	local now
	$R pause c
	now=$(count)
	checkpoint
	restore
	status_is running
	wait_until counted "$((now + 1))"
}
