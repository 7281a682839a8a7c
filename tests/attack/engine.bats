#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# FDLEAK and IDENT through `lighter`. tests/attack/weakened.bats shows that the same attacks can succeed.

load ../lib/lighter
load ../lib/assert
load ../lib/attack
load ../lib/busybox

teardown() {
	lighter rm -f box >/dev/null 2>&1 || true
}

@test "CVE-2024-21626: lighter exec: the working directory is no descriptor of the monitor (lost by a build weakened in fdleak)" {
	busybox_image
	lighter run -d --name box busybox sleep 1000
	fails attack_exec_directory "$BUILD/src/programs" box
}

@test "run --user: an id that wraps is not root, nor a user of the image with such an id (lost by a build weakened in ident)" {
	image_attack_passwd
	fails attack_run_wrapped_id "$BUILD/src/programs" 4294967296
	fails attack_run_wrapped_id "$BUILD/src/programs" evil
	fails attack_run_wrapped_id "$BUILD/src/programs" 4294967295
}

@test "CVE-2016-3697: a user of the image whose name is a number gives nobody another id" {
	image_attack_passwd
	assert_eq "$(lighter run --rm -u 1000 attack:passwd id -u)" 1000
	assert_eq "$(lighter run --rm -u 1000:1000 attack:passwd sh -c 'echo $(id -u) $(id -g)')" '1000 1000'
	lighter run -d --name box attack:passwd sleep 1000
	assert_eq "$(lighter exec -u 1000 box sh -c 'id -u; grep CapEff /proc/self/status')" "$(printf '1000\nCapEff:\t%016d' 0)"
}
