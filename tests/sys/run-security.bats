#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: yes
# What run gives and takes: capabilities, user namespace, file system, network; read from the kernel inside.

load ../lib/lighter
load ../lib/busybox

setup_file() { busybox_image; }

caps() { # of a container run with these options, as a number
	echo $((16#$(lighter run --rm "$@" busybox sed -n 's/^CapEff:\t//p' /proc/self/status 2>/dev/null)))
}

host_caps() { echo $((16#$(sed -n 's/^CapBnd:\t//p' /proc/self/status))); }

NET_ADMIN=12 CHOWN=0 SYS_ADMIN=21

@test "without options a container has Docker's fourteen capabilities" {
	[ "$(caps)" = $((16#a80425fb)) ]
}

@test "--cap-add adds, with and without the prefix" {
	[ $(($(caps --cap-add NET_ADMIN) >> NET_ADMIN & 1)) = 1 ]
	[ $(($(caps --cap-add CAP_NET_ADMIN) >> NET_ADMIN & 1)) = 1 ]
	[ $(($(caps) >> NET_ADMIN & 1)) = 0 ]
	run lighter run --rm --cap-add FROB busybox true
	[ "$status" -eq 125 ]
	[[ "$output" == *FROB* ]]
}

@test "--cap-drop drops one or all" {
	[ $(($(caps --cap-drop CHOWN) >> CHOWN & 1)) = 0 ]
	[ "$(caps --cap-drop ALL)" = 0 ]
	[ "$(caps --cap-drop ALL --cap-add CHOWN)" = 1 ]
}

@test "--privileged gives what the host has, in the host's user namespace" {
	[ $(($(caps --privileged) >> SYS_ADMIN & 1)) = 1 ]
	[ "$(lighter run --rm --privileged busybox readlink /proc/self/ns/user 2>/dev/null)" = "$(readlink /proc/self/ns/user)" ]
	run lighter run --rm busybox sh -c 'cat /proc/kcore 2>/dev/null | head -c 1 | wc -c'
	[[ "$output" == *0 ]]
}

@test "by default root in the container is not root of the host" {
	run lighter run --rm busybox cat /proc/self/uid_map
	[ "$status" -eq 0 ]
	read -r inside outside count <<<"${lines[-1]}"
	[ "$inside" -eq 0 ]
	[ "$outside" -ne 0 ]
	[ "$count" -ge 65536 ]
}

@test "--userns private and host are what the kernel says" {
	host=$(readlink /proc/self/ns/user)
	[ "$(lighter run --rm --userns private busybox readlink /proc/self/ns/user)" != "$host" ]
	[ "$(lighter run --rm --userns host busybox readlink /proc/self/ns/user 2>/dev/null)" = "$host" ]
	run lighter run --rm --userns frob busybox true
	[ "$status" -eq 125 ]
}

@test "an instance is for its owner alone" {
	lighter run --rm busybox true
	run find "$LIGHTER_ROOT" "$LIGHTER_RUN_ROOT" -maxdepth 1 -type d -perm /077
	[ "$output" = "" ]
}

@test "files of the container's root belong to root on disk, whatever the range" {
	lighter run --name first busybox sh -c 'echo mine >/here; cat /proc/self/uid_map' >"$BATS_TEST_TMPDIR/map"
	id=$(lighter inspect first | jq -r '.[0].Id')
	[ "$(stat -c %u:%g "$LIGHTER_ROOT/containers/$id/rw/u/here")" = 0:0 ]
	lighter rm first
	! grep -qE '^ +0 +0 ' "$BATS_TEST_TMPDIR/map"
}

@test "a volume that cannot be idmapped means the user namespace of the host, said once" {
	run lighter run --rm -v /proc/sys:/p:ro busybox readlink /proc/self/ns/user
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ "$output" == *"no user namespace of its own: "*"/proc/sys"*"idmapped"* ]]
	[[ "$output" == *"$(readlink /proc/self/ns/user)"* ]]
	run lighter run --rm --userns private -v /proc/sys:/p:ro busybox true
	[ "$status" -eq 125 ]
	[[ "$output" == *"/proc/sys"*"idmapped"* ]]
}

@test "--read-only makes the root file system read-only, and not what is mounted on it" {
	run lighter run --rm --read-only busybox touch /here
	[ "$status" -eq 1 ]
	[[ "$output" == *"Read-only file system"* ]]
	lighter run --rm --read-only busybox touch /dev/shm/here
	lighter run --rm busybox touch /here
}

@test "--network none has a loopback device alone" {
	[ "$(lighter run --rm --network none busybox ls /sys/class/net | xargs)" = lo ]
	[ "$(lighter run --rm --net none busybox readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]
}

@test "--network host is the host's" {
	[ "$(lighter run --rm --network host busybox readlink /proc/self/ns/net 2>/dev/null)" = "$(readlink /proc/self/ns/net)" ]
	[ "$(lighter run --rm --net host busybox readlink /proc/self/ns/net 2>/dev/null)" = "$(readlink /proc/self/ns/net)" ]
	[ "$(lighter run --rm --net host busybox hostname 2>/dev/null)" = "$(hostname)" ]
}

@test "-v shows a directory of the host, and :ro protects it" {
	mkdir "$BATS_TEST_TMPDIR/shared"
	echo seen >"$BATS_TEST_TMPDIR/shared/file"
	[ "$(lighter run --rm -v "$BATS_TEST_TMPDIR/shared:/in/here" busybox cat /in/here/file)" = seen ]
	lighter run --rm -v "$BATS_TEST_TMPDIR/shared:/s" busybox sh -c 'echo written > /s/new'
	[ "$(cat "$BATS_TEST_TMPDIR/shared/new")" = written ]
	[ "$(stat -c %u "$BATS_TEST_TMPDIR/shared/new")" = 0 ]
	lighter run --rm -v /:/h busybox test -e "/h$BATS_TEST_TMPDIR/shared/file" 2>/dev/null # not the container's own root
	run lighter run --rm -v "$BATS_TEST_TMPDIR/shared:/s:ro" busybox touch /s/more
	[ "$status" -eq 1 ]
	[[ "$output" == *"Read-only file system"* ]]
	lighter run --rm -v "$BATS_TEST_TMPDIR/missing/dir:/s" busybox test -d /s # a missing source is made, as Docker does
	[ -d "$BATS_TEST_TMPDIR/missing/dir" ]
	run lighter run --rm -v "$BATS_TEST_TMPDIR/shared/file/below:/s" busybox true
	[ "$status" -eq 125 ]
	[[ "$output" == *"shared/file/below"* ]]
}
