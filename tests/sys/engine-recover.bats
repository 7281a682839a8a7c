#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a reboot, a power cut or killed processes leave is found and cleaned up by the next commands. A reboot is another
# boot id over the kernel's, in the mount namespace of the capsule.

load ../lib/lighter
load ../lib/busybox
load ../lib/monitor

setup_file() {
	busybox_image
}

teardown() {
	umount /proc/sys/kernel/random/boot_id 2>/dev/null || true
	lighter ps -aq | xargs -r lighter rm -f >/dev/null
}

# Kills a container and both of its processes at one stroke, and takes away what a reboot does.
power_cut() {
	local name id
	for name; do
		id=$(container_id "$name")
		kill -9 "$(keeper_pid "$name")" "$(monitor_pid "$name")" "$(container_pid "$name")"
		wait_until lighter-runtime --root "$LIGHTER_RUN_ROOT/runtime" delete -f "$id"
	done
	echo 11111111-2222-3333-4444-555555555555 >"$BATS_TEST_TMPDIR/boot_id"
	mount --bind "$BATS_TEST_TMPDIR/boot_id" /proc/sys/kernel/random/boot_id
}

@test "after a reboot what ran has ended with an unknown code and starts again" {
	lighter run -d --name kept busybox sleep 1000
	power_cut kept
	run lighter ps -a
	[[ "$output" == *Exited*kept* ]]
	[ "$(lighter inspect kept | jq -r '.[0].State.Status')" = exited ]
	[ "$(lighter inspect kept | jq -r '.[0].State.ExitCode')" = -1 ]
	[ "$(lighter ps -q)" = "" ]
	umount /proc/sys/kernel/random/boot_id # over a part of /proc the kernel lets nobody mount another
	rm "$LIGHTER_RUN_ROOT/status"
	lighter start kept
	[ "$(lighter inspect kept | jq -r '.[0].State.Status')" = running ]
}

@test "after a reboot a container that was only created is still that, and an exit code is kept" {
	lighter create --name made busybox true
	lighter run --name over busybox sh -c 'exit 3' || [ $? -eq 3 ]
	power_cut
	[ "$(lighter inspect made | jq -r '.[0].State.Status')" = created ]
	[ "$(lighter inspect over | jq -r '.[0].State.ExitCode')" = 3 ]
}

@test "after a reboot --rm containers are gone, their names are free and the next command drops their files" {
	lighter run -d --rm --name gone busybox sleep 1000
	id=$(container_id gone)
	power_cut gone
	[ "$(lighter ps -aq)" = "" ]
	[ -d "$LIGHTER_ROOT/containers/$id" ]
	lighter create --name gone busybox true
	[ ! -e "$LIGHTER_ROOT/containers/$id" ]
	[ "$(ls "$LIGHTER_RUN_ROOT" | grep -c '^containers-.*db$')" = 1 ]
	rm -rf "$LIGHTER_RUN_ROOT/containers/$id"
}

@test "a --rm container that lost keeper and monitor is cleaned up by the next list" {
	lighter run -d --rm --name orphan busybox sleep 1000
	id=$(container_id orphan)
	kill -9 "$(keeper_pid orphan)" "$(monitor_pid orphan)" "$(container_pid orphan)"
	is_cleaned() { [ "$(lighter ps -aq)" = "" ] && [ ! -e "$LIGHTER_ROOT/containers/$id" ]; }
	wait_until is_cleaned
	[ ! -e "$LIGHTER_RUN_ROOT/runtime/$id" ]
}

@test "a container whose record is damaged hides no other and can be removed" {
	lighter create --name broken busybox true
	lighter create --name fine busybox true
	id=$(container_id broken)
	echo '{"version":' >"$LIGHTER_ROOT/containers/$id/config.json"
	[ "$(lighter ps -aq | wc -l)" -eq 2 ]
	run lighter start broken
	[ "$status" -ne 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == *"'broken'"*config.json* ]]
	lighter start fine
	lighter rm broken
	[ ! -e "$LIGHTER_ROOT/containers/$id" ]
}

@test "a container that lost its directory can be removed" {
	lighter create --name hollow busybox true
	rm -rf "$LIGHTER_ROOT/containers/$(container_id hollow)"
	[ "$(lighter ps -aq | wc -l)" -eq 1 ]
	lighter rm hollow
	[ "$(lighter ps -aq | wc -l)" -eq 0 ]
}

@test "a damaged database is one sentence with its path" {
	export LIGHTER_ROOT=$BATS_TEST_TMPDIR/root
	mkdir -m 700 "$LIGHTER_ROOT"
	head -c 8192 /dev/urandom >"$LIGHTER_ROOT/lighter.db"
	run lighter ps
	[ "$status" -ne 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == *"$LIGHTER_ROOT/lighter.db"*"file is not a database"* ]]
	export LIGHTER_ROOT=$LIGHTER_CAPSULE/root
}
