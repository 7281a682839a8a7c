#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# exec into containers that are about to go, that do not run, or whose root has prepared for it; and who sees what of a
# process of ours, at every instant of create and exec.

load ../lib/lighter
load ../lib/assert
load ../lib/attack

setup() {
	B=$BATS_TEST_TMPDIR/plain
	bundle_attack "$B"
}

teardown() {
	[ ! -d "$BATS_TEST_TMPDIR/state/attack" ] || R resume attack 2>/dev/null || true
	runtime_cleanup
}

R() { runtime_of "$BUILD/src/programs" "$@"; }

# The same, which must not hang.
quick() { timeout 20 "$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" "$@"; }

running() {
	bundle_script "$B" "${1:-sleep 1000}"
	R run -d -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" attack </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
}

# ---- that do not run ----

@test "exec into a paused container is refused at once" {
	running
	R pause attack
	fails_with 255 'paused' quick exec attack true
	R resume attack
	quick exec attack true
}

@test "exec into a container that is being killed runs or says that it is gone, and never hangs" {
	local i status
	for i in $(seq 10); do
		running
		R kill attack KILL &
		status=0
		quick exec attack true 2>"$BATS_TEST_TMPDIR/said" || status=$?
		wait $!
		[ "$status" -ne 124 ]
		[ "$status" -eq 0 ] || [ "$status" -eq 137 ] || [ "$(wc -l <"$BATS_TEST_TMPDIR/said")" -le 1 ]
		R delete -f attack
	done
}

@test "exec into a freshly dead container is refused, also while nobody has reaped it" {
	running 'read line </tmp/go'
	mkfifo "$B/rootfs/tmp/go" 2>/dev/null || true
	R delete -f attack
	# A parent that never waits: the first process stays a zombie.
	bundle_script "$B" 'exit 3'
	"$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" create -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" attack \
		</dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	R start attack
	stopped() { [ "$(R state attack | jq -r .status)" = stopped ]; }
	wait_until stopped
	fails_with 255 'stopped' quick exec attack true
}

# ---- whose root has prepared for it ----

@test "exec into a container that has replaced what it runs does not hang and touches nothing outside" {
	host_directory
	local before what
	before=$(host_state)
	cp "$BUILD/src/programs/lighter-runtime" "$BATS_TEST_TMPDIR/copy"
	running
	rm -f "$B/rootfs/bin/true"
	for what in "printf '#!/proc/self/exe\n' >/bin/true; chmod 755 /bin/true" 'ln -sf /proc/self/exe /bin/true' \
		'ln -sf /proc/1/exe /bin/true' 'ln -sf /proc/self/fd/3 /bin/true' 'rm -f /bin/true; mkfifo /bin/true; chmod 755 /bin/true' \
		'rm -f /bin/true; mkdir /bin/true' "rm -rf /bin/true; ln -s $HOST/canary /bin/true" \
		"rm -f /bin/true; : >/bin/true; chmod 755 /bin/true"; do
		quick exec attack sh -c "$what"
		quick exec attack true >"$BATS_TEST_TMPDIR/said" 2>&1 </dev/null || [ $? -ne 124 ]
		quick exec attack /bin/true >"$BATS_TEST_TMPDIR/said" 2>&1 </dev/null || [ $? -ne 124 ]
	done
	cmp "$BUILD/src/programs/lighter-runtime" "$BATS_TEST_TMPDIR/copy"
	assert_eq "$(host_state)" "$before"
}

