# SPDX-License-Identifier: Apache-2.0
# weakened NAME TARGET...: builds programs, or unit tests (src/X_test), with one defence taken out (-Dweaken=NAME) and
# prints a directory that holds them beside the rest of $BUILD's programs. Kept in the cache, one build a source tree and
# name: a second run builds what has changed, and two test files at once wait for each other. The guest, which sees the
# cache read-only, takes what the host has built.

weakened() {
	local name=$1 top build programs program
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${LIGHTER_TEST_CACHE:-/var/tmp/lighter-tests}/weaken-$name-$(cksum <<<"$top" | cut -d' ' -f1)
	shift
	mkdir -p "$build"
	[ ! -w "$build" ] || (
		flock 9
		[ -e "$build/build.ninja" ] || meson setup "$build" "$top" -Dweaken="$name" --buildtype=plain >"$build/weaken.log" 2>&1 &&
			ninja -C "$build" $(weakened_targets "$@") >"$build/weaken.log" 2>&1 3>&- 9>&-
	) 9>"$build.lock" || { tail "$build/weaken.log" >&2; return 1; }
	programs=$(mktemp -d "$BATS_FILE_TMPDIR/weakened.XXXXXX")
	for program in "$BUILD"/src/programs/lighter "$BUILD"/src/programs/lighter-*; do
		[ -f "$program" ] && cp "$program" "$programs/"
	done
	for program in $(weakened_targets "$@"); do
		cp "$build/$program" "$programs/"
	done
	echo "$programs"
}

weakened_targets() {
	local target
	for target; do
		[ "${target#*/}" != "$target" ] || target=src/programs/$target
		echo "$target"
	done
}
