#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: systemd hybrid
# capsule: host
# What the guests with systemd promise to the other files.

load ../lib/lighter

@test "systemd is PID 1, takes calls, and every unit that was wanted runs" {
	[ "$(cat /proc/1/comm)" = systemd ]
	busctl status --no-pager org.freedesktop.systemd1 | grep -qx 'PID=1'
	[ -z "$(systemctl list-units --failed --no-legend --plain)" ]
}

@test "systemd has the control groups, on v2 alone or with v1's controllers" {
	if [ -e /sys/fs/cgroup/unified ]; then
		[ -d /sys/fs/cgroup/memory/system.slice ] && [ -d /sys/fs/cgroup/systemd/system.slice ]
	else
		[ -d /sys/fs/cgroup/system.slice ]
	fi
}
