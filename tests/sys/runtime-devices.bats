# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime's devices: on /dev, elsewhere, with owners, in a user namespace.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
bats_require_minimum_version 1.5.0

setup() { runtime_setup; }
teardown() { runtime_teardown; }

OUTSIDE='.linux.devices = [{"path":"/opt/null","type":"c","major":1,"minor":3,"fileMode":418,"uid":7,"gid":8},
	{"path":"/dev/shm/zero","type":"u","major":1,"minor":5}, {"path":"/dev/a/fifo","type":"p"},
	{"path":"/dev/full","type":"c","major":1,"minor":7,"fileMode":292}]'
SHOW='stat -c "%n %F %a %u:%g %t,%T" /dev/null /dev/tty /dev/full /dev/a/fifo /opt/null /dev/shm/zero; for l in fd ptmx stdin stdout stderr; do readlink /dev/$l; done
	echo x >/opt/null; head -c1 /dev/shm/zero | od -An -tx1'
SHOWN='/dev/null character special file 666 0:0 1,3
/dev/tty character special file 666 0:0 5,0
/dev/full character special file 444 0:0 1,7
/dev/a/fifo fifo 666 0:0 0,0
/opt/null character special file 642 7:8 1,3
/dev/shm/zero character special file 666 0:0 1,5
/proc/self/fd
pts/ptmx
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
 00'

@test "devices on /dev, below another mount and outside of it have their owners and modes" {
	config_edit "$B" "$OUTSIDE | .linux.resources = {}"
	run -0 says "$SHOW"
	assert_eq "$output" "$SHOWN"
	# What the container before has left to bind on is no obstacle, a file with something in it is.
	[ -f "$B/rootfs/opt/null" ]
	run -0 says "$SHOW"
	echo mine >"$B/rootfs/opt/null"
	fails_with 1 "'/opt/null' exists and is not the device" says true
	assert_eq "$(cat "$B/rootfs/opt/null")" mine
}

@test "and so in a user namespace; an owner outside of the maps is refused" {
	bundle_in_userns
	config_edit "$B" "$OUTSIDE | .linux.resources = {}"
	run -0 says "$SHOW"
	assert_eq "$output" "$SHOWN"
	config_edit "$B" '.linux.devices[0].uid = 70000'
	fails_with 1 'owner 70000:8 is not mapped' says true
}

@test "without a mount of /dev, with a read-only one, with one of the host" {
	config_edit "$B" '.mounts |= map(select(.destination | startswith("/dev") | not))'
	run -0 says 'stat -c %t,%T /dev/null /dev/zero; readlink /dev/fd'
	assert_eq "$output" $'1,3\n1,5\n/proc/self/fd'
	config_edit "$B" '.mounts += [{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["ro","mode=755"]}]'
	run -0 says 'stat -c %t,%T /dev/null; (: >/dev/f) 2>/dev/null || echo ro'
	assert_eq "$output" $'1,3\nro'
	config_edit "$B" '.mounts[-1] = {"destination":"/dev","source":"/dev","options":["rbind"]} |
		.linux.devices = [{"path":"/dev/not-on-the-host","type":"c","major":1,"minor":3}]'
	run -0 says 'stat -c %t,%T /dev/null; [ -e /dev/not-on-the-host ] || echo none'
	assert_eq "$output" $'1,3\nnone'
	[ ! -e /dev/not-on-the-host ]
}

@test "an entry for /dev/ptmx is the link all the same; what is no device is refused by its path" {
	config_edit "$B" '.linux.devices = [{"path":"/dev/ptmx","type":"c","major":5,"minor":2}]'
	run -0 says 'readlink /dev/ptmx'
	assert_eq "$output" pts/ptmx
	config_edit "$B" '.linux.devices = [{"path":"/dev/x","type":"z","major":5,"minor":2}]'
	fails_with 1 'linux.devices\[0\].type' says true
	config_edit "$B" '.linux.devices = [{"path":"dev/x","type":"c","major":5,"minor":2}]'
	fails_with 1 'linux.devices\[0\].path' says true
	config_edit "$B" '.linux.devices = [{"path":"/dev/x","type":"c","major":4096,"minor":2}]'
	fails_with 1 'linux.devices\[0\].major' says true
}
