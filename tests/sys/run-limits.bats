#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits of run, read back from the kernel and felt by the program.

load ../lib/lighter
load ../lib/busybox

setup_file() { busybox_image; }

@test "-m limits memory: the kernel has the number and ends what exceeds it" {
	lighter run -d --name limited -m 32m busybox sleep 1000
	[ "$(cgroup_file limited memory memory.limit_in_bytes memory.max)" = 33554432 ]
	lighter rm -f limited
	run lighter run --rm -m 16m busybox sh -c 'exec tail /dev/zero'
	[ "$status" -eq 137 ]
}

state_of() { lighter inspect "$1" | jq -r '.[0].State | "\(.OOMKilled) \(.ExitCode)"'; }

lacks() { [ "$(lighter inspect "$1" | jq .[0].State.OOMKilled)" = true ]; }

@test "inspect says that the kernel killed for want of memory: the first process, or another one, and nothing else" {
	lighter run --name first -m 16m busybox sh -c 'exec tail /dev/zero' || [ $? -eq 137 ]
	[ "$(state_of first)" = "true 137" ]
	lighter run -d --name other -m 16m busybox sh -c 'tail /dev/zero; trap "exit 5" TERM; while :; do usleep 1000; done'
	wait_until lacks other # while it runs
	lighter stop other
	[ "$(state_of other)" = "true 5" ]
	lighter run -d --name killed busybox sleep 1000
	[ "$(state_of killed)" = "false 0" ]
	lighter kill killed
	lighter wait killed
	[ "$(state_of killed)" = "false 137" ]
	lighter rm first other killed
}

@test "--cpus is a quota of the period" {
	lighter run -d --name half --cpus 0.5 busybox sleep 1000
	case $(cgroup_file half cpu cpu.cfs_quota_us cpu.max) in
	50000 | '50000 100000') ;;
	*) false ;;
	esac
	lighter rm -f half
	for cpus in -1 0.001 1000; do
		run lighter run --rm --cpus "$cpus" busybox true
		[ "$status" -eq 125 ]
		[[ "$output" == *"range of CPUs is from 0.01 to $(nproc).00"* ]]
	done
}

@test "--pids-limit stops a fork bomb" {
	run lighter run --rm --pids-limit 10 busybox sh -c 'for i in $(seq 30); do sleep 100 & done; echo survived'
	[[ "$output" == *"can't fork"* ]]
	lighter run -d --name few --pids-limit 10 busybox sleep 1000
	[ "$(cgroup_file few pids pids.max pids.max)" = 10 ]
	lighter rm -f few
	lighter run -d --name many --pids-limit -1 busybox sleep 1000
	[ "$(cgroup_file many pids pids.max pids.max)" = max ]
	lighter rm -f many
}
