# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime as an ordinary user: with one id and with newuidmap's, with and without cgroups, and as root of a user
# namespace that somebody else made.

load ../lib/lighter
load ../lib/assert
load ../lib/rootless
bats_require_minimum_version 1.5.0

setup_file() {
	rootless_ids
}

teardown_file() {
	rootless_no_ids
}

setup() {
	HOME=$BATS_TEST_TMPDIR/home
	B=$HOME/bundle
	mkdir -p "$B"
	rootfs_busybox "$B/rootfs"
	rootless_home "$HOME"
	as_user lighter-runtime spec --rootless -b "$B"
	edit '.process.terminal = false | .root.readonly = false'
}

teardown() {
	local id
	for id in $(as_user lighter-runtime list -q); do
		as_user lighter-runtime delete -f "$id" || true
	done
}

edit() { # of the user's config.json
	jq "$1" "$B/config.json" >"$B/new" && cat "$B/new" >"$B/config.json"
}

program() { # the bundle's program becomes a shell script
	edit ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")]"
}

runtime() {
	as_user lighter-runtime "$@"
}

is_stopped() {
	[ "$(runtime state "$1" | jq -r .status)" = stopped ]
}

many_ids() {
	edit '.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}, {containerID: 1, hostID: 100000, size: 65535}] |
		.linux.gidMappings = .linux.uidMappings'
}

# delegate NAME: a group of the user's in every hierarchy, and below it one, for as_delegate to run in.
delegate() {
	local hierarchy group
	for hierarchy in $(cgroup_roots); do
		group=$hierarchy/$1
		mkdir -p "$group"
		[ ! -e "$group/cpuset.cpus" ] || [ -e "$group/cgroup.controllers" ] || {
			cat "$hierarchy/cpuset.cpus" >"$group/cpuset.cpus"
			cat "$hierarchy/cpuset.mems" >"$group/cpuset.mems"
		}
		[ "$hierarchy" != /sys/fs/cgroup ] || for controller in $(cat "$hierarchy/cgroup.controllers"); do
			echo "+$controller" >"$hierarchy/cgroup.subtree_control"
		done
		mkdir -p "$group/self"
		[ ! -e "$group/self/cpuset.cpus" ] || [ -e "$group/cgroup.controllers" ] || {
			cat "$group/cpuset.cpus" >"$group/self/cpuset.cpus"
			cat "$group/cpuset.mems" >"$group/self/cpuset.mems"
		}
		chown -R daemon:daemon "$group"
	done
}

