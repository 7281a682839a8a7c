# SPDX-License-Identifier: Apache-2.0
# Containers of lighter-runtime as scopes of the guest's systemd, which shares its groups with the test.

systemd_setup_file() {
	bundle_new "$BATS_FILE_TMPDIR/bundle"
	config_edit "$BATS_FILE_TMPDIR/bundle" ".root.path = \"$BATS_FILE_TMPDIR/bundle/rootfs\"" # all tests have one
}

systemd_setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir "$B"
	cp "$BATS_FILE_TMPDIR/bundle/config.json" "$B/"
	id=t$BATS_TEST_NUMBER
	unit=lighter-$id.scope
	[ -e /sys/fs/cgroup/cgroup.controllers ] && unified=1 || unified=
	config_edit "$B" '.process.args = ["sleep", "1000"]'
}

systemd_teardown() { rt delete -f "$id" 2>/dev/null || true; }

rt() { lighter-runtime --root "$BATS_TEST_TMPDIR/state" --systemd-cgroup "$@"; }

start() { rt run -d -b "$B" "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out"; return 1; }; }

shown() { systemctl show -P "$1" "${2:-$unit}"; } # PROPERTY [UNIT]

group() { # CONTROLLER [UNIT]: the directory of the unit's cgroup
	local path
	path=$(shown ControlGroup "${2:-$unit}")
	if [ -n "$unified" ]; then echo "/sys/fs/cgroup$path"; else echo "/sys/fs/cgroup/$1$path"; fi
}

# Neither systemd nor the kernel has anything of the unit.
is_gone() {
	[ "$(shown LoadState "${1:-$unit}")" = not-found ] && [ -z "$(find /sys/fs/cgroup -name "${1:-$unit}")" ]
}
