#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: systemd
# capsule: host
# The systemd cgroup driver against a real systemd: where the scope lies, what systemd and the kernel have as its limits,
# and that it is gone afterwards.

load ../lib/lighter
load ../lib/assert
load ../lib/systemd

setup_file() { systemd_setup_file; }
setup() { systemd_setup; }
teardown() { systemd_teardown; }

@test "without a cgroupsPath the container is a scope of system.slice that systemd started" {
	start
	assert_eq "$(shown ActiveState)" active
	assert_eq "$(shown ControlGroup)" "/system.slice/$unit"
	assert_eq "$(shown Slice)" system.slice
	assert_eq "$(shown Delegate)" yes
	assert_eq "$(shown DefaultDependencies)" no
	assert_eq "$(shown CollectMode)" inactive-or-failed
	assert_eq "$(shown Description)" "lighter container $id"
	assert_eq "$(cat "$(group pids)/cgroup.procs")" "$(rt state "$id" | jq .pid)"
	rt delete -f "$id"
	is_gone
}

@test "slice:prefix:name is a scope below the expanded slice" {
	config_edit "$B" '.linux.cgroupsPath = "lighter-test-a.slice:pre:fix" | .process.args = ["cat", "/proc/self/cgroup"]'
	rt run -b "$B" "$id" >"$BATS_TEST_TMPDIR/out"
	grep -q ':/lighter.slice/lighter-test.slice/lighter-test-a.slice/pre-fix.scope$' "$BATS_TEST_TMPDIR/out"
	! grep -v ':/lighter.slice/lighter-test.slice/lighter-test-a.slice/pre-fix.scope$' "$BATS_TEST_TMPDIR/out"
	is_gone pre-fix.scope
	config_edit "$B" '.linux.cgroupsPath = "-.slice::plain"'
	rt run -b "$B" "$id" | grep ':/plain.scope$'
	systemctl stop lighter.slice
}

@test "limits are what the kernel has and what systemd says, also after it has written them again" {
	local round
	config_edit "$B" '.linux.resources += { memory: { limit: 67108864, swap: 100663296, reservation: 33554432 },
		cpu: { shares: 512, quota: 30000, period: 50000, cpus: "0" }, pids: { limit: 33 }, blockIO: { weight: 200 } }'
	[ -n "$unified" ] || config_edit "$B" 'del(.linux.resources.memory.swap, .linux.resources.blockIO)'
	start
	assert_eq "$(shown MemoryMax)" 67108864
	assert_eq "$(shown TasksMax)" 33
	assert_eq "$(shown CPUQuotaPerSecUSec)" 600ms
	assert_eq "$(shown CPUQuotaPeriodUSec)" 50ms
	for round in 1 2; do
		assert_eq "$(cat "$(group pids)/pids.max")" 33
		if [ -n "$unified" ]; then
			assert_eq "$(cat "$(group memory)/memory.max")" 67108864
			assert_eq "$(cat "$(group memory)/memory.swap.max")" 33554432
			assert_eq "$(cat "$(group memory)/memory.low")" 33554432
			assert_eq "$(cat "$(group cpu)/cpu.max")" "30000 50000"
			assert_eq "$(cat "$(group cpu)/cpu.weight")" "$(shown CPUWeight)"
			assert_eq "$(cat "$(group cpuset)/cpuset.cpus")" 0
			assert_eq "$(shown AllowedCPUs)" 0
			assert_eq "$(cat "$(group io)/io.weight")" "default $(shown IOWeight)"
		else
			assert_eq "$(cat "$(group memory)/memory.limit_in_bytes")" 67108864
			assert_eq "$(cat "$(group cpu)/cpu.cfs_quota_us") $(cat "$(group cpu)/cpu.cfs_period_us")" "30000 50000"
			assert_eq "$(cat "$(group cpu)/cpu.shares")" 512
			assert_eq "$(cat "$(group cpuset)/cpuset.cpus")" 0
		fi
		systemctl daemon-reload
	done
}

@test "update changes what the kernel has and what systemd will write again" {
	config_edit "$B" '.linux.resources += { memory: { limit: 67108864 }, cpu: { quota: 30000, period: 50000 }, pids: { limit: 33 } }'
	start
	rt update --memory 134217728 --pids-limit 44 "$id"
	rt update --cpu-period 100000 "$id"
	assert_eq "$(shown MemoryMax)" 134217728
	assert_eq "$(shown TasksMax)" 44
	assert_eq "$(shown CPUQuotaPerSecUSec)" 300ms
	systemctl daemon-reload
	assert_eq "$(cat "$(group pids)/pids.max")" 44
	if [ -n "$unified" ]; then
		assert_eq "$(cat "$(group memory)/memory.max")" 134217728
		assert_eq "$(cat "$(group cpu)/cpu.max")" "30000 100000"
	else
		assert_eq "$(cat "$(group memory)/memory.limit_in_bytes")" 134217728
		assert_eq "$(cat "$(group cpu)/cpu.cfs_quota_us") $(cat "$(group cpu)/cpu.cfs_period_us")" "30000 100000"
	fi
}

@test "devices: systemd has the list, and what it does not allow is not to be had" {
	config_edit "$B" '.linux.devices = [{ path: "/dev/disk", type: "b", major: 7, minor: 0, fileMode: 438 }] |
		.process.args = ["sh", "-c", "sleep 1000"]'
	start
	assert_eq "$(shown DevicePolicy)" strict
	[[ "$(shown DeviceAllow)" == *"/dev/char/1:3 rwm"* ]]
	systemctl daemon-reload
	opens() { rt exec "$id" dd "if=/dev/$1" count=0; }
	opens null
	run opens disk
	[[ "$output" == *"Operation not permitted"* ]]
	rt delete -f "$id"
	config_edit "$B" '.linux.resources.devices = [{ allow: false, access: "rwm" },
		{ allow: true, type: "b", major: 7, minor: 0, access: "rw" }]'
	start
	[[ "$(shown DeviceAllow)" == *"/dev/block/7:0 rw"* ]]
	systemctl daemon-reload
	opens disk
	rt delete -f "$id"
	config_edit "$B" '.linux.resources.devices = [{ allow: true, access: "rwm" }]'
	start
	assert_eq "$(shown DevicePolicy)" auto
	opens disk
}

@test "exec is born in the scope, kill --all reaches everything of it, delete leaves nothing" {
	start
	rt exec -d "$id" sleep 2000
	assert_eq "$(wc -l <"$(group pids)/cgroup.procs")" 2
	fails_with 1 'not stopped' rt delete "$id"
	rt kill --all "$id" KILL
	stopped() { [ "$(rt state "$id" | jq -r .status)" = stopped ]; }
	wait_until stopped
	rt delete "$id"
	is_gone
}
