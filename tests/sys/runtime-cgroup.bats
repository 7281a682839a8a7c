#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# Control groups by lighter-runtime: limits as the kernel has them, devices as the program feels them, and what happens
# to groups that other processes or the container itself have made. On v1, hybrid and v2.

load ../lib/lighter
load ../lib/groups

setup() { groups_setup; }

teardown() { rt delete -f "$id" 2>/dev/null || true; }

@test "limits of config.json are what the kernel has" {
	config_edit "$bundle" '.linux.resources += {
		memory: { limit: 67108864, reservation: 33554432 },
		cpu: { shares: 512, quota: 30000, period: 50000, cpus: "0" }, pids: { limit: 33 } }'
	start sleep 1000
	[ "$(limit memory memory.limit_in_bytes memory.max)" = 67108864 ]
	[ "$(limit memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
	[ "$(limit pids pids.max pids.max)" = 33 ]
	[ "$(limit cpuset cpuset.cpus cpuset.cpus)" = 0 ]
	case "$(limit cpu cpu.shares cpu.weight)" in 512 | 59) ;; *) false ;; esac
	if [ -n "$unified" ]; then
		[ "$(cat "$(dir cpu)/cpu.max")" = "30000 50000" ]
	else
		[ "$(cat "$(dir cpu)/cpu.cfs_quota_us")" = 30000 ]
		[ "$(cat "$(dir cpu)/cpu.cfs_period_us")" = 50000 ]
	fi
}

@test "the first process is in the group of every hierarchy from its first instruction" {
	config_edit "$bundle" '.process.args = ["cat", "/proc/self/cgroup"]'
	rt run -b "$bundle" "$id" >"$BATS_TEST_TMPDIR/out"
	[ -s "$BATS_TEST_TMPDIR/out" ]
	! grep -v ":$group\$" "$BATS_TEST_TMPDIR/out"
}

@test "a program that exceeds its memory is ended" {
	config_edit "$bundle" '.linux.resources.memory = { limit: 16777216, swap: 16777216 } | .process.args = ["tail", "/dev/zero"]'
	run rt run -b "$bundle" "$id"
	[ "$status" -eq 137 ]
	[ -z "$(dirs)" ]
}

@test "no process more than pids.limit" {
	config_edit "$bundle" '.linux.resources.pids = { limit: 5 } |
		.process.args = ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; echo never"]'
	run rt run -b "$bundle" "$id"
	[[ "$output" == *"can't fork"* ]]
	[[ "$output" != *never* ]]
}

@test "a cpu quota slows the program down" {
	config_edit "$bundle" '.linux.resources.cpu = { quota: 2000, period: 20000 }'
	start sh -c 'while :; do :; done'
	throttled() { [ "$(sed -n 's/^nr_throttled //p' "$(dir cpu)/cpu.stat")" -ge 5 ]; }
	wait_until throttled
}

@test "devices: nothing but the defaults, then what a rule allows and no more" {
	local probe='for d in null zero urandom; do head -c 1 /dev/$d >/dev/null && echo read $d; done
		dd if=/dev/disk count=0 2>/dev/null && echo read disk
		dd if=/dev/zero of=/dev/disk count=0 2>/dev/null && echo wrote disk; true'
	config_edit "$bundle" '.linux.devices = [{ path: "/dev/disk", type: "b", major: 7, minor: 0, fileMode: 438 }]'
	config_edit "$bundle" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$probe")]"
	run rt run -b "$bundle" "$id"
	[ "$output" = $'read null\nread zero\nread urandom' ]
	config_edit "$bundle" '.linux.resources.devices += [{ allow: true, type: "b", major: 7, minor: 0, access: "r" }]'
	run rt run -b "$bundle" "$id"
	[ "$output" = $'read null\nread zero\nread urandom\nread disk' ]
	config_edit "$bundle" '.linux.resources.devices += [{ allow: true, type: "b", major: 7, minor: 0, access: "w" }]'
	run rt run -b "$bundle" "$id"
	[ "$output" = $'read null\nread zero\nread urandom\nread disk\nwrote disk' ]
}

