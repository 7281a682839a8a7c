# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime's namespaces: new, joined by a path, of the caller.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
bats_require_minimum_version 1.5.0

setup() { runtime_setup; }
teardown() {
	runtime_teardown
	[ -z "${HOLDER:-}" ] || { kill -KILL "$HOLDER"; wait "$HOLDER" 2>/dev/null || true; }
}

# holder OPTION...: a process in namespaces of its own, for others to join: $HOLDER
holder() {
	unshare "$@" sleep 1000 3>&- &
	HOLDER=$!
	wait_until bash -c "[ \$(cat /proc/$HOLDER/comm) = sleep ]"
}

holder_in_userns() { # maps as bundle_in_userns
	unshare --user sleep 1000 3>&- &
	HOLDER=$!
	wait_until bash -c "[ \$(cat /proc/$HOLDER/comm) = sleep ]"
	printf '0 100000 65536\n' >"/proc/$HOLDER/uid_map"
	printf '0 100000 65536\n' >"/proc/$HOLDER/gid_map"
}

ALL='ipc net uts cgroup time user mnt pid'
of() { # PID NAMESPACE...
	local pid=$1 n
	shift
	for n; do readlink "/proc/$pid/ns/$n"; done
}

@test "eight new namespaces; exec is in each of them" {
	bundle_in_userns
	config_edit "$B" '.linux.namespaces += [{"type":"cgroup"},{"type":"time"}]'
	sleeps
	local pid n
	pid=$($R state c | jq .pid)
	for n in $ALL; do
		[ "$(of "$pid" "$n")" != "$(of self "$n")" ] || { echo "$n is shared"; return 1; }
	done
	local inside
	inside=$($R exec c sh -c "cd /proc/self/ns; for n in $ALL; do readlink \$n; done" </dev/null)
	assert_eq "$inside" "$(of "$pid" $ALL)"
}

@test "without a list every namespace but the mount one is the caller's" {
	config_edit "$B" '.linux.namespaces = [{"type":"mount"}] | del(.hostname, .linux.maskedPaths, .linux.readonlyPaths)'
	sleeps
	local pid
	pid=$($R state c | jq .pid)
	assert_eq "$(of "$pid" ipc net uts cgroup time user pid)" "$(of self ipc net uts cgroup time user pid)"
	[ "$(of "$pid" mnt)" != "$(of self mnt)" ]
}

@test "namespaces are joined by their paths, and exec joins them too" {
	holder --net --ipc --uts --cgroup
	nsenter -t "$HOLDER" -u hostname elsewhere
	config_edit "$B" 'del(.hostname) | .linux.namespaces = [{"type":"pid"},{"type":"mount"},
		{"type":"network","path":"/proc/\($ARGS.positional[0])/ns/net"},{"type":"ipc","path":"/proc/\($ARGS.positional[0])/ns/ipc"},
		{"type":"uts","path":"/proc/\($ARGS.positional[0])/ns/uts"},{"type":"cgroup","path":"/proc/\($ARGS.positional[0])/ns/cgroup"}]' "$HOLDER"
	sleeps
	local pid
	pid=$($R state c | jq .pid)
	assert_eq "$(of "$pid" net ipc uts cgroup)" "$(of "$HOLDER" net ipc uts cgroup)"
	assert_eq "$($R exec c hostname </dev/null)" elsewhere
}

@test "a joined pid namespace shows its processes, and /proc is the joined one's" {
	unshare --pid --fork --kill-child sleep 1000 3>&- &
	HOLDER=$!
	wait_until bash -c "grep -q '[0-9]' /proc/$HOLDER/task/$HOLDER/children"
	local inner
	inner=$(tr -d ' ' <"/proc/$HOLDER/task/$HOLDER/children")
	wait_until grep -qx sleep "/proc/$inner/comm"
	config_edit "$B" '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/\($ARGS.positional[0])/ns/pid"' "$inner"
	run -0 says 'cat /proc/1/comm; [ $$ != 1 ] && echo other'
	assert_eq "$output" $'sleep\nother'
}

@test "a joined user namespace gives the maps, with and without others new" {
	holder_in_userns
	bundle_in_userns
	config_edit "$B" '.linux.namespaces |= map(select(.type != "user")) + [{"type":"user","path":"/proc/\($ARGS.positional[0])/ns/user"}] |
		del(.linux.uidMappings, .linux.gidMappings)' "$HOLDER"
	run -0 says 'readlink /proc/self/ns/user; cat /proc/self/uid_map | tr -s " "; id -u; echo a >/f; stat -c %u /f /dev/null'
	assert_eq "$output" "$(of "$HOLDER" user)"$'\n 0 100000 65536\n0\n0\n0'
	assert_eq "$(stat -c %u "$B/rootfs/f")" 100000
	# The same maps may be told, others not.
	config_edit "$B" '.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":65536}] | .linux.gidMappings = .linux.uidMappings'
	run -0 says 'id -u'
	config_edit "$B" '.linux.uidMappings[0].hostID = 200000'
	fails_with 1 'mapping' says true
}

