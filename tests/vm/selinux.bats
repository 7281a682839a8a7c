#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: selinux
# SELinux by lighter-runtime, under the policy tests/vm/selinux.cil: the labels of the process and of its mounts, and what
# they keep it from.

load ../lib/lighter
load ../lib/assert
load ../lib/criu

label() { python3 -c 'import os, sys; os.setxattr(sys.argv[2], "security.selinux", sys.argv[1].encode())' "$@"; }

label_of() { python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "security.selinux").decode().rstrip(chr(0)))' "$1"; }

setup_file() {
	bundle_new "$BATS_FILE_TMPDIR/bundle"
	config_edit "$BATS_FILE_TMPDIR/bundle" ".root.path = \"$BATS_FILE_TMPDIR/bundle/rootfs\"" # all tests have one
	echo secret >"$BATS_FILE_TMPDIR/bundle/rootfs/secret"
	echo other >"$BATS_FILE_TMPDIR/bundle/rootfs/other"
	label system_u:object_r:secret_t:s0 "$BATS_FILE_TMPDIR/bundle/rootfs/secret"
	label system_u:object_r:container_file_t:s0:c3 "$BATS_FILE_TMPDIR/bundle/rootfs/other"
}

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir "$B"
	cp "$BATS_FILE_TMPDIR/bundle/config.json" "$B/"
	R="lighter-runtime --root $BATS_TEST_TMPDIR/state"
	config_edit "$B" '.process.selinuxLabel = "system_u:system_r:container_t:s0:c1,c2"'
}

teardown() { $R delete -f c 2>/dev/null || true; }

says() { # SCRIPT
	config_edit "$B" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")]"
	$R run -b "$B" c </dev/null
}

@test "the guest enforces" {
	[ "$(cat /sys/fs/selinux/enforce)" = 1 ]
	[ "$(tr -d '\0' </proc/self/attr/current)" = system_u:system_r:kernel_t:s0 ]
}

@test "the program has its label, with and without no_new_privs" {
	assert_eq "$(says 'cat /proc/self/attr/current | tr -d "\0"')" system_u:system_r:container_t:s0:c1,c2
	config_edit "$B" '.process.noNewPrivileges = false'
	assert_eq "$(says 'cat /proc/self/attr/current | tr -d "\0"')" system_u:system_r:container_t:s0:c1,c2
}

@test "what its type or its categories may not read it cannot read" {
	assert_eq "$(says 'cat /secret /other /etc/hostname /etc/passwd 2>&1 | head -n 3')" \
		$'cat: can\'t open \'/secret\': Permission denied\ncat: can\'t open \'/other\': Permission denied\ncat: can\'t open \'/etc/hostname\': No such file or directory'
	config_edit "$B" '.process.selinuxLabel = "system_u:system_r:container_t:s0:c3"'
	assert_eq "$(says 'cat /other')" other
}

@test "exec has the container's label, and the one that it is given" {
	config_edit "$B" '.process.args = ["sleep", "1000"]'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	assert_eq "$($R exec c cat /proc/self/attr/current | tr -d '\0')" system_u:system_r:container_t:s0:c1,c2
	jq '.process | .args = ["cat", "/proc/self/attr/current"] | .selinuxLabel = "system_u:system_r:container_t:s0:c3"' \
		"$B/config.json" >"$BATS_TEST_TMPDIR/process.json"
	assert_eq "$($R exec -p "$BATS_TEST_TMPDIR/process.json" c | tr -d '\0')" system_u:system_r:container_t:s0:c3
}

@test "linux.mountLabel is the label of every file of the container's file systems" {
	local pid file
	config_edit "$B" '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2" |
		.process.args = ["sh", "-c", "echo new >/dev/shm/new && sleep 1000"]'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	pid=$($R state c | jq .pid)
	wait_until test -s "/proc/$pid/root/dev/shm/new"
	grep -E ' /dev(/shm)? ' "/proc/$pid/mounts"
	[ "$(grep -E ' /dev(/shm)? ' "/proc/$pid/mounts" | grep -c 'context="*system_u:object_r:container_file_t:s0:c1,c2')" = 2 ]
	for file in dev/shm/new dev/null; do
		assert_eq "$(label_of "/proc/$pid/root/$file")" system_u:object_r:container_file_t:s0:c1,c2
	done
}

# Debian's criu is built without SELinux: it saves no label, and gives none.
@test "a container is not put back without its label" {
	criu_setup
	config_edit "$B" '.process.args = ["sleep", "1000"]'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	checkpoint
	fails_with 1 'criu: .*selinux' $C restore -d -b "$B" --image-path "$I" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
	config_edit "$B" 'del(.process.selinuxLabel)'
	restore
	assert_eq "$(tr -d '\0' <"/proc/$($R state c | jq .pid)/attr/current")" system_u:system_r:kernel_t:s0
}

@test "a label that the policy does not know is an error that names it, and nothing is left" {
	config_edit "$B" '.process.selinuxLabel = "system_u:system_r:nobody_t:s0"'
	fails_with 1 "process.selinuxLabel.*'system_u:system_r:nobody_t:s0'" $R run -b "$B" c
	[ ! -e "$BATS_TEST_TMPDIR/state/c" ]
}
