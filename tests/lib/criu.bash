# SPDX-License-Identifier: Apache-2.0
# What tests of checkpoint and restore start from, besides runtime.bash: $C is lighter-runtime with criu, $I a directory of images.

criu_setup() {
	CRIU=$("$BATS_TEST_DIRNAME/../setup/criu")
	I=$BATS_TEST_TMPDIR/images
	C="$R --criu $CRIU"
}

# The container c counts in /tmp/count, and only there: what it has counted is in its memory.
counts() {
	# The text of a link: a file that is open at the checkpoint must be there at each restore.
	program 'i=0; while :; do i=$((i + 1)); ln -sfn $i /tmp/count; usleep 20000; done'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	wait_until counted 3
}

count() {
	readlink "$B/rootfs/tmp/count"
}

# counted N: has it come so far?
counted() {
	local now
	now=$(count)
	[ "${now:-0}" -ge "$1" ]
}

checkpoint() { # [OPTION...]: of c to $I
	$C checkpoint --image-path "$I" "$@" c
}

restore() { # [OPTION...]: of c from $I, with nothing for its input and output
	$C restore -d -b "$B" --image-path "$I" "$@" c </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/restore.err" || {
		cat "$BATS_TEST_TMPDIR/restore.err" >&2
		return 1
	}
}

status_is() { # STATUS
	[ "$($R state c 2>/dev/null | jq -r .status)" = "$1" ]
}
