#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: selinux
# SELinux by lighter-runtime: the program runs under the label of config.json, and so are the keys that it is given.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime

LABEL=system_u:system_r:container_t:s0:c1,c2

setup() {
	runtime_setup
	config_edit "$B" ".process.selinuxLabel = \"$LABEL\""
}

teardown() { runtime_teardown; }

current='tr -d "\0" </proc/self/attr/current; echo'

@test "the program runs under its label, with and without no_new_privs, and in a user namespace" {
	assert_eq "$(says "$current")" "$LABEL"
	config_edit "$B" '.process.noNewPrivileges = false'
	assert_eq "$(says "$current")" "$LABEL"
	bundle_in_userns
	assert_eq "$(says "$current")" "$LABEL"
	config_edit "$B" 'del(.process.selinuxLabel)'
	assert_eq "$(says "$current")" "$(tr -d '\0' </proc/self/attr/current)"
}

@test "the session keyring has the label too" {
	cat >"$BATS_TEST_TMPDIR/key.c" <<-'END'
		#include <stdio.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		int main(void) { char label[200] = ""; syscall(SYS_keyctl, 17, -3, label, sizeof(label)); puts(label); return 0; }
	END
	gcc -static -o "$B/rootfs/bin/key" "$BATS_TEST_TMPDIR/key.c"
	config_edit "$B" '.process.args = ["key"]'
	assert_eq "$($R run -b "$B" c)" "$LABEL"
}

@test "exec runs under the container's label, and under the one that it is given" {
	sleeps
	assert_eq "$($R exec c sh -c "$current")" "$LABEL"
	assert_eq "$($R exec --process-label system_u:system_r:container_t:s0:c3 c sh -c "$current")" \
		system_u:system_r:container_t:s0:c3
	jq '.process | .selinuxLabel = "system_u:system_r:container_t:s0" | .args = ["sh", "-c", $script]' --arg script "$current" \
		"$B/config.json" >"$BATS_TEST_TMPDIR/p.json"
	assert_eq "$($R exec -p "$BATS_TEST_TMPDIR/p.json" c)" system_u:system_r:container_t:s0
}

@test "a label that the policy does not know is an error that names it, and nothing is left" {
	config_edit "$B" '.process.selinuxLabel = "system_u:system_r:nobody_t:s0"'
	fails_with 1 "process.selinuxLabel: apply 'system_u:system_r:nobody_t:s0': Invalid argument" $R create -b "$B" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	sed -i 's/nobody_t/container_t/' "$B/config.json"
	sleeps
	fails_with 255 "process.selinuxLabel: apply 'nonsense': Invalid argument" $R exec --process-label nonsense c true
}