@test "a terminal of exec comes from a devpts, whatever the container has put in its place" {
	host_directory
	local before what
	before=$(host_state)
	config_edit "$B" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN","CAP_DAC_OVERRIDE","CAP_MKNOD"]) | del(.process.noNewPrivileges)'
	running
	for what in 'umount -l /dev/pts; mkfifo /dev/pts/ptmx' 'rm /dev/pts/ptmx; ln -s /proc/self/fd/0 /dev/pts/ptmx' \
		'rm /dev/pts/ptmx; ln -s /dev/null /dev/pts/ptmx' 'rm /dev/pts/ptmx; : >/dev/pts/ptmx' \
		'rm -rf /dev/pts; mkfifo /dev/pts' 'rm -rf /dev/pts; ln -s /proc/self/fd /dev/pts' 'rm -rf /dev/pts'; do
		quick exec attack sh -c "$what"
		rm -f "$BATS_TEST_TMPDIR/console"
		receive_fd "$BATS_TEST_TMPDIR/console"
		fails_with 255 "devpts" quick exec -t --console-socket "$BATS_TEST_TMPDIR/console" attack true
		assert_eq "$(host_state)" "$before"
	done
}

# ---- every instant ----

@test "the first process is seen by nobody whose pid namespace it joins" {
	local i
	cp "$BUILD/tests/onlooker" "$B/rootfs/bin/onlooker"
	config_edit "$B" '.process.args = ["onlooker", "/tmp/stop"]'
	R run -d -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" attack </dev/null >"$BATS_TEST_TMPDIR/seen" 2>&1
	bundle_attack "$BATS_TEST_TMPDIR/second"
	config_edit "$BATS_TEST_TMPDIR/second" '.process.args = ["true"] | .linux.namespaces |= map(if .type == "pid" then
		.path = $ARGS.positional[0] else . end)' "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/ns/pid"
	for i in $(seq 10); do R run -b "$BATS_TEST_TMPDIR/second" second </dev/null; done
	R create -b "$BATS_TEST_TMPDIR/second" second </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 # and stays
	: >"$B/rootfs/tmp/stop"
	wait_until grep -q '^looks [1-9]' "$BATS_TEST_TMPDIR/seen"
	grep -q '^cmdline lighter-runtime init *$' "$BATS_TEST_TMPDIR/seen"
	fails grep -vE '^(looks|cmdline (lighter-runtime init|true) *$)|^(exe /bin/true|cwd /|root /|ns/mnt|environ PATH=|maps [0-9a-f]*-[^ ]* r--p 0* .*/bin/true|maps 7f[0-9a-f]*-7f[0-9a-f]* rw-p 0* 00:00 0 )' \
		"$BATS_TEST_TMPDIR/seen"
}

@test "no system call of exec is an instant to look at" {
	local i
	bundle_attack "$BATS_TEST_TMPDIR/user" user
	cp "$BUILD/tests/onlooker" "$BATS_TEST_TMPDIR/user/rootfs/bin/onlooker"
	config_edit "$BATS_TEST_TMPDIR/user" '.process.args = ["onlooker", "/tmp/stop"] |
		.process.capabilities |= map_values(["CAP_SYS_PTRACE","CAP_DAC_OVERRIDE","CAP_KILL"])'
	R run -d -b "$BATS_TEST_TMPDIR/user" attack </dev/null >"$BATS_TEST_TMPDIR/seen" 2>&1
	for i in 1 2; do # every system call takes its time
		strace -f -qq -e inject=all:delay_exit=1000 -o "$BATS_TEST_TMPDIR/trace" \
			"$BUILD/src/programs/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" exec attack true
	done
	: >"$BATS_TEST_TMPDIR/user/rootfs/tmp/stop"
	wait_until grep -q '^looks [1-9]' "$BATS_TEST_TMPDIR/seen"
	fails grep -vE '^(looks|cmdline (lighter-runtime exec|true) *$)|^(exe /bin/true|cwd /|root /|ns/mnt|environ PATH=|maps [0-9a-f]*-[^ ]* r--p 0* .*/bin/true|maps 7f[0-9a-f]*-7f[0-9a-f]* rw-p 0* 00:00 0 )' \
		"$BATS_TEST_TMPDIR/seen"
	[ "$(sed -n 's/^looks //p' "$BATS_TEST_TMPDIR/seen")" -gt 100 ]
}