cgroup_roots() {
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		echo /sys/fs/cgroup
	else
		local hierarchy
		for hierarchy in /sys/fs/cgroup/*/; do
			[ ! -e "$hierarchy/cgroup.procs" ] || echo "${hierarchy%/}"
		done
	fi
}

as_delegate() { # NAME COMMAND...
	local name=$1
	shift
	(
		for hierarchy in $(cgroup_roots); do
			echo "$BASHPID" >"$hierarchy/$name/self/cgroup.procs"
		done
		as_user "$@"
	)
}

undelegate() {
	local hierarchy
	for hierarchy in $(cgroup_roots); do
		find "$hierarchy/$1" -depth -type d -exec rmdir {} \;
	done
}

@test "one id: root inside, the user outside, groups denied" {
	program 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups | xargs; touch /root/made'
	assert_eq "$(runtime run -b "$B" c)" $'0\n0\n0 1 1 0 1 1 deny'
	assert_eq "$(stat -c '%U %G' "$B/rootfs/root/made")" 'daemon daemon'
	[ -z "$(ls "$HOME/run/lighter-runtime")" ]
}

@test "the document of spec --rootless runs as it is" {
	as_user rm "$B/config.json"
	runtime spec --rootless -b "$B"
	edit '.process.terminal = false | .process.args = ["sh", "-c", "touch /x 2>&1; echo >/proc/sys/kernel/domainname; cat /proc/keys; hostname"]'
	run runtime run -b "$B" c
	assert_eq "$output" $'touch: /x: Read-only file system\nsh: can\'t create /proc/sys/kernel/domainname: Read-only file system\nrunc'
}

@test "the state lies in XDG_RUNTIME_DIR, for its owner alone" {
	program 'sleep 1000'
	runtime run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$(stat -c '%a %U' "$HOME/run/lighter-runtime")" '1700 daemon'
	assert_eq "$(runtime list --format json | jq -r '.[] | .id + " " + .status + " " + .owner')" 'c running daemon'
}

@test "create, start, exec, kill, delete" {
	program 'sleep 1000'
	runtime create -b "$B" --pid-file "$HOME/pid" c </dev/null >/dev/null 2>&1
	assert_eq "$(runtime state c | jq -r .status)" created
	runtime start c
	assert_eq "$(runtime exec c sh -c 'echo $(id -u) $(cat /proc/1/comm) $PWD')" '0 sh /'
	run -3 runtime exec c sh -c 'exit 3'
	fails_with 255 'executable file not found' as_user lighter-runtime exec c nothing
	runtime kill c KILL
	wait_until is_stopped c
	runtime delete c
	[ ! -e "$HOME/run/lighter-runtime/c" ]
}

@test "newuidmap: a range of ids, with groups, and other users' files" {
	many_ids
	edit '.process.user = {uid: 5, gid: 6, additionalGids: [7, 8]}'
	chmod 777 "$B/rootfs/tmp"
	program 'id -u; id -G; cat /proc/self/setgroups; touch /tmp/made'
	assert_eq "$(runtime run -b "$B" c)" $'5\n6 7 8\nallow'
	assert_eq "$(stat -c '%u %g' "$B/rootfs/tmp/made")" '100004 100005'
	edit '.process.user = {uid: 0, gid: 0}'
	program 'sleep 1000'
	runtime run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$(runtime exec -u 5:6 -g 9 c sh -c 'echo $(id -u) $(id -G)')" '5 6 9'
	runtime kill c KILL # what root of the namespace may signal, its owner may
}

@test "ids that are not the user's are refused by newuidmap, and nothing is left" {
	edit '.linux.uidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
	fails_with 1 "linux.uidMappings: '/usr/bin/newuidmap' ended with 1: newuidmap: .*200000" as_user lighter-runtime run -b "$B" c
	[ -z "$(ls "$HOME/run/lighter-runtime")" ]
}

@test "groups cannot be given with one id" {
	edit '.process.user.additionalGids = [0]'
	program 'true'
	fails_with 1 'supplementary groups' as_user lighter-runtime run -b "$B" c
}

@test "without a user namespace, or with a mount option outside of it, there is one sentence" {
	edit '.mounts[2].options += ["gid=5"]'
	fails_with 1 "mounts\[2\].options: 'gid=5' is not mapped in the user namespace" as_user lighter-runtime run -b "$B" c
	edit '.linux.namespaces -= [{type: "user"}] | del(.linux.uidMappings, .linux.gidMappings)'
	fails_with 1 'linux.namespaces: a rootless container requires a user namespace' as_user lighter-runtime run -b "$B" c
}

@test "devices are the host's own, and the user's directories can be bound" {
	mkdir -m 755 "$HOME/data"
	echo text >"$HOME/data/file"
	chown -R daemon "$HOME/data"
	edit ".mounts += [{destination: \"/data\", type: \"bind\", source: \"$HOME/data\", options: [\"rbind\", \"ro\"]}]"
	program 'echo x >/dev/null; head -c 4 /dev/zero | wc -c; cat /data/file; touch /data/new 2>&1; echo y >/dev/full'
	run runtime run -b "$B" c
	assert_eq "${lines[*]}" '4 text touch: /data/new: Read-only file system sh: write error: No space left on device'
}

@test "a terminal by a console socket" {
	edit '.process.terminal = true | .process.consoleSize = {height: 11, width: 22}'
	program 'stty size; test -c /dev/console && echo console'
	edit '.process.terminal = true'
	as_user python3 - "$HOME/console" <"$BATS_TEST_DIRNAME/../lib/receive_fd.py" >"$BATS_TEST_TMPDIR/out" 3>&- &
	wait_until test -S "$HOME/console"
	runtime run -d --console-socket "$HOME/console" -b "$B" c </dev/null
	wait $!
	assert_eq "$(tr -d '\r' <"$BATS_TEST_TMPDIR/out")" $'11 22\nconsole'
}

@test "hooks of a user: outside as he is, inside as root" {
	edit ".hooks = {createRuntime: [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"id -u >$HOME/outside\"]}],
		createContainer: [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"id -u >$HOME/inside; mount -t tmpfs hook $B/rootfs/tmp\"]}]}"
	program 'grep -c " /tmp " /proc/self/mountinfo'
	assert_eq "$(runtime run -b "$B" c)" 1
	assert_eq "$(cat "$HOME/outside" "$HOME/inside")" $'1\n0'
}

@test "no cgroup may be made: none is, unless something needs it" {
	program 'sleep 1000'
	runtime run -d -b "$B" c </dev/null >/dev/null 2>&1
	fails_with 1 "container 'c' has no cgroup of its own" as_user lighter-runtime pause c
	runtime kill -a c KILL
	wait_until bash -c "[ \"\$(jq -r .cgroup '$HOME/run/lighter-runtime/c/state.json')\" = null ]"
	runtime delete -f c
	edit '.linux.resources = {pids: {limit: 10}}'
	fails_with 1 'cgroup: .*Permission denied: linux.resources: limits need a cgroup' as_user lighter-runtime run -b "$B" c
	edit '.linux.resources = {devices: [{allow: false, access: "rwm"}]} | .process.args = ["true"]'
	runtime run -b "$B" c
	fails_with 1 'cgroup: make cgroup .*Permission denied' as_user lighter-runtime --rootless=false run -b "$B" c
	edit '.linux.cgroupsPath = "/not/mine"'
	fails_with 1 'cgroup: make cgroup .*Permission denied' as_user lighter-runtime --rootless true run -b "$B" c
	fails_with 1 "--rootless 'perhaps' is not true, false or auto" as_user lighter-runtime --rootless perhaps run -b "$B" c
	[ -z "$(ls "$HOME/run/lighter-runtime")" ]
}

@test "a delegated cgroup: limits count, pause and update work" {
	delegate given
	edit '.linux.cgroupsPath = "/given/c" | .linux.resources = {pids: {limit: 10}, devices: [{allow: false, access: "rwm"}]} |
		.linux.namespaces -= [{type: "cgroup"}]' # on v2 a spec has one: it would hide the path
	program 'sleep 1000'
	as_delegate given lighter-runtime run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$(cat /sys/fs/cgroup/{pids/,}given/c/pids.max 2>/dev/null)" 10
	as_delegate given lighter-runtime update --pids-limit 7 c
	assert_eq "$(cat /sys/fs/cgroup/{pids/,}given/c/pids.max 2>/dev/null)" 7
	as_delegate given lighter-runtime pause c
	assert_eq "$(runtime state c | jq -r .status)" paused
	as_delegate given lighter-runtime resume c
	assert_eq "$(as_delegate given lighter-runtime exec c sh -c 'grep -c /given/c /proc/self/cgroup')" "$(cgroup_roots | wc -l)"
	as_delegate given lighter-runtime delete -f c
	[ -z "$(find /sys/fs/cgroup -type d -path '*/given/c')" ]
	undelegate given
}

