# SPDX-License-Identifier: Apache-2.0

# fails_with STATUS REGEX COMMAND...: the command must fail with this status and say one line that matches on stderr.
fails_with() {
	local wanted=$1 regex=$2 status=0 said
	shift 2
	said=$("$@" 2>&1 >/dev/null) || status=$?
	[ "$status" = "$wanted" ] || { echo "status $status, wanted $wanted: $* ($said)"; return 1; }
	[ "$(wc -l <<<"$said")" = 1 ] || { echo "more than one line: $said"; return 1; }
	grep -qE -- "$regex" <<<"$said" || { echo "said '$said', wanted /$regex/"; return 1; }
}

assert_eq() {
	[ "$1" = "$2" ] || { printf 'got    %q\nwanted %q\n' "$1" "$2"; return 1; }
}
