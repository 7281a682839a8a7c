# SPDX-License-Identifier: Apache-2.0
# What tests of lighter-runtime start from: a bundle $B in a state root of the test, $R the command with it.

runtime_setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$B"
	bundle_new "$B"
	R="lighter-runtime --root $BATS_TEST_TMPDIR/state"
}

runtime_teardown() {
	local id
	for id in "$BATS_TEST_TMPDIR"/state/*/; do
		[ ! -d "$id" ] || lighter-runtime --root "$BATS_TEST_TMPDIR/state" delete -f "$(basename "$id")"
	done
}

# The bundle's program becomes a shell script.
program() {
	config_edit "$B" ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")]"
}

# says SCRIPT: what it prints in the container
says() {
	program "$1"
	$R run -b "$B" c </dev/null
}

# The container c, running until it is killed.
sleeps() {
	program 'sleep 1000'
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
}

# The bundle in a user namespace of its own.
bundle_in_userns() {
	chmod 755 "$B" "$B/rootfs"
	chown -R 100000:100000 "$B/rootfs"
	config_edit "$B" '.linux.namespaces += [{"type":"user"}] |
		.linux.uidMappings = [{"containerID":0,"hostID":100000,"size":65536}] | .linux.gidMappings = .linux.uidMappings'
}
