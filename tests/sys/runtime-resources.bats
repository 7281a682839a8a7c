#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# linux.resources as the kernel has it, on v1 and hybrid here, on v2 in the virtual machine: each field, the conversions
# between the versions, and who owns a group. What neither has is tested against recorded kernel files beside the
# sources (cgroup_limits_test.c, rdt_test.c).

load ../lib/lighter
load ../lib/assert
load ../lib/groups

setup() { groups_setup; }

teardown() {
	rt delete -f "$id" 2>/dev/null || true
	[ -z "${loop:-}" ] || losetup -d "$loop"
	find /sys/fs/cgroup -depth \( -path '*/deep' -o -path '*/deep/er' -o -path '*/place' \) -type d -exec rmdir {} +
}

# A block device of the test's own: $loop, $number ("7:3").
make_loop() {
	head -c 4194304 /dev/zero >"$BATS_TEST_TMPDIR/disk"
	[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
	loop=$(losetup -f --show "$BATS_TEST_TMPDIR/disk")
	number=$(($(stat -c 0x%t "$loop"))):$(($(stat -c 0x%T "$loop")))
}

@test "memory: limit, reservation, swap, swappiness, kernel, OOM killer, hierarchy" {
	config_edit "$bundle" '.linux.resources.memory = { limit: 67108864, reservation: 33554432, swap: 100663296 }'
	[ -n "$unified" ] || config_edit "$bundle" '.linux.resources.memory += { swappiness: 10, kernel: 67108864,
		kernelTCP: 16777216, disableOOMKiller: true, useHierarchy: true }'
	start sleep 1000
	expect_limit memory memory.limit_in_bytes 67108864 memory.max 67108864
	expect_limit memory memory.soft_limit_in_bytes 33554432 memory.low 33554432
	expect_limit memory memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432
	[ -n "$unified" ] || {
		assert_eq "$(cat "$(dir memory)/memory.swappiness")" 10
		assert_eq "$(cat "$(dir memory)/memory.kmem.tcp.limit_in_bytes")" 16777216
		assert_eq "$(head -n 1 "$(dir memory)/memory.oom_control")" "oom_kill_disable 1"
		assert_eq "$(cat "$(dir memory)/memory.use_hierarchy")" 1
	}
}

@test "memory.swap: the sum without a limit, equal to it, unlimited" {
	local no_limit=9223372036854771712
	start_with '.linux.resources.memory = { limit: 67108864, swap: 67108864 }'
	expect_limit memory memory.memsw.limit_in_bytes 67108864 memory.swap.max 0
	rt delete -f "$id"
	start_with '.linux.resources.memory = { limit: 67108864, swap: -1 }'
	expect_limit memory memory.memsw.limit_in_bytes $no_limit memory.swap.max max
	rt delete -f "$id"
	start_with '.linux.resources.memory = { limit: -1 }'
	expect_limit memory memory.limit_in_bytes $no_limit memory.max max
	expect_limit memory memory.memsw.limit_in_bytes $no_limit memory.swap.max max
	rt delete -f "$id"
	[ -z "$unified" ] || refused '.linux.resources.memory = { swap: 67108864 }' "unable to set swap limit without memory limit"
}

@test "cpu: shares, quota, burst, period, cpus, mems, idle" {
	config_edit "$bundle" '.linux.resources.cpu = { shares: 1024, quota: 30000, period: 50000, burst: 10000, cpus: "0", mems: "0" }'
	start sleep 1000
	expect_limit cpu cpu.shares 1024 cpu.weight 100
	expect_limit cpu cpu.cfs_burst_us 10000 cpu.max.burst 10000
	expect_limit cpuset cpuset.cpus 0 cpuset.cpus 0
	expect_limit cpuset cpuset.mems 0 cpuset.mems 0
	expect_limit cpu cpu.cfs_quota_us 30000 cpu.max "30000 50000"
	rt exec "$id" grep -q '^Cpus_allowed_list:.0$' /proc/self/status
	rt delete -f "$id"
	start_with '.linux.resources.cpu = { shares: 2048, idle: 1 }'
	expect_limit cpu cpu.idle 1 cpu.idle 1
}