@test "several maps; a user outside of them is refused" {
	bundle_in_userns
	config_edit "$B" '.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":1},{"containerID":1,"hostID":300000,"size":10},
		{"containerID":1000,"hostID":100001,"size":1000}] | .process.user.uid = 5'
	run -0 says 'cat /proc/self/uid_map | tr -s " "; id -u; cat /proc/self/setgroups'
	assert_eq "$output" $' 0 100000 1\n 1 300000 10\n 1000 100001 1000\n5\nallow'
	config_edit "$B" '.process.user.uid = 500'
	run ! says true
}

@test "a network namespace of another owner goes with a new user namespace" {
	holder --net
	bundle_in_userns
	config_edit "$B" '(.linux.namespaces[] | select(.type == "network")).path = "/proc/\($ARGS.positional[0])/ns/net"' "$HOLDER"
	run -0 says 'readlink /proc/self/ns/net; cat /sys/class/net/lo/mtu'
	assert_eq "$output" "$(of "$HOLDER" net)"$'\n65536'
}

@test "a container in a joined mount namespace, or in the caller's, leaves its mounts as they are" {
	holder --mount
	mkdir "$B/data"
	echo here >"$B/data/f"
	config_edit "$B" '(.linux.namespaces[] | select(.type == "mount")).path = "/proc/\($ARGS.positional[0])/ns/mnt" |
		.mounts += [{"destination":"/data","source":"\($ARGS.positional[1])/data","options":["rbind","ro"]}]' "$HOLDER" "$B"
	local before
	for path in joined none; do
		before=$(cat "/proc/$HOLDER/mountinfo" /proc/self/mountinfo)
		program 'cat /data/f; (echo x >/data/f) 2>/dev/null || echo ro; echo $$; cat /proc/keys | wc -c; sleep 1000'
		$R run -d -b "$B" c </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
		wait_until grep -q '^0$' "$BATS_TEST_TMPDIR/out"
		assert_eq "$(cat "$BATS_TEST_TMPDIR/out")" $'here\nro\n1\n0'
		assert_eq "$($R exec c sh -c 'cat /data/f; ls /bin/busybox; [ -e /proc/1/root/proc ] && echo proc' </dev/null)" \
			$'here\n/bin/busybox\nproc'
		$R delete -f c
		assert_eq "$(cat "/proc/$HOLDER/mountinfo" /proc/self/mountinfo)" "$before"
		config_edit "$B" '.linux.namespaces |= map(select(.type != "mount"))'
	done
}

@test "a time namespace has its offsets before the first process; it can be joined" {
	config_edit "$B" '.linux.namespaces += [{"type":"time"}] | .linux.timeOffsets = {"boottime":{"secs":1000000000,"nanosecs":5}, "monotonic":{"secs":7}}'
	program 'sleep 1000'
	sleeps
	local pid up
	pid=$($R state c | jq .pid)
	assert_eq "$($R exec c cat /proc/self/timens_offsets </dev/null | tr -s ' ')" $'monotonic 7 0\nboottime 1000000000 5'
	up=$($R exec c cut -d. -f1 /proc/uptime </dev/null)
	[ "$up" -gt 1000000000 ]
	mkdir "$BATS_TEST_TMPDIR/other"
	bundle_new "$BATS_TEST_TMPDIR/other"
	config_edit "$BATS_TEST_TMPDIR/other" '.process.args = ["cut","-d.","-f1","/proc/uptime"] |
		.linux.namespaces += [{"type":"time","path":"/proc/\($ARGS.positional[0])/ns/time"}]' "$pid"
	run -0 $R run -b "$BATS_TEST_TMPDIR/other" d
	[ "$output" -gt 1000000000 ]
}

@test "hostname and domainname are the container's own" {
	local before
	before=$(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)
	config_edit "$B" '.hostname = "there" | .domainname = "example.org"'
	run -0 says 'cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname'
	assert_eq "$output" $'there\nexample.org'
	assert_eq "$(cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname)" "$before"
}

@test "what cannot be is refused before anything is made" {
	mkfifo "$B/fifo"
	cp "$B/config.json" "$B/saved"
	refused() { # REGEX FILTER
		cp "$B/saved" "$B/config.json"
		config_edit "$B" "$2" "$B"
		fails_with 1 "$1" timeout 10 $R create -b "$B" c
		[ -z "$(ls "$BATS_TEST_TMPDIR/state" 2>/dev/null)" ]
	}
	refused 'namespace' '(.linux.namespaces[] | select(.type == "network")).path = "\($ARGS.positional[0])/fifo"'
	refused 'namespace' '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/uts"'
	refused 'namespace' '(.linux.namespaces[] | select(.type == "network")).path = "/nowhere"'
	refused 'UTS' '.linux.namespaces |= map(select(.type != "uts"))'
	refused 'UTS' '.linux.namespaces |= map(select(.type != "uts")) | del(.hostname) | .domainname = "d"'
	refused 'time namespace' '.linux.timeOffsets = {"boottime":{"secs":1}}'
	refused 'user namespace' '.linux.uidMappings = [{"containerID":0,"hostID":1,"size":1}]'
}
