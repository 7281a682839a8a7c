#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: apparmor
# AppArmor by lighter-runtime: the program runs under the profile of config.json, and what that denies is denied.

load ../lib/lighter
load ../lib/assert
load ../lib/criu

setup_file() {
	bundle_new "$BATS_FILE_TMPDIR/bundle"
	config_edit "$BATS_FILE_TMPDIR/bundle" ".root.path = \"$BATS_FILE_TMPDIR/bundle/rootfs\"" # all tests have one
	cat >"$BATS_FILE_TMPDIR/profile" <<-'END'
		profile lighter-test flags=(attach_disconnected,mediate_deleted) {
		  file,
		  capability,
		  signal,
		  ptrace,
		  mount,
		  umount,
		  network,
		  deny /secret r,
		  deny /proc/sys/** w,
		}
		profile lighter-other flags=(attach_disconnected,mediate_deleted) {
		  file,
		  signal,
		}
	END
	apparmor_parser -a -K -q "$BATS_FILE_TMPDIR/profile"
	echo secret >"$BATS_FILE_TMPDIR/bundle/rootfs/secret"
}

teardown_file() { apparmor_parser -R -q "$BATS_FILE_TMPDIR/profile"; }

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir "$B"
	cp "$BATS_FILE_TMPDIR/bundle/config.json" "$B/"
	R="lighter-runtime --root $BATS_TEST_TMPDIR/state"
	config_edit "$B" '.process.apparmorProfile = "lighter-test"'
}

teardown() { $R delete -f c 2>/dev/null || true; }

says() { # SCRIPT
	config_edit "$B" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")]"
	$R run -b "$B" c </dev/null
}

@test "the program runs under its profile, in enforce mode" {
	assert_eq "$(says 'cat /proc/self/attr/current')" 'lighter-test (enforce)'
	config_edit "$B" '.process.noNewPrivileges = false'
	assert_eq "$(says 'cat /proc/self/attr/current')" 'lighter-test (enforce)'
}

@test "what the profile denies is denied, and the rest is not" {
	assert_eq "$(says 'cat /secret 2>&1; cat /etc/passwd | head -n 1')" \
		$'cat: can\'t open \'/secret\': Permission denied\nroot:x:0:0:root:/root:/bin/sh'
	config_edit "$B" 'del(.process.apparmorProfile)'
	assert_eq "$(says 'cat /secret; cat /proc/self/attr/current')" $'secret\nunconfined'
}

@test "in a user namespace, too" {
	config_edit "$B" '.linux.namespaces += [{"type":"user"}] |
		.linux.uidMappings = [{"containerID":0,"hostID":0,"size":65536}] |
		.linux.gidMappings = [{"containerID":0,"hostID":0,"size":65536}]'
	assert_eq "$(says 'cat /proc/self/attr/current; cat /secret 2>/dev/null')" 'lighter-test (enforce)'
}

@test "exec runs under the container's profile, and under the one that it is given" {
	config_edit "$B" '.process.args = ["sleep", "1000"]'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$($R exec c cat /proc/self/attr/current)" 'lighter-test (enforce)'
	jq '.process | .args = ["cat", "/proc/self/attr/current"] | .apparmorProfile = "lighter-other"' "$B/config.json" \
		>"$BATS_TEST_TMPDIR/process.json"
	assert_eq "$($R exec -p "$BATS_TEST_TMPDIR/process.json" c)" 'lighter-other (enforce)'
}

@test "a restored container is under its profile again, and can be given another one" {
	criu_setup
	config_edit "$B" '.process.args = ["sleep", "1000"]'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	checkpoint
	restore
	assert_eq "$(cat "/proc/$($R state c | jq .pid)/attr/current")" 'lighter-test (enforce)'
	run $R exec c cat /secret
	[[ "$output" == *"Permission denied"* ]]
	$R delete -f c
	restore --lsm-profile apparmor:lighter-other
	assert_eq "$(cat "/proc/$($R state c | jq .pid)/attr/current")" 'lighter-other (enforce)'
}

@test "a profile that is not loaded is an error that names it, and nothing is left" {
	config_edit "$B" '.process.apparmorProfile = "lighter-missing"'
	fails_with 1 "process.apparmorProfile.*'lighter-missing'" $R run -b "$B" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}
