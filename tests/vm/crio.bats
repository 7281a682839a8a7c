#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: systemd-long
# capsule: host
# CRI-O's sequence of calls with its systemd cgroup manager, through Debian's conmon: what tests/peers/crio-bookworm.bats shows
# with cgroupfs.

load ../lib/lighter
load ../lib/assert
bats_require_minimum_version 1.5.0

setup() {
	ID=c$BATS_TEST_NUMBER
	E=$BATS_TEST_TMPDIR
	B=$E/bundle
	STATE=$E/state
	SCOPE=crio-$ID.scope
	mkdir -p "$B" "$E/exits" "$E/persist" "$E/sockets"
	bundle_new "$B"
	config_edit "$B" ".linux.cgroupsPath = \"kubepods-pod1.slice:crio:$ID\" | .linux.resources.memory = { limit: 67108864 }"
}

teardown() {
	rt delete -f "$ID" || true
	systemctl stop kubepods.slice
}

rt() { lighter-runtime --root "$STATE" --systemd-cgroup "$@"; }

# conmon as CRI-O starts it; the pid comes back on the pipe that CRI-O reads.
conmon() { # ARGUMENT...
	(cd "$B" && _OCI_SYNCPIPE=3 exec "$(type -P conmon)" -b "$B" -c "$ID" -n "k8s_$ID" -u "$ID" -r "$BUILD/src/programs/lighter-runtime" \
		--runtime-arg "--root=$STATE" --systemd-cgroup -P "$B/conmon.pid" -p "$B/pid" --exit-dir "$E/exits" --persist-dir "$E/persist" \
		--socket-dir-path "$E/sockets" -l "$B/log" --log-level error "$@" 3>"$B/sync") >"$E/out" 2>&1 </dev/null
	wait_until test -s "$B/sync"
}

gone() { [ ! -e "/proc/$(cat "$B/conmon.pid")" ]; }

shown() { systemctl show -P "$1" "$SCOPE"; }

sequence() { # TERMINAL CONMON_ARGUMENT...
	config_edit "$B" ".process.terminal = $1"' | .process.args = ["sh", "-c", "trap \"exit 9\" TERM; echo begins; [ ! -t 0 ] || tty; while :; do sleep 0.1; done"]'
	conmon "${@:2}"
	local pid group
	pid=$(jq .pid "$B/sync")
	assert_eq "$(rt state "$ID" | jq -c '[.status, .pid]')" "[\"created\",$pid]"
	group=/sys/fs/cgroup$(shown ControlGroup)
	assert_eq "$group" "/sys/fs/cgroup/kubepods.slice/kubepods-pod1.slice/$SCOPE"
	assert_eq "$(cat "$group/cgroup.procs")" "$pid"
	rt start "$ID"
	wait_until grep -q begins "$B/log"
	assert_eq "$(cat "$group/memory.max") $(shown MemoryMax)" '67108864 67108864'
	jq '.process | .args = ["sh", "-c", "cat /proc/self/cgroup; exit 4"] | .terminal = false' "$B/config.json" >"$B/process.json"
	run -4 rt exec --process "$B/process.json" "$ID"
	echo '{"memory":{"limit":134217728},"cpu":{"shares":512,"quota":20000,"period":100000},"pids":{"limit":33}}' | rt update -r - "$ID"
	systemctl daemon-reload
	assert_eq "$(cat "$group/memory.max" "$group/cpu.max" "$group/pids.max" | tr '\n' ' ')" '134217728 20000 100000 33 '
	rt pause "$ID"
	assert_eq "$(rt state "$ID" | jq -r .status) $(cat "$group/cgroup.freeze")" 'paused 1'
	rt resume "$ID"
	rt kill "$ID" 15
	wait_until gone
	assert_eq "$(cat "$E/exits/$ID")" 9
	assert_eq "$(rt state "$ID" | jq -r .status)" stopped
	rt delete "$ID"
	[ ! -e "$STATE/$ID" ]
	[ ! -e "$group" ]
	assert_eq "$(shown LoadState)" not-found
}

@test "CRI-O's sequence with its systemd manager, without a terminal" {
	sequence false
}

@test "CRI-O's sequence with its systemd manager, with a terminal" {
	sequence true -t
	grep -q /dev/pts/0 "$B/log"
}
