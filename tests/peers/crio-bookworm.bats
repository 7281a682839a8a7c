# SPDX-License-Identifier: Apache-2.0
# CRI-O's sequence of calls to a runtime, through Debian's conmon: create with a console socket and a pid file, state, start,
# exec --process, update -r -, pause, resume, kill, delete. CRI-O itself is in no suite.

load ../lib/lighter
load ../lib/assert
load ../lib/engine
bats_require_minimum_version 1.5.0

setup_file() { engine_start sleep 1000; }

teardown_file() { engine_stop; }

STATE=$E/runtime

rt() { "$RUNTIME" --root "$STATE" "$@"; }

# conmon as CRI-O starts it; the pid comes back on the pipe that CRI-O reads.
conmon() { # ARGUMENT...
	mkdir -p "$E/exits" "$E/persist" "$E/sockets"
	# shellcheck disable=SC2016 # for the inner shell
	engine env _OCI_SYNCPIPE=3 bash -c 'cd "$0" && exec conmon "$@" 3>"$0/sync"' "$B" \
		-b "$B" -c "$ID" -n "k8s_$ID" -u "$ID" -r "$RUNTIME" --runtime-arg "--root=$STATE" -P "$B/conmon.pid" -p "$B/pid" \
		--exit-dir "$E/exits" --persist-dir "$E/persist" --socket-dir-path "$E/sockets" -l "$B/log" --log-level error "$@" 3>&-
	wait_until test -s "$B/sync"
}

setup() {
	ID=c$BATS_TEST_NUMBER
	B=$E/$ID
	mkdir -p "$B"
	bundle_new "$B"
}

gone() { [ ! -e "/proc/$(cat "$B/conmon.pid")" ]; }

# The first line of /proc/PID/cgroup names the group; these are the names of CRI-O's cgroupfs manager.
script='trap "exit 9" TERM; echo begins; [ ! -t 0 ] || tty; while :; do sleep 0.1; done'

sequence() { # TERMINAL
	config_edit "$B" ".process.terminal = $1 | .process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$script")] |
		.linux.cgroupsPath = \"/kubepods/pod1/crio-$ID\" | .annotations = { \"io.kubernetes.cri-o.Name\": \"a\" } |
		.linux.resources.memory = { limit: 67108864 }"
	conmon "${@:2}"
	pid=$(jq .pid "$B/sync")
	assert_eq "$(cat "$B/pid")" "$pid"
	assert_eq "$(state_of "$STATE" "$ID" status)" created
	assert_eq "$(state_of "$STATE" "$ID" pid)" "$pid"
	assert_eq "$(state_of "$STATE" "$ID" 'annotations["io.kubernetes.cri-o.Name"]')" a
	rt start "$ID"
	assert_eq "$(state_of "$STATE" "$ID" status)" running
	wait_until grep -q begins "$B/log"
	assert_eq "$(sed -n 's/^[0-9]*:memory://p' "/proc/$pid/cgroup" | grep -o '/kubepods.*')" "/kubepods/pod1/crio-$ID"
	assert_eq "$(limit "$pid" memory memory.limit_in_bytes)" 67108864
	jq '.process | .args = ["sh", "-c", "echo exec $PPID; exit 4"] | .terminal = false' "$B/config.json" >"$B/process.json"
	assert_eq "$(says rt exec --process "$B/process.json" "$ID")" '4 exec 0'
	rt exec --detach --pid-file "$B/exec.pid" --process <(jq '.args = ["sleep", "1000"]' "$B/process.json") "$ID" </dev/null >"$B/out" 2>&1
	grep -qz sleep "/proc/$(cat "$B/exec.pid")/cmdline"
	echo '{"memory":{"limit":134217728},"cpu":{"shares":512,"quota":20000,"period":100000},"pids":{"limit":33}}' | rt update -r - "$ID"
	assert_eq "$(limit "$pid" memory memory.limit_in_bytes)" 134217728
	assert_eq "$(limit "$pid" cpu cpu.cfs_quota_us)" 20000
	assert_eq "$(limit "$pid" pids pids.max)" 33
	rt pause "$ID"
	assert_eq "$(state_of "$STATE" "$ID" status)" paused
	rt resume "$ID"
	rt kill "$ID" 15
	wait_until gone
	assert_eq "$(cat "$E/exits/$ID")" 9
	assert_eq "$(state_of "$STATE" "$ID" status)" stopped
	rt delete "$ID"
	[ ! -e "$STATE/$ID" ]
	rt delete --force "$ID"
	find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} +
}

@test "the sequence without a terminal" {
	sequence false
}

@test "the sequence with a terminal" {
	sequence true -t
	grep -q /dev/pts/0 "$B/log"
}

@test "a creation that fails is told through conmon in the runtime's words, and nothing is left" {
	config_edit "$B" '.process.args = ["/no/such"]'
	conmon || true
	assert_eq "$(jq .pid "$B/sync")" -1
	jq -r .message "$B/sync" | grep -q 'exec: "/no/such": no such file or directory'
	[ ! -e "$STATE/$ID" ]
}