@test "without a path of its own the container becomes the neighbour of the user's group" {
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "cgroup v1: no one path is delegated"
	delegate given
	edit '.linux.resources = {pids: {limit: 10}}'
	program 'sleep 1000'
	as_delegate given lighter-runtime run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$(cat /sys/fs/cgroup/given/lighter-runtime/c/pids.max)" 10
	as_delegate given lighter-runtime delete -f c
	undelegate given
}

@test "--cgroup-manager disabled leaves the container in the caller's group" {
	edit '.linux.namespaces -= [{type: "cgroup"}]' # on v2 a spec has one: it would hide the path
	program 'cat /proc/self/cgroup'
	assert_eq "$(lighter-runtime --root "$HOME/state" --cgroup-manager disabled run -b "$B" c)" "$(cat /proc/self/cgroup)"
	edit '.linux.resources = {pids: {limit: 10}}'
	fails_with 1 'linux.resources: limits need a cgroup' \
		lighter-runtime --root "$HOME/state" --cgroup-manager disabled run -b "$B" c
	fails_with 1 "--cgroup-manager 'other' is not" lighter-runtime --root "$HOME/state" --cgroup-manager other run -b "$B" c
}

@test "as root of a user namespace that somebody else has made" {
	edit '.linux.namespaces -= [{type: "user"}] | del(.linux.uidMappings, .linux.gidMappings)'
	program 'id -u; cat /proc/self/uid_map | xargs; echo x >/dev/null; touch /root/made'
	assert_eq "$(as_user unshare --user --map-root-user lighter-runtime run -b "$B" c)" $'0\n0 1 1'
	assert_eq "$(stat -c %U "$B/rootfs/root/made")" daemon
	program 'sleep 1000'
	as_user unshare --user --map-root-user sh -c "lighter-runtime run -d -b '$B' c </dev/null >/dev/null 2>&1 &&
		lighter-runtime exec c id -u && lighter-runtime delete -f c" >"$BATS_TEST_TMPDIR/out"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/out")" 0
}
