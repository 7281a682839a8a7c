# SPDX-License-Identifier: Apache-2.0
# weakened NAME TARGET...: programs, or unit tests (src/X_test), with one defence taken out (-Dweaken=NAME), in a directory
# beside the rest of $BUILD's programs, which is printed. There is one build a source tree, kept in the cache, and the name
# is written into copies of its files; two test files at once wait for each other. The guest, which sees the cache
# read-only, takes what the host has built.

weakened() {
	local name=$1 top build programs program
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${LIGHTER_TEST_CACHE:-/var/tmp/lighter-tests}/weaken-$(cksum <<<"$top" | cut -d' ' -f1)
	shift
	mkdir -p "$build"
	[ ! -w "$build" ] || (
		flock 9
		[ -e "$build/build.ninja" ] || meson setup "$build" "$top" -Dweaken=nothing-yet --buildtype=plain >"$build/weaken.log" 2>&1 &&
			ninja -C "$build" $(weakened_targets "$@") >"$build/weaken.log" 2>&1 3>&- 9>&-
	) 9>"$build.lock" || { tail "$build/weaken.log" >&2; return 1; }
	programs=$(mktemp -d "$BATS_FILE_TMPDIR/weakened.XXXXXX")
	for program in "$BUILD"/src/programs/lighter "$BUILD"/src/programs/lighter-*; do
		[ -f "$program" ] && cp "$program" "$programs/"
	done
	for program in $(weakened_targets "$@"); do
		weakened_copy "$name" "$build/$program" "$programs/${program##*/}" || return 1
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

weakened_copy() { # NAME FROM TO
	python3 - "$@" <<-'END'
		import shutil, sys
		name, path, to = sys.argv[1:]
		mark, room = b"weaken:nothing-yet", len(b"weaken:") + 40
		data = open(path, "rb").read()
		assert data.count(mark) == 1, path + ": no name of a defence in it"
		at = data.index(mark)
		shutil.copy(path, to)
		with open(to, "r+b") as f:
		    f.seek(at)
		    f.write(b"weaken:" + name.encode().ljust(room - len(b"weaken:"), b"\0"))
	END
}
