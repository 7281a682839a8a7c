#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: systemd-long
# capsule: host
# The systemd cgroup driver where things go wrong or are wanted otherwise: what is refused, what fails, what others stop, and
# what annotations say; and a restored container's scope.

load ../lib/lighter
load ../lib/assert
load ../lib/systemd
load ../lib/criu

setup_file() { systemd_setup_file; }
setup() { systemd_setup; }
teardown() { systemd_teardown; }

@test "another form of cgroupsPath is refused by name and nothing is made" {
	local path
	for path in /a/b a.slice:b a.slice:b:c:d nothing:b:c a--b.slice:p:n -a.slice:p:n a/b.slice:p:n a.slice:p: \
		a.slice:p:n/m a.slice:p:n.slice; do
		config_edit "$B" ".linux.cgroupsPath = \"$path\""
		fails_with 1 'linux.cgroupsPath' rt run -b "$B" "$id"
	done
	[ ! -e "$BATS_TEST_TMPDIR/state/$id" ]
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

@test "a restored container is in a scope of its own again, with its limits" {
	config_edit "$B" '.linux.resources += { memory: { limit: 67108864 }, pids: { limit: 33 } }'
	criu_setup
	start
	rt --criu "$CRIU" checkpoint --image-path "$I" "$id"
	is_gone
	rt --criu "$CRIU" restore -d -b "$B" --image-path "$I" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
	assert_eq "$(shown ActiveState) $(shown ControlGroup)" "active /system.slice/$unit"
	assert_eq "$(cat "$(group pids)/cgroup.procs")" "$(rt state "$id" | jq .pid)"
	systemctl daemon-reload
	assert_eq "$(shown MemoryMax) $(shown TasksMax) $(cat "$(group pids)/pids.max")" '67108864 33 33'
	assert_eq "$(rt exec "$id" cat /proc/1/comm)" sleep
	rt delete -f "$id"
	is_gone
}
