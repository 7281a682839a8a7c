# SPDX-License-Identifier: Apache-2.0
# The processes of a container, and what they left: for tests that kill them or read their files.

container_pid() { lighter inspect "$1" | jq -r '.[0].State.Pid'; }
container_id() { lighter inspect "$1" | jq -r '.[0].Id'; }
keeper_pid() { awk '{ print $4 }' "/proc/$(container_pid "$1")/stat"; }

# The keeper's child of that name.
monitor_pid() {
	local pid keeper
	keeper=$(keeper_pid "$1")
	for pid in $(cat "/proc/$keeper/task/$keeper/children"); do
		[ "$(cat "/proc/$pid/comm")" = lighter-monitor ] && echo "$pid" && return
	done
	return 1
}

# The log as a file; rotated ones have .1, .2 behind.
log_path() { lighter inspect "$1" | jq -r '.[0].LogPath'; }

# A program that prints N lines, half of them before /sync/go exists, and ends with 7.
lines_program() {
	cat <<END
i=0
while [ \$i -lt $(($1 / 2)) ]; do echo "line \$i"; i=\$((i + 1)); done
: >/sync/half
while [ ! -e /sync/go ]; do usleep 1000; done
while [ \$i -lt $1 ]; do echo "line \$i"; i=\$((i + 1)); done
exit 7
END
}

# Are these all lines of it, in order?
expect_lines() {
	lighter logs "$1" | cmp - <(seq 0 $(($2 - 1)) | sed 's/^/line /')
}
