#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# `update`: every flag and every field of -r as the kernel has it afterwards, and that nothing else has changed.

load ../lib/lighter
load ../lib/assert
load ../lib/groups

setup() {
	groups_setup
	config_edit "$bundle" '.linux.resources += {
		memory: { limit: 67108864, reservation: 33554432, swap: 134217728 }, pids: { limit: 33 },
		cpu: { shares: 1024, quota: 50000, period: 100000, cpus: "0-1", mems: "0" } }'
}

teardown() { rt delete -f "$id" 2>/dev/null || true; }

# expect [NAME VALUE...]: these limits, and all others as they were at the start; values as v1 says them, v2's behind a /.
expect() {
	local -A want=([memory]=67108864 [reservation]=33554432 [swap]=134217728/67108864 [pids]=33 [shares]=1024/100
		[quota]=50000 [period]=100000 [burst]=0 [idle]=0 [cpus]=0-1 [mems]=0)
	local -A files=([memory]="memory memory.limit_in_bytes memory.max" [swap]="memory memory.memsw.limit_in_bytes memory.swap.max"
		[reservation]="memory memory.soft_limit_in_bytes memory.low" [pids]="pids pids.max pids.max"
		[shares]="cpu cpu.shares cpu.weight" [quota]="cpu cpu.cfs_quota_us cpu.max" [period]="cpu cpu.cfs_period_us cpu.max"
		[burst]="cpu cpu.cfs_burst_us cpu.max.burst" [idle]="cpu cpu.idle cpu.idle" [cpus]="cpuset cpuset.cpus cpuset.cpus"
		[mems]="cpuset cpuset.mems cpuset.mems")
	local name value got
	while [ $# -gt 0 ]; do
		want[$1]=$2
		shift 2
	done
	for name in "${!want[@]}"; do
		value=${want[$name]%/*}
		[ -z "$unified" ] || value=${want[$name]#*/}
		# shellcheck disable=SC2086 # three words
		find_limit ${files[$name]}
		got=$REPLY
		[ -z "$unified" ] || case $name in quota) got=${got% *} ;; period) got=${got#* } ;; esac
		[ "$got" = "$value" ] || { echo "$name is $got, not $value" >&2; return 1; }
	done
}

@test "each flag changes its limit and no other" {
	start sleep 1000
	expect
	rt update --pids-limit 44 "$id" && expect pids 44
	rt update --pids-limit 33 "$id" && expect
	rt update "$id" --cpu-share 512 && expect shares 512/59
	rt update --cpu-share 1024 "$id" && expect
	rt update --cpu-quota 60000 "$id" && expect quota 60000
	rt update --cpu-period 200000 "$id" && expect quota 60000 period 200000
	rt update --cpu-period 100000 --cpu-quota 50000 "$id" && expect
	rt update --cpu-burst 20000 "$id" && expect burst 20000
	rt update --cpu-burst 0 "$id" && expect
	rt update --cpuset-cpus 1 "$id" && expect cpus 1
	rt update --cpuset-cpus 0-1 --cpuset-mems 0 "$id" && expect
	rt update --memory-reservation 20M "$id" && expect reservation 20971520
	rt update --memory-reservation 33554432 "$id" && expect
}

@test "memory and swap move together and apart" {
	local no_limit=9223372036854771712/max
	start sleep 1000
	# the sum stays, so that v2's swap is what is left of it
	rt update --memory 96M "$id" && expect memory 100663296 swap 134217728/33554432
	rt update --memory 32M "$id" && expect memory 33554432 swap 134217728/100663296
	rt update --memory 64M "$id" && expect
	# the sum alone: of the limit that there is
	rt update --memory-swap 96M "$id" && expect swap 100663296/33554432
	rt update --memory 200M --memory-swap 300M "$id" && expect memory 209715200 swap 314572800/104857600
	rt update --memory 64M --memory-swap 64M "$id" && expect swap 67108864/0
	rt update --memory-swap -1 "$id" && expect swap $no_limit
	rt update --memory -1 "$id" && expect memory $no_limit swap $no_limit
	rt update --memory 64M --memory-swap 128M "$id" && expect
}

