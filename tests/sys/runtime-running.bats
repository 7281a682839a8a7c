#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# What is asked of a container that runs, and done to it: pause and resume, kill, ps, events.

load ../lib/lighter
load ../lib/assert
load ../lib/groups

setup() { groups_setup; }

teardown() {
	rt delete -f "$id" 2>/dev/null || true
	[ -z "${watcher:-}" ] || kill "$watcher" 2>/dev/null || true
}

status_is() { [ "$(rt state "$id" | jq -r .status)" = "$1" ]; }

# Does the counter that the container writes go on?
ticks() { wc -c <"$bundle/rootfs/tick"; }
ticking() { local before; before=$(ticks) && wait_until more_than "$before"; }
more_than() { [ "$(ticks)" -gt "$1" ]; }

ticker='while :; do printf . >>/tick; usleep 2000; done'

@test "pause stops every process, resume lets them go on; state and list say so" {
	local stood
	start sh -c "sleep 1000 & $ticker"
	wait_until test -s "$bundle/rootfs/tick"
	ticking
	rt pause "$id"
	status_is paused
	assert_eq "$(rt list -f json | jq -r '.[0].status')" paused
	stood=$(ticks)
	fails_with 1 "container already paused" rt pause "$id"
	assert_eq "$(ticks)" "$stood"
	rt resume "$id"
	status_is running
	ticking
	fails_with 1 "container not paused" rt resume "$id"
}

@test "exec in a paused container is refused, or waits if it is told to" {
	start sleep 1000
	rt pause "$id"
	fails_with 255 "cannot exec in a paused container \(use --ignore-paused to override\)" rt exec "$id" true
	rt exec --ignore-paused "$id" touch /late 3>&- &
	joined() { [ "$(wc -l <"$(dir freezer)/cgroup.procs")" -ge 2 ]; } # v1: the freezer stops it on its way
	wait_until joined
	[ ! -e "$bundle/rootfs/late" ]
	rt resume "$id"
	wait $!
	[ -e "$bundle/rootfs/late" ]
}

@test "exec --cgroup: a group below the container's, by hierarchy, and nothing above" {
	start sleep 1000
	mkdir "$(dir pids)/inner"
	if [ -n "$unified" ]; then
		assert_eq "$(rt exec --cgroup inner "$id" cat /proc/self/cgroup)" "0::$group/inner"
		assert_eq "$(rt exec --cgroup / "$id" cat /proc/self/cgroup)" "0::$group"
		fails_with 255 "there is no v1 hierarchy with 'pids'" rt exec --cgroup pids:inner "$id" true
	else
		rt exec --cgroup pids:inner --cgroup memory,cpu:/ "$id" cat /proc/self/cgroup >"$BATS_TEST_TMPDIR/groups"
		grep -q ":pids:$group/inner\$" "$BATS_TEST_TMPDIR/groups"
		grep -q ":memory:$group\$" "$BATS_TEST_TMPDIR/groups"
		fails_with 255 "invalid --cgroup argument: inner \(missing <controller>: prefix\)" \
			rt exec --cgroup pids:inner --cgroup inner "$id" true
		fails_with 255 "there is no v1 hierarchy with 'nothere'" rt exec --cgroup nothere:inner "$id" true
		fails_with 255 "are of one hierarchy" rt exec --cgroup pids:inner --cgroup pids:/ "$id" true
	fi
	fails_with 255 "bad sub cgroup path" rt exec --cgroup "$([ -n "$unified" ] || echo pids:)inner/../.." "$id" true
	fails_with 255 "No such file or directory" rt exec --cgroup "$([ -n "$unified" ] || echo pids:)nothere" "$id" true
}

@test "what is paused can be killed, deleted by force, updated" {
	start sleep 1000
	rt pause "$id"
	rt update --pids-limit 9 "$id"
	assert_eq "$(limit pids pids.max pids.max)" 9
	fails_with 1 "that is not stopped" rt delete "$id"
	rt kill "$id" KILL
	wait_until status_is stopped
	rt delete "$id"
	start sleep 1000
	rt pause "$id"
	rt delete -f "$id"
	[ -z "$(dirs)" ]
}

@test "a container that waits to be started is paused too; one that has stopped is not" {
	config_edit "$bundle" '.process.args = ["true"]'
	rt create -b "$bundle" "$id" </dev/null >/dev/null 2>&1
	rt pause "$id"
	status_is paused
	rt resume "$id"
	status_is created
	rt start "$id"
	wait_until status_is stopped
	fails_with 1 "container not running" rt pause "$id"
	fails_with 1 "container not running" rt resume "$id"
	fails_with 1 "container not running" rt kill "$id" TERM
	rt kill -a "$id" KILL # as runc: nobody to kill is what was wanted
}

@test "kill -a reaches every process, kill without it the first" {
	start sh -c 'trap "echo first >>/said" USR1
		(trap "echo second >>/said" USR1; echo x >>/ready; while :; do usleep 2000; done) &
		echo x >>/ready; while :; do usleep 2000; done'
	both_ready() { [ "$(cat "$bundle/rootfs/ready" 2>/dev/null | wc -l)" -eq 2 ]; }
	said() { [ "$(sort "$bundle/rootfs/said" 2>/dev/null | tr '\n' ' ')" = "$1" ]; }
	wait_until both_ready
	rt kill "$id" USR1
	wait_until said "first "
	rt kill --all "$id" SIGUSR1
	wait_until said "first first second "
}

