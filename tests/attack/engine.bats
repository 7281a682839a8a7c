#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# FDLEAK and IDENT through `lighter`. tests/attack/weakened.bats shows that the same attacks can succeed.

load ../lib/lighter
load ../lib/attack
load ../lib/busybox

teardown() {
	lighter rm -f box >/dev/null 2>&1 || true
}

@test "lighter exec: the working directory is no descriptor of the monitor (lost by a build weakened in fdleak)" {
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
