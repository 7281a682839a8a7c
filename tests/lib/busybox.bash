# SPDX-License-Identifier: Apache-2.0
# What tests of the command line start from: the image `busybox` in the capsule's instance, and a user at a terminal.

busybox_image() {
	image_layout "$BATS_FILE_TMPDIR/layout"
	tar -C "$BATS_FILE_TMPDIR/layout" -cf "$BATS_FILE_TMPDIR/layout.tar" .
	lighter load -q -i "$BATS_FILE_TMPDIR/layout.tar"
}

# on_terminal [-s ROWSxCOLUMNS] STEP... -- PROGRAM [ARG...]; see on_terminal.py
on_terminal() {
	python3 "$BATS_TEST_DIRNAME/../lib/on_terminal.py" "$@"
}

# cgroup_file CONTAINER CONTROLLER V1_NAME V2_NAME: the text of a container's cgroup file, version 1 or 2
cgroup_file() {
	local pid path
	pid=$(lighter inspect "$1" | jq -r '.[0].State.Pid')
	path=$(sed -n "s/^[0-9]*:[^:]*\b$2\b[^:]*://p" "/proc/$pid/cgroup")
	if [ -n "$path" ]; then
		cat "/sys/fs/cgroup/$2$path/$3"
	else
		cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/$4"
	fi
}
