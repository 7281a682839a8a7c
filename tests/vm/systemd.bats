#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: systemd
# capsule: host
# The systemd cgroup driver against a real systemd: where the scope lies, what systemd and the kernel have as its limits,
# and that it is gone afterwards.

load ../lib/lighter
load ../lib/assert

setup_file() {
	bundle_new "$BATS_FILE_TMPDIR/bundle"
	config_edit "$BATS_FILE_TMPDIR/bundle" ".root.path = \"$BATS_FILE_TMPDIR/bundle/rootfs\"" # all tests have one
}

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir "$B"
	cp "$BATS_FILE_TMPDIR/bundle/config.json" "$B/"
	id=t$BATS_TEST_NUMBER
	unit=lighter-$id.scope
	[ -e /sys/fs/cgroup/cgroup.controllers ] && unified=1 || unified=
	config_edit "$B" '.process.args = ["sleep", "1000"]'
}

teardown() { rt delete -f "$id" 2>/dev/null || true; }

rt() { lighter-runtime --root "$BATS_TEST_TMPDIR/state" --systemd-cgroup "$@"; }

start() { rt run -d -b "$B" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out"; return 1; }; }

shown() { systemctl show -P "$1" "${2:-$unit}"; } # PROPERTY [UNIT]

group() { # CONTROLLER [UNIT]: the directory of the unit's cgroup
	local path
	path=$(shown ControlGroup "${2:-$unit}")
	if [ -n "$unified" ]; then echo "/sys/fs/cgroup$path"; else echo "/sys/fs/cgroup/$1$path"; fi
}

# Neither systemd nor the kernel has anything of the unit.
is_gone() {
	[ "$(shown LoadState "${1:-$unit}")" = not-found ] && [ -z "$(find /sys/fs/cgroup -name "${1:-$unit}")" ]
}

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

@test "another form of cgroupsPath is refused by name and nothing is made" {
	local path
	for path in /a/b a.slice:b a.slice:b:c:d nothing:b:c a--b.slice:p:n -a.slice:p:n a/b.slice:p:n a.slice:p: \
		a.slice:p:n/m a.slice:p:n.slice; do
		config_edit "$B" ".linux.cgroupsPath = \"$path\""
		fails_with 1 'linux.cgroupsPath' rt run -b "$B" "$id"
	done
	[ ! -e "$BATS_TEST_TMPDIR/state/$id" ]
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

@test "annotations are properties of the unit, in GVariant's text, seconds as unit files say them" {
	config_edit "$B" '.annotations = { "org.systemd.property.TimeoutStopUSec": "uint64 7000000",
		"org.systemd.property.RuntimeMaxSec": "90", "org.systemd.property.CollectMode": "\"inactive\"",
		"org.systemd.property.After": "[\"dbus.service\", \"init.scope\"]", "other": "yes" }'
	start
	assert_eq "$(shown TimeoutStopUSec)" 7s
	assert_eq "$(shown RuntimeMaxUSec)" "1min 30s"
	assert_eq "$(shown CollectMode)" inactive
	[[ "$(shown After)" == *dbus.service* && "$(shown After)" == *init.scope* ]]
}

@test "an annotation that systemd does not take is one sentence, and nothing is left" {
	config_edit "$B" '.annotations = { "org.systemd.property.NoSuchThing": "true" }'
	fails_with 1 "scope: start unit '$unit': .*NoSuchThing" rt run -b "$B" "$id"
	is_gone
	config_edit "$B" '.annotations = { "org.systemd.property.TasksMax": "{}" }'
	fails_with 1 "property 'TasksMax': a value is wanted at '.}'" rt run -b "$B" "$id"
	config_edit "$B" '.annotations = { "org.systemd.property.Tasks.Max": "1" }'
	fails_with 1 "annotation 'org.systemd.property.Tasks.Max' does not name a property" rt run -b "$B" "$id"
	is_gone
	[ ! -e "$BATS_TEST_TMPDIR/state/$id" ]
}

@test "a running unit of that name is a conflict and goes on, one that has failed is replaced" {
	systemd-run -q --scope --unit "$unit" sleep 1000 3>&- &
	wait_until systemctl -q is-active "$unit"
	fails_with 1 "start unit '$unit': Unit $unit .*" rt run -b "$B" "$id"
	assert_eq "$(shown ActiveState)" active
	systemctl stop "$unit"
	wait $! || true
	systemd-run -q --scope --unit "$unit" -p CollectMode=inactive -p RuntimeMaxSec=1ms sleep 1000 3>&- || true
	wait_until systemctl -q is-failed "$unit"
	start
	assert_eq "$(shown ActiveState)" active
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

@test "delete -f ends a container that is frozen and ignores signals" {
	config_edit "$B" '.process.args = ["sh", "-c", "trap \"\" TERM HUP INT; sleep 1000 & sleep 1000 & wait"]'
	start
	if [ -n "$unified" ]; then echo 1 >"$(group freezer)/cgroup.freeze"; else echo FROZEN >"$(group freezer)/freezer.state"; fi
	timeout 20 lighter-runtime --root "$BATS_TEST_TMPDIR/state" delete -f "$id"
	is_gone
}

@test "a container whose scope systemd has stopped is stopped, and can be deleted" {
	start
	systemctl stop "$unit"
	stopped() { [ "$(rt state "$id" | jq -r .status)" = stopped ]; }
	wait_until stopped
	rt delete "$id"
	is_gone
}

@test "a creation that fails after the scope was made leaves no unit" {
	config_edit "$B" '.process.args = ["/no/such/program"]'
	fails_with 1 'no/such/program' rt run -b "$B" "$id"
	is_gone
	config_edit "$B" '.linux.resources.unified = { "no.such.file": "1" }'
	fails_with 1 'no.such.file' rt run -b "$B" "$id"
	is_gone
}

@test "delete -f finds the scope of a creation that was killed before it was recorded" {
	# the record is written again when the scope is made: it is taken back to before that
	start
	jq 'del(.cgroup, .startTime) | .pid = 0' "$BATS_TEST_TMPDIR/state/$id/state.json" >"$BATS_TEST_TMPDIR/early"
	cp "$BATS_TEST_TMPDIR/early" "$BATS_TEST_TMPDIR/state/$id/state.json"
	lighter-runtime --root "$BATS_TEST_TMPDIR/state" delete -f "$id"
	is_gone
}

@test "a job that systemd does not finish in time is an error that says so" {
	systemd-run -q --unit "slow-$id" -p Type=oneshot -p RemainAfterExit=yes -p ExecStop='sleep 1000' true
	run "$BUILD/src/programs/lighter-systemd" --timeout 1 stop "slow-$id.service"
	assert_eq "$status" 9
	assert_eq "$output" "stop unit 'slow-$id.service': systemd does not finish"
	systemctl kill -s KILL "slow-$id.service"
	systemctl reset-failed "slow-$id.service" 2>/dev/null || true
}