@test "cpu.shares that the kernel does not take are refused in the words that engines know" {
	[ -z "$unified" ] || { # weights have no such borders: the curve ends where they do
		start_with '.linux.resources.cpu = { shares: 9999999 }'
		assert_eq "$(limit cpu - cpu.weight)" 10000
		return
	}
	refused '.linux.resources.cpu = { shares: 9999999 }' "the maximum allowed cpu-shares is 262144"
	refused '.linux.resources.cpu = { shares: 1 }' "the minimum allowed cpu-shares is 2"
}

@test "cpu.realtimeRuntime and realtimePeriod where the kernel has them" {
	local root=/sys/fs/cgroup/cpu
	[ -z "$unified" ] || {
		refused '.linux.resources.cpu = { realtimeRuntime: 5000 }' "'cpu.rt_runtime_us' does not exist in cgroup v2"
		return
	}
	[ -e $root/cpu.rt_runtime_us ] || skip "a kernel without RT_GROUP_SCHED"
	echo 20000 >$root/cpu.rt_runtime_us # of the capsule's own group: what is given must be had
	config_edit "$bundle" ".linux.cgroupsPath = \"/$id\" | .linux.resources.cpu = { realtimeRuntime: 5000, realtimePeriod: 500000 }"
	group=/$id
	start sleep 1000
	assert_eq "$(cat "$(dir cpu)/cpu.rt_runtime_us") $(cat "$(dir cpu)/cpu.rt_period_us")" "5000 500000"
	rt delete -f "$id"
	taken_back() { echo 0 2>/dev/null >$root/cpu.rt_runtime_us; } # when the kernel has forgotten the group
	wait_until taken_back
}

@test "pids.limit: a number, none, unlimited" {
	local program='true & wait; echo done'
	config_edit "$bundle" ".process.args = [\"sh\", \"-c\", \"$program\"] | .linux.resources.pids.limit = 2"
	run rt run -b "$bundle" "$id"
	assert_eq "$output" done
	config_edit "$bundle" '.linux.resources.pids.limit = 0'
	run rt run -b "$bundle" "$id"
	[[ "$output" == *"can't fork"* ]]
	start_with '.linux.resources.pids.limit = -1'
	expect_limit pids pids.max max pids.max max
}