@test "a rule for all devices with one number or one right is no rule for everything" {
	config_edit "$bundle" '.linux.devices = [{ path: "/dev/disk", type: "b", major: 7, minor: 0, fileMode: 438 }] |
		.linux.resources.devices += [{ allow: true, type: "a", major: 1, access: "rwm" }, { allow: true, access: "m" }] |
		.process.args = ["dd", "if=/dev/disk", "count=0"]'
	run rt run -b "$bundle" "$id"
	[ "$status" -ne 0 ]
	[[ "$output" == *"Operation not permitted"* ]]
}

@test "delete -f reaches processes and groups that the container has made below its own" {
	local base file
	start sh -c 'sleep 1000 & sleep 1000 & wait'
	for base in $(dirs); do
		mkdir "$base/.inner" "$base/.inner/deep"
		for file in cpuset.cpus cpuset.mems; do
			[ ! -e "$base/$file" ] || [ -n "$unified" ] || {
				cat "$base/$file" >"$base/.inner/$file"
				cat "$base/$file" >"$base/.inner/deep/$file"
			}
		done
		tail -n 1 "$base/cgroup.procs" >"$base/.inner/deep/cgroup.procs"
	done
	rt delete -f "$id"
	[ -z "$(dirs)" ]
	! pgrep -f 'sleep 1000'
}

@test "delete -f ends a frozen container" {
	start sleep 1000
	freeze
	timeout 20 lighter-runtime --root "$BATS_TEST_TMPDIR/state" delete -f "$id"
	[ -z "$(dirs)" ]
}

@test "kill --all ends a container that forks without pause" {
	config_edit "$bundle" '.linux.resources.pids = { limit: 200 }'
	start sh -c 'bomb() { while :; do sleep 0.05 & sleep 0.02; bomb2 & done; }; bomb2() { sleep 0.05; sleep 0.05 & }; bomb & bomb & bomb'
	rt kill --all "$id" KILL
	empty() { [ -z "$(cat $(dirs | sed 's/$/\/cgroup.procs/'))" ]; }
	wait_until empty
	rt delete "$id"
	[ -z "$(dirs)" ]
}

@test "a group that holds other processes is refused and left alone" {
	local d
	mkdir -p "$(dir pids)-host/service"
	sleep 1000 3>&- &
	echo $! >"$(dir pids)-host/service/cgroup.procs"
	config_edit "$bundle" ".linux.cgroupsPath = \"$group-host\""
	run rt run -b "$bundle" "$id"
	[ "$status" -ne 0 ]
	[[ "$output" == *"has processes already"* ]]
	rt delete -f "$id"
	kill -0 $! # it lives
	[ -d "$(dir pids)-host/service" ]
	kill $!
	wait $! || true
	rmdir "$(dir pids)-host/service" "$(dir pids)-host"
	[ -z "$(dirs)" ]
}

@test "a cgroup path with .. is refused and nothing is removed" {
	mkdir -p "$(dir pids)-victim"
	config_edit "$bundle" ".linux.cgroupsPath = \"$group/../$(basename "$group")-victim\""
	run rt run -b "$bundle" "$id"
	[ "$status" -ne 0 ]
	[[ "$output" == *"'..'"* ]]
	rt delete -f "$id"
	[ -d "$(dir pids)-victim" ]
	rmdir "$(dir pids)-victim"
}

@test "a limit that cannot be had is one sentence with the file's name, and nothing is left" {
	config_edit "$bundle" '.linux.resources.unified = { "no.such.file": "1" }'
	run rt run -b "$bundle" "$id"
	[ "$status" -ne 0 ]
	[[ "$output" == *"no.such.file"* ]]
	[ -z "$(dirs)" ]
}

@test "the unit tests of the kernel's facilities pass on this kernel" {
	local program
	for program in "$BUILD"/src/linux_*_test; do
		"$program" || { echo "$program" >&2; return 1; }
	done
}