@test "quota -1 is unlimited, idle and back" {
	start sleep 1000
	rt update --cpu-quota -1 "$id" && expect quota -1/max
	rt update --cpu-quota 50000 "$id"
	rt update --cpu-idle 1 "$id"
	assert_eq "$(limit cpu cpu.idle cpu.idle)" 1
	rt update --cpu-idle 0 --cpu-share 1024 "$id" && expect
}

@test "-r FILE and -r -: any field; flags beside it are ignored, unknown fields too" {
	start sleep 1000
	echo '{ "pids": { "limit": 20 }, "cpu": { "shares": 512, "quota": 40000 }, "later": 1 }' >"$BATS_TEST_TMPDIR/r.json"
	rt update -r "$BATS_TEST_TMPDIR/r.json" --memory 1G "$id"
	expect pids 20 shares 512/59 quota 40000
	rt update --resources - "$id" <<<'{ "memory": { "reservation": 1048576 }, "pids": {}, "devices": null }'
	expect pids 20 shares 512/59 quota 40000 reservation 1048576
	fails_with 1 "resources '-': .*pids.limit: '\"x\"' is a string, an integer is wanted" \
		rt update -r - "$id" <<<'{ "pids": { "limit": "x" } }'
	fails_with 1 "linux.resources.cpu.idle: 7 is neither 0 nor 1" rt update -r - "$id" <<<'{ "cpu": { "idle": 7 } }'
	fails_with 1 "nothere.json" rt update -r "$BATS_TEST_TMPDIR/nothere.json" "$id"
	expect pids 20 shares 512/59 quota 40000 reservation 1048576
}

@test "a memory limit below what is used is refused when it is to be checked" {
	start sh -c 'dd if=/dev/zero of=/dev/shm/fill bs=1M count=40 && touch /filled; sleep 1000'
	wait_until test -e "$bundle/rootfs/filled"
	fails_with 1 'rejecting memory limit 20971520 <= usage [0-9]+|unable to set memory limit to 20971520 \(current usage' \
		rt update -r - "$id" <<<'{ "memory": { "limit": 20971520, "checkBeforeUpdate": true } }'
	expect
	rt exec "$id" true # it lives
}

@test "blkio-weight and the rates of devices" {
	start sleep 1000
	rt update --blkio-weight 500 "$id"
	local file
	for file in blkio.bfq.weight blkio.weight io.bfq.weight io.weight; do
		[ -e "$(dir blkio)/$file" ] && break
	done
	case $(sed 's/^default //;q' "$(dir blkio)/$file") in 500 | 4950) ;; *) cat "$(dir blkio)/$file"; false ;; esac
	fails_with 1 "linux.resources.blockIO.weight: 5 is not within 10 to 1000" rt update --blkio-weight 5 "$id"
	expect
}

@test "realtime flags" {
	start sleep 1000
	if [ -n "$unified" ]; then
		fails_with 1 "'cpu.rt_runtime_us' does not exist in cgroup v2" rt update --cpu-rt-runtime 1000 "$id"
		fails_with 1 "'cpu.rt_period_us' does not exist in cgroup v2" rt update --cpu-rt-period 1000000 "$id"
	elif [ -e "$(dir cpu)/cpu.rt_period_us" ]; then
		rt update --cpu-rt-period 500000 --cpu-rt-runtime 0 "$id"
		assert_eq "$(cat "$(dir cpu)/cpu.rt_period_us")" 500000
	fi
	expect
}

@test "kernel memory: set where the kernel has it, refused by name where not" {
	start sleep 1000
	if [ -n "$unified" ]; then
		fails_with 1 "'memory.kmem.limit_in_bytes' does not exist in cgroup v2" rt update --kernel-memory 16M "$id"
		fails_with 1 "'memory.kmem.tcp.limit_in_bytes' does not exist in cgroup v2" rt update --kernel-memory-tcp 16M "$id"
		rt update --kernel-memory -1 --kernel-memory-tcp -1 "$id"
	else
		rt update --kernel-memory 16M --kernel-memory-tcp 16M "$id"
		assert_eq "$(cat "$(dir memory)/memory.kmem.tcp.limit_in_bytes")" 16777216
	fi
	expect
}

