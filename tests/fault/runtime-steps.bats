#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each step of the runtime's tables, of the parent and of the first process, is made to fail once. What the steps before
# it made must be undone: cgroups, mounts, processes, state, pid file.

load ../lib/lighter
load ../lib/attack
load ../lib/weaken

setup_file() {
	weakened fail-steps lighter-runtime >"$BATS_FILE_TMPDIR/weak"
}

weak() {
	"$(cat "$BATS_FILE_TMPDIR/weak")/lighter-runtime" --root "$BATS_TEST_TMPDIR/state" "$@"
}

left() {
	find "$BATS_TEST_TMPDIR/state" -mindepth 1
	find /sys/fs/cgroup -type d -path '*step-test*'
	cut -d' ' -f5 /proc/self/mountinfo
	local process
	for process in /proc/[0-9]*; do
		! grep -qs lighter-runtime "$process/cmdline" || echo "$process"
	done
	[ ! -e "$BATS_TEST_TMPDIR/pid" ] || echo pid
}

# each_step LEAST COMMAND...: makes each step that is named on standard input fail once, at least LEAST of them
each_step() {
	local least=$1 before step count=0
	shift
	before=$(left)
	while read -r step; do
		LIGHTER_FAIL_STEP=$step run weak "$@" </dev/null
		echo "$step: $output"
		[ "$status" -eq 1 ]
		[[ "$output" == *"${step#*/}: made to fail" ]]
		run left
		diff <(echo "$before") <(echo "$output")
		count=$((count + 1))
	done
	[ "$count" -ge "$least" ]
	find /sys/fs/cgroup -depth -type d -path '*step-test*' -exec rmdir {} \;
}

each_step_of_creation() { # BUNDLE
	bundle_script "$1" true
	config_edit "$1" '.linux.cgroupsPath = "/step-test/victim" | .linux.namespaces += [{"type":"cgroup"}] |
		.linux.sysctl = {"kernel.msgmax":"4242"}'
	mkdir -p "$BATS_TEST_TMPDIR/state"
	# What one creation leaves on purpose, the parent of its group, is there before.
	weak run -b "$1" victim </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1
	weak steps | grep -v ^restore/ >"$BATS_TEST_TMPDIR/steps"
	each_step 25 create --pid-file "$BATS_TEST_TMPDIR/pid" -b "$1" victim <"$BATS_TEST_TMPDIR/steps"
}

@test "a creation that fails in any step leaves nothing" {
	bundle_attack "$BATS_TEST_TMPDIR/plain"
	each_step_of_creation "$BATS_TEST_TMPDIR/plain"
}

@test "a creation in a user namespace that fails in any step leaves nothing" {
	bundle_attack "$BATS_TEST_TMPDIR/user" user
	each_step_of_creation "$BATS_TEST_TMPDIR/user"
}

@test "a restore that fails in any step leaves nothing" {
	local bundle=$BATS_TEST_TMPDIR/plain images=$BATS_TEST_TMPDIR/images criu
	criu=$("$BATS_TEST_DIRNAME/../setup/criu")
	bundle_attack "$bundle"
	bundle_script "$bundle" 'sleep 1000'
	config_edit "$bundle" '.linux.cgroupsPath = "/step-test/victim"'
	weak run -d -b "$bundle" victim </dev/null >/dev/null 2>&1
	weak --criu "$criu" checkpoint --image-path "$images" victim
	weak steps | grep ^restore/ >"$BATS_TEST_TMPDIR/steps"
	each_step 10 --criu "$criu" restore -d --image-path "$images" --pid-file "$BATS_TEST_TMPDIR/pid" -b "$bundle" victim \
		<"$BATS_TEST_TMPDIR/steps"
}
