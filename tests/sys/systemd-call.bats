#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver on a machine where systemd is not there or does not answer. Where it does: tests/vm/systemd.bats.

load ../lib/lighter
load ../lib/assert

setup() {
	call=$BUILD/src/programs/lighter-systemd
	unset DBUS_SYSTEM_BUS_ADDRESS DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR
}

# As if systemd had booted this machine, with ADDRESS as the place of its buses.
pretend() { # ADDRESS COMMAND...
	unshare --mount bash -c 'mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system
		export DBUS_SYSTEM_BUS_ADDRESS=$1 DBUS_SESSION_BUS_ADDRESS=$1; exec "${@:2}"' pretend "$@"
}

@test "without systemd the driver is refused by one sentence, and nothing is left" {
	bundle_new "$BATS_TEST_TMPDIR/bundle"
	fails_with 1 'scope: systemd is not running on this machine: its cgroup driver cannot be used' \
		lighter-runtime --root "$BATS_TEST_TMPDIR/state" --systemd-cgroup run -b "$BATS_TEST_TMPDIR/bundle" c
	[ -z "$(ls "$BATS_TEST_TMPDIR/state")" ]
}

@test "a cgroupsPath of the other driver is refused by name" {
	bundle_new "$BATS_TEST_TMPDIR/bundle"
	config_edit "$BATS_TEST_TMPDIR/bundle" '.linux.cgroupsPath = "/a/b"'
	fails_with 1 "linux.cgroupsPath '/a/b': the systemd cgroup driver wants \"slice:prefix:name\"" \
		lighter-runtime --root "$BATS_TEST_TMPDIR/state" --systemd-cgroup run -b "$BATS_TEST_TMPDIR/bundle" c
}

@test "the program is found beside the runtime, however that was started" {
	bundle_new "$BATS_TEST_TMPDIR/bundle"
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$BUILD/src/programs/lighter-runtime" "$BATS_TEST_TMPDIR/bin/runc"
	cd "$BATS_TEST_TMPDIR/bin"
	for start in runc ./runc "$BATS_TEST_TMPDIR/bin/runc"; do
		PATH=$BATS_TEST_TMPDIR/bin:$PATH fails_with 1 'systemd is not running' \
			"$start" --root "$BATS_TEST_TMPDIR/state" --systemd-cgroup run -b "$BATS_TEST_TMPDIR/bundle" c
	done
	cp "$BUILD/src/programs/lighter-runtime" "$BATS_TEST_TMPDIR/bin/alone"
	fails_with 1 "libexec/lighter/lighter-systemd': No such file" \
		./alone --root "$BATS_TEST_TMPDIR/state" --systemd-cgroup run -b "$BATS_TEST_TMPDIR/bundle" c
}

@test "a bus that is not there is an error at once" {
	fails_with 6 "connect to systemd's system bus: No such file" pretend unix:path=/nothing "$call" start x.scope
	fails_with 6 "connect to systemd's user bus: No such file" pretend unix:path=/nothing "$call" --user start x.scope
}

@test "a bus that says nothing is an error at the deadline" {
	python3 - "$BATS_TEST_TMPDIR/bus" 3>&- <<-'END' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen()
		kept = [s.accept()]
		kept[0][0].recv(1)
		while kept[0][0].recv(4096): pass
	END
	wait_until test -S "$BATS_TEST_TMPDIR/bus"
	fails_with 9 "systemd's system bus does not answer" pretend "unix:path=$BATS_TEST_TMPDIR/bus" timeout 20 "$call" --timeout 1 \
		start x.scope
	wait
}

@test "what is no call is refused" {
	fails_with 1 'is started by lighter-runtime' "$call"
	fails_with 1 'is started by lighter-runtime' "$call" start
	fails_with 1 'is started by lighter-runtime' "$call" fly x.scope
	fails_with 1 'unknown flag: --nosuch' "$call" --nosuch
}