@test "without a pid namespace KILL ends the others, too, and kill -a those that are left" {
	config_edit "$bundle" '.linux.namespaces |= map(select(.type != "pid"))'
	start sh -c 'sleep 1000 & sleep 1000 & wait'
	three() { [ "$(cat "$(dir pids)/cgroup.procs" | wc -l)" -eq 3 ]; }
	none() { [ ! -s "$(dir pids)/cgroup.procs" ] || [ -z "$(cat "$(dir pids)/cgroup.procs")" ]; }
	wait_until three
	rt kill "$id" KILL
	wait_until none
	rt delete "$id"
	start sh -c 'sleep 1000 & echo $! >/left; exec true'
	wait_until status_is stopped
	[ -n "$(cat "$(dir pids)/cgroup.procs")" ]
	rt kill -a "$id" TERM
	wait_until none
	rt delete "$id"
	[ -z "$(dirs)" ]
}

@test "ps: the container's processes and no others, by a table or by numbers" {
	start sh -c 'sleep 1001 & sleep 1002; :'
	three() { [ "$(rt ps -f json "$id" | jq length)" -eq 3 ]; }
	wait_until three
	sleep 1003 3>&- &
	watcher=$!
	assert_eq "$(rt ps --format json "$id" | jq -c sort)" "$(sort -n "$(dir pids)/cgroup.procs" | jq -sc .)"
	run rt ps "$id"
	[[ "${lines[0]}" == UID*PID*CMD ]]
	[ "${#lines[@]}" -eq 4 ]
	[[ "$output" == *"sleep 1001"*"sleep 1002"* ]]
	run rt ps "$id" -o comm,pid
	[[ "${lines[0]}" == COMMAND*PID ]]
	[ "${#lines[@]}" -eq 4 ]
	fails_with 1 "couldn't find PID field" rt ps "$id" -eo comm
	fails_with 1 "ps: exit status 1:" rt ps "$id" --no-such-option
	fails_with 1 "'yaml' is not table or json" rt ps -f yaml "$id"
}

stats() { rt events --stats "$id" | jq -e "$1"; }

@test "events --stats: what the kernel counts, in runc's form" {
	config_edit "$bundle" '.linux.resources += { memory: { limit: 67108864 }, pids: { limit: 33 }, cpu: { quota: 6000, period: 100000 } }'
	start sh -c 'dd if=/dev/zero of=/dev/shm/fill bs=1M count=8; : >/filled; while :; do :; done'
	wait_until test -e "$bundle/rootfs/filled"
	throttled() { stats '.data.cpu.throttling.throttledPeriods > 3' >/dev/null; }
	wait_until throttled
	run rt events --stats "$id"
	[ "${#lines[@]}" -eq 1 ]
	assert_eq "$(jq -c '[.type, .id, (.data | keys_unsorted)]' <<<"$output")" \
		"[\"stats\",\"$id\",[\"cpu\",\"cpuset\",\"memory\",\"pids\",\"blkio\",\"hugetlb\",\"intel_rdt\",\"network_interfaces\"]]"
	jq -e '.data | .pids == { current: 1, limit: 33 } and .memory.usage.limit == 67108864 and .memory.usage.usage > 8000000 and
		.memory.cache > 8000000 and .cpu.usage.total > 0 and .cpu.throttling.throttledTime > 0 and
		.network_interfaces == null and (.memory.raw | keys_unsorted == keys)' <<<"$output"
	if [ -n "$unified" ]; then
		jq -e '.data | (.cpu.usage | keys_unsorted) == ["total", "kernel", "user"] and .cpu.usage.user > 0 and
			(.cpu.psi | has("some")) and .hugetlb["2MB"].failcnt == 0 and .memory.raw.file > 8000000' <<<"$output"
	else
		jq -e '.data | (.cpu.usage.percpu | add) <= .cpu.usage.total * 2 and .cpuset.cpus[0] == 0 and
			.memory.swap.limit > 67108864 and .memory.raw.cache > 8000000' <<<"$output"
	fi
}

# tells_of_a_kill INTERVAL: a program lacks memory while events are watched
tells_of_a_kill() {
	local out=$BATS_TEST_TMPDIR/events
	config_edit "$bundle" '.linux.resources.memory = { limit: 33554432, swap: 33554432 }'
	start sh -c 'while [ ! -e /go ]; do usleep 2000; done; dd if=/dev/zero of=/dev/null bs=64M; echo $? >/killed; while [ ! -e /end ]; do usleep 2000; done'
	rt events --interval "$1" "$id" >"$out" 3>&- &
	watcher=$!
	have() { [ "$(grep -c "$1" "$out")" -ge "$2" ]; }
	wait_until have '^{"type":"stats",' 3
	! grep '"type":"oom"' "$out"
	touch "$bundle/rootfs/go"
	wait_until have "^{\"type\":\"oom\",\"id\":\"$id\"}\$" 1
	wait_until test -s "$bundle/rootfs/killed"
	assert_eq "$(cat "$bundle/rootfs/killed")" 137
	touch "$bundle/rootfs/end"
	wait $watcher
	watcher=
}

@test "events: statistics at the interval, kills for want of memory as they happen, until the end" {
	tells_of_a_kill 20ms
}

@test "events: statistics that take longer than their interval keep no kill back" {
	tells_of_a_kill 1ns
}

@test "events: what cannot be" {
	fails_with 1 "does not exist" rt events --stats "$id"
	start sleep 1000
	fails_with 1 "duration interval must be greater than 0" rt events --interval 0s "$id"
	fails_with 1 "'soon' is not a duration" rt events --interval soon "$id"
}