@test "blockIO: a rate is written for each device, and slows it down" {
	local began
	make_loop
	config_edit "$bundle" ".linux.resources.blockIO = {
		throttleReadBpsDevice: [{ major: ${number%:*}, minor: ${number#*:}, rate: 524288 }],
		throttleWriteIOPSDevice: [{ major: ${number%:*}, minor: ${number#*:}, rate: 50 }] } |
		.linux.devices = [{ path: \"/dev/disk\", type: \"b\", major: ${number%:*}, minor: ${number#*:} }] |
		.linux.resources.devices += [{ allow: true, type: \"b\", major: ${number%:*}, minor: ${number#*:}, access: \"r\" }]"
	start sleep 1000
	if [ -n "$unified" ]; then
		assert_eq "$(cat "$(dir io)/io.max")" "$number rbps=524288 wbps=max riops=max wiops=50"
	else
		assert_eq "$(cat "$(dir blkio)/blkio.throttle.read_bps_device")" "$number 524288"
		assert_eq "$(cat "$(dir blkio)/blkio.throttle.write_iops_device")" "$number 50"
	fi
	began=${EPOCHREALTIME/./}
	rt exec "$id" dd if=/dev/disk of=/dev/null bs=64k count=16 iflag=direct 2>/dev/null
	[ $((${EPOCHREALTIME/./} - began)) -ge 1000000 ] # 1 MiB at 512 KiB a second
}

@test "blockIO: a weight for all devices" {
	local file value
	start_with '.linux.resources.blockIO = { weight: 200 }'
	for file in blkio.weight blkio.bfq.weight io.bfq.weight; do
		[ ! -e "$(dir blkio)/$file" ] || { assert_eq "$(sed -n 's/^default //;1p' "$(dir blkio)/$file")" 200; return; }
	done
	value=$(sed -n 's/^default //p' "$(dir io)/io.weight")
	assert_eq "$value" 1920 # 10..1000 to 1..10000
}

@test "blockIO: leafWeight is refused by name where the kernel has none" {
	refused '.linux.resources.blockIO = { leafWeight: 200 }' blkio.leaf_weight
}

@test "hugepageLimits: pages and reservations" {
	[ -n "$unified" ] || [ -d /sys/fs/cgroup/hugetlb ] || skip "no hugetlb controller in the capsule"
	start_with '.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: 4194304 }]'
	expect_limit hugetlb hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304
	expect_limit hugetlb hugetlb.2MB.rsvd.limit_in_bytes 4194304 hugetlb.2MB.rsvd.max 4194304
	rt delete -f "$id"
	refused '.linux.resources.hugepageLimits = [{ pageSize: "3MB", limit: 4194304 }]' "hugetlb.3MB."
}

@test "network: classID and priorities" {
	[ -z "$unified" ] || {
		refused '.linux.resources.network = { classID: 1048577 }' "'net_cls' controller of cgroup v1 is not available"
		return
	}
	[ -d /sys/fs/cgroup/net_cls ] && [ -d /sys/fs/cgroup/net_prio ] || skip "no net_cls and net_prio controllers"
	start_with '.linux.resources.network = { classID: 1048577, priorities: [{ name: "lo", priority: 5 }] }'
	assert_eq "$(cat "$(dir net_cls)/net_cls.classid")" 1048577
	grep -qx 'lo 5' "$(dir net_prio)/net_prio.ifpriomap"
}

@test "rdma: handles and objects of a device" {
	local device
	device=$(ls /sys/class/infiniband 2>/dev/null | head -n 1)
	[ -n "$device" ] || skip "no RDMA device"
	start_with ".linux.resources.rdma = { \"$device\": { hcaHandles: 3, hcaObjects: 100 } }"
	grep -qx "$device hca_handle=3 hca_object=100" "$(dir rdma)/rdma.max"
}

@test "intelRdt: without resctrl it is refused, with it the process is in its group" {
	config_edit "$bundle" '.process.args = ["sleep", "1000"]'
	if ! grep -q ' - resctrl ' /proc/self/mountinfo; then
		refused '.linux.intelRdt = { closID: "guaranteed" }' "no resctrl file system is mounted"
		skip "no resctrl on this machine"
	fi
	start_with '.linux.intelRdt = { enableMonitoring: true }'
	grep -qx "$(rt state "$id" | jq .pid)" "/sys/fs/resctrl/$id/mon_groups/$id/tasks"
	rt delete -f "$id"
	[ ! -e "/sys/fs/resctrl/$id" ]
}

@test "unified: files of v2 as they are, line by line; a controller that is not there is named" {
	[ -n "$unified" ] || {
		refused '.linux.resources.unified = { "memory.high": "1" }' "can't be set: controller 'memory' not available"
		return
	}
	make_loop
	start_with ".linux.resources.unified = { \"memory.high\": \"50331648\", \"pids.max\": \"77\",
		\"io.max\": \"$number rbps=2097152\n$number wiops=120\" }"
	assert_eq "$(cat "$(dir memory)/memory.high")" 50331648
	assert_eq "$(cat "$(dir pids)/pids.max")" 77
	assert_eq "$(cat "$(dir io)/io.max")" "$number rbps=2097152 wbps=max riops=max wiops=120"
	rt delete -f "$id"
	refused '.linux.resources.unified = { "nothere.max": "1" }' "controller 'nothere' not available"
}

@test "every controller of the hierarchy is enabled down the tree" {
	local root=/sys/fs/cgroup
	start_with ".linux.cgroupsPath = \"/deep/er/$id\""
	[ -n "$unified" ] || { # the capsule's part of the v2 tree has processes, which is the end of controllers
		[ -d "$root/unified/deep/er/$id" ]
		return
	}
	assert_eq "$(cat "$root/deep/er/$id/cgroup.controllers")" "$(cat $root/cgroup.controllers)"
	[[ "$(cat "$root/deep/er/$id/cgroup.controllers")" == *cpu*io*memory*hugetlb*pids*rdma*misc* ]]
}

@test "cgroupsPath: absolute, relative and sloppy ones are the same place" {
	local path
	group=/place/$id
	for path in "/place/$id" "place/$id" "//place/./$id/"; do
		start_with ".linux.cgroupsPath = \"$path\""
		rt exec "$id" true
		[ -d "$(dir pids)" ]
		assert_eq "$(cat "$(dir pids)/cgroup.procs")" "$(rt state "$id" | jq .pid)"
		rt delete -f "$id"
		[ -z "$(dirs)" ]
	done
}

@test "without linux.resources only the default devices are there" {
	local program='head -c 1 /dev/zero >/dev/null && echo zero; dd if=/dev/disk count=0 2>/dev/null && echo disk; true'
	config_edit "$bundle" "del(.linux.resources) | .linux.devices = [{ path: \"/dev/disk\", type: \"b\", major: 7, minor: 0 }] |
		.process.args = [\"sh\", \"-c\", \"$program\"]"
	run rt run -b "$bundle" "$id"
	assert_eq "$output" zero
}

@test "devices: one device taken out of a rule for many" {
	local rules='[{ allow: false, access: "rwm" }, { allow: true, type: "b", major: 7, access: "rwm" },
		{ allow: false, type: "b", major: 7, minor: 0, access: "rwm" }]'
	config_edit "$bundle" ".linux.devices = [{ path: \"/dev/disk\", type: \"b\", major: 7, minor: 0 }] |
		.process.args = [\"dd\", \"if=/dev/disk\", \"count=0\"]"
	[ -n "$unified" ] || { # the controller cannot, and would allow it in silence
		refused ".linux.resources.devices = $rules" "cgroup v1 cannot take 'b 7:0 rwm' out of 'b 7:* rwm'"
		return
	}
	config_edit "$bundle" ".linux.resources.devices = $rules"
	run rt run -b "$bundle" "$id"
	[[ "$output" == *"Operation not permitted"* ]]
}

@test "a v2 group is the container's own user's when he may write its file system" {
	local path
	config_edit "$bundle" '.linux.namespaces += [{ type: "user" }, { type: "cgroup" }] |
		.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }] | .linux.gidMappings = .linux.uidMappings |
		.mounts += [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"] }]'
	chown 100000:100000 "$bundle/rootfs" "$bundle/rootfs/"*
	chmod 755 "$BATS_TEST_TMPDIR" "$bundle"
	start sleep 1000
	[ -n "$unified" ] || { # a v1 hierarchy cannot be given away safely
		assert_eq "$(stat -c %u "$(dir memory)") $(stat -c %u "/sys/fs/cgroup/unified$group/cgroup.procs")" "0 0"
		return
	}
	for path in . cgroup.procs cgroup.threads cgroup.subtree_control memory.oom.group; do
		assert_eq "$(stat -c %u "$(dir memory)/$path")" 100000
	done
	assert_eq "$(stat -c %u "$(dir memory)/memory.max") $(stat -c %u "$(dir pids)/pids.max")" "0 0"
	rt exec "$id" mkdir /sys/fs/cgroup/own
	[ -d "$(dir memory)/own" ]
	rt delete -f "$id"
	config_edit "$bundle" '.mounts[-1].options += ["ro"]'
	start sleep 1000
	assert_eq "$(stat -c %u "$(dir memory)")" 0
}

@test "run.oci.delegate-cgroup: the processes live in a group below the limits, exec too" {
	config_edit "$bundle" '.annotations["run.oci.delegate-cgroup"] = "payload" | .linux.namespaces += [{ type: "cgroup" }] |
		.linux.resources.pids.limit = 50'
	[ -n "$unified" ] || {
		refused . "annotations.run.oci.delegate-cgroup: 'payload': a cgroup v1 cannot be delegated"
		return
	}
	start sleep 1000
	assert_eq "$(cat "$(dir pids)/pids.max") $(cat "$(dir pids)/payload/pids.max")" "50 max"
	assert_eq "$(cat "$(dir pids)/payload/cgroup.procs")" "$(rt state "$id" | jq .pid)"
	assert_eq "$(rt exec "$id" cat /proc/self/cgroup)" 0::/
	rt delete -f "$id"
	[ -z "$(dirs)" ]
}

@test "exec finds a place in a container that has divided its own group" {
	[ -n "$unified" ] || { # v1 allows processes beside groups
		start sleep 1000
		mkdir "$(dir pids)/inner"
		rt exec "$id" true
		return
	}
	start sleep 1000
	mkdir "$(dir pids)/init"
	rt state "$id" | jq .pid >"$(dir pids)/init/cgroup.procs"
	echo +pids >"$(dir pids)/cgroup.subtree_control"
	rt exec "$id" cat /proc/self/cgroup | grep -x "0::$group/init"
}
