# SPDX-License-Identifier: Apache-2.0
# A fresh instance for each test of a file, for tests that count what is left in it.

instance_of_test() {
	export LIGHTER_ROOT=$BATS_TEST_TMPDIR/instance/data LIGHTER_RUN_ROOT=$BATS_TEST_TMPDIR/instance/run
	mkdir -p "$LIGHTER_ROOT" "$LIGHTER_RUN_ROOT"
}

# image_layers DIR NAME [BYTES]: an OCI layout of three small layers, of that much noise each.
image_layers() {
	local work i
	work=$(mktemp -d "$BATS_FILE_TMPDIR/layers.XXXXXX")
	for i in 1 2 3; do
		mkdir -p "$work/$i/opt/$i"
		head -c "${3:-20000}" /dev/urandom >"$work/$i/opt/$i/data"
		tar -C "$work/$i" --sort=name --numeric-owner -cf "$work/$i.tar" .
	done
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$1" "$2" "$work/1.tar" "$work/2.tar" "$work/3.tar"
	rm -rf "$work"
}
