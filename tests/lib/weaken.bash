# SPDX-License-Identifier: Apache-2.0
# weakened NAME PROGRAM...: builds PROGRAMs with one defence taken out (-Dweaken=NAME) and prints a directory that holds
# them beside the rest of $BUILD's programs. Kept in the cache: a second run builds what has changed.

weakened() {
	local name=$1 build=${LIGHTER_TEST_CACHE:-/var/tmp/lighter-tests}/weaken-$1 programs program
	local top
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	shift
	[ -d "$build" ] || meson setup "$build" "$top" -Dweaken="$name" >/dev/null 2>&1
	ninja -C "$build" "${@/#/src/programs/}" >"$build/weaken.log" 2>&1 3>&- || { tail "$build/weaken.log" >&2; return 1; }
	programs=$(mktemp -d "$BATS_FILE_TMPDIR/weakened.XXXXXX")
	for program in "$BUILD"/src/programs/lighter "$BUILD"/src/programs/lighter-*; do
		[ -f "$program" ] && cp "$program" "$programs/"
	done
	for program; do
		cp "$build/src/programs/$program" "$programs/"
	done
	echo "$programs"
}