@test "resctrl flags without resctrl" {
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "a machine with resctrl"
	start sleep 1000
	fails_with 1 "no resctrl file system is mounted" rt update --l3-cache-schema 'L3:0=f' "$id"
	fails_with 1 "no resctrl file system is mounted" rt update --mem-bw-schema 'MB:0=20' "$id"
}

@test "values of flags that are none" {
	start sleep 1000
	fails_with 1 'invalid argument.*--memory' rt update --memory much "$id"
	fails_with 1 'invalid argument.*--cpu-period' rt update --cpu-period -5 "$id"
	fails_with 1 'invalid argument.*--cpu-quota' rt update --cpu-quota 1.5 "$id"
	rt update --memory '' --cpu-share '' --cpu-quota '' "$id"
	expect
}

# try RIGHT...: which of them the container has on its block device 7:0.
try() {
	rt exec "$id" sh -c 'dd if=/dev/disk count=0 2>/dev/null && echo read
		dd if=/dev/zero of=/dev/disk count=0 2>/dev/null && echo write; head -c 1 /dev/zero >/dev/null && echo zero; true'
}

devices() { # RULE...
	local IFS=,
	rt update -r - "$id" <<<"{ \"devices\": [{ \"allow\": false, \"access\": \"rwm\" }${*:+,$*}] }"
}

@test "devices are exchanged in one step, and the old rules do not stay beside the new ones" {
	local read='{"allow":true,"type":"b","major":7,"minor":0,"access":"r"}' write='{"allow":true,"type":"b","major":7,"minor":0,"access":"w"}'
	config_edit "$bundle" '.linux.devices = [{ path: "/dev/disk", type: "b", major: 7, minor: 0, fileMode: 438 }]'
	start sh -c 'while head -c 1 /dev/zero >/dev/null; do :; done; echo lost >/lost'
	assert_eq "$(try)" zero
	devices "$read"
	assert_eq "$(try)" $'read\nzero'
	devices "$write"
	assert_eq "$(try)" $'write\nzero'
	devices "$read" "$write"
	assert_eq "$(try)" $'read\nwrite\nzero'
	devices
	assert_eq "$(try)" zero
	# /dev/zero was there at every instant
	[ ! -e "$bundle/rootfs/lost" ]
	expect
}

@test "the rules that are there already are not written again" {
	[ -z "$unified" ] || skip "cgroup v1 shows its list"
	config_edit "$bundle" '.linux.resources.devices += [{ allow: true, type: "b", major: 7, minor: 0, access: "r" }]'
	start sleep 1000
	echo 'c 200:7 rw' >"$(dir devices)/devices.allow" # what a vendor's hook does
	rt update -r - "$id" <<<"$(jq .linux.resources "$bundle/config.json")"
	grep -qx 'c 200:7 rw' "$(dir devices)/devices.list"
	rt update -r - "$id" <<<'{ "devices": [{ "allow": false, "access": "rwm" }] }'
	! grep 'c 200:7\|b 7:0' "$(dir devices)/devices.list"
}

@test "what has stopped or does not exist is not updated" {
	config_edit "$bundle" '.process.args = ["true"]'
	fails_with 1 "does not exist" rt update --pids-limit 5 "$id"
	rt create -b "$bundle" "$id" </dev/null >/dev/null 2>&1
	rt update --pids-limit 5 "$id"
	assert_eq "$(limit pids pids.max pids.max)" 5
	rt start "$id"
	stopped() { [ "$(rt state "$id" | jq -r .status)" = stopped ]; }
	wait_until stopped
	fails_with 1 "container not running" rt update --pids-limit 5 "$id"
}
