#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the commands cost, in things that can be counted: syncs, mapped files, programs.
# sanitize: no

load ../lib/lighter
load ../lib/busybox
load ../lib/weaken

setup_file() {
	busybox_image
	lighter run --rm busybox true # what the first command after a boot makes
}

syncs() { # FILE COMMAND...: the sync calls of a command and all of its processes
	strace -f -y -qq -e signal=none -e trace=fsync,fdatasync,syncfs,sync,sync_file_range,msync -o "$1" "${@:2}"
}

@test "run --rm syncs nothing, however often" {
	syncs "$BATS_TEST_TMPDIR/syncs" lighter run --rm busybox true
	run cat "$BATS_TEST_TMPDIR/syncs"
	[ "$output" = "" ]
	syncs "$BATS_TEST_TMPDIR/syncs" sh -c 'for i in $(seq 60); do lighter create --rm busybox true; done | xargs lighter rm' >/dev/null
	run cat "$BATS_TEST_TMPDIR/syncs"
	[ "$output" = "" ]
}

@test "create has synced the name and the record when it answers (lost by a build weakened in store-sync)" {
	syncs "$BATS_TEST_TMPDIR/syncs" lighter create --name kept busybox true
	grep -q 'lighter.db-wal' "$BATS_TEST_TMPDIR/syncs"
	grep -q 'containers/[0-9a-f]*/' "$BATS_TEST_TMPDIR/syncs"
	lighter rm kept
	weak=$(weakened store-sync lighter)
	syncs "$BATS_TEST_TMPDIR/weak" "$weak/lighter" create --name kept busybox true
	! grep -q 'lighter.db-wal' "$BATS_TEST_TMPDIR/weak"
	lighter rm kept
}

# tmp_of FILE: the name under which the exit record was written before it was renamed
tmp_of() { sed -nE 's/.*rename(at2?)?\(.*"(\.tmp-[0-9a-f]+)".*"exit".*= 0$/\2/p' "$1"; }

@test "the exit record is synced before it gets its name, unless --rm" {
	strace -f -y -qq -e signal=none -e trace=fsync,renameat,renameat2 -o "$BATS_TEST_TMPDIR/kept" lighter run --name kept busybox true
	lighter rm kept
	cat "$BATS_TEST_TMPDIR/kept"
	tmp=$(tmp_of "$BATS_TEST_TMPDIR/kept")
	[ "$(grep -nE "fsync\(.*/$tmp>" "$BATS_TEST_TMPDIR/kept" | cut -d: -f1)" -lt "$(grep -n "$tmp\".*\"exit\"" "$BATS_TEST_TMPDIR/kept" | cut -d: -f1)" ]
	strace -f -y -qq -e signal=none -e trace=fsync,renameat,renameat2 -o "$BATS_TEST_TMPDIR/gone" lighter run --rm busybox true
	[ "$(tmp_of "$BATS_TEST_TMPDIR/gone")" != "" ]
	! grep fsync "$BATS_TEST_TMPDIR/gone"
}

@test "lighter maps at most eight files" {
	"$BUILD/src/programs/lighter" run --rm --name sleeper busybox sleep 1000 >/dev/null 2>&1 3>&- &
	pid=$!
	wait_until sh -c '[ "$(lighter ps -q)" != "" ]'
	awk '$6 ~ /^\// { print $6 }' "/proc/$pid/maps" | sort -u >"$BATS_TEST_TMPDIR/maps"
	lighter rm -f sleeper
	wait $pid || [ $? -eq 137 ]
	cat "$BATS_TEST_TMPDIR/maps"
	grep -q '/lighter$' "$BATS_TEST_TMPDIR/maps"
	[ "$(grep -vcE '/(lighter\.db|containers-).*' "$BATS_TEST_TMPDIR/maps")" -le 8 ]
	! grep -E 'curl|ssl|crypto|libz|nft' "$BATS_TEST_TMPDIR/maps"
}

@test "run --rm executes lighter, the monitor and the program, nothing else" {
	strace -f -qq -e signal=none -e trace=execve,execveat -e status=successful -o "$BATS_TEST_TMPDIR/execs" lighter run --rm busybox true
	cat "$BATS_TEST_TMPDIR/execs"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/execs")" -eq 3 ]
}

@test "ps does not write, lock or ask a monitor" {
	lighter run -d --name up busybox sleep 1000
	strace -f -qq -e signal=none -e trace=fsync,fdatasync,write,pwrite64,connect,clone,clone3,flock -y -o "$BATS_TEST_TMPDIR/ps" lighter ps
	lighter rm -f up
	! grep -vE '^[0-9]+ +write\([12]<|pwrite64\([0-9]+<[^>]*-shm>' "$BATS_TEST_TMPDIR/ps"
}

@test "the start path maps at most 8 objects and none that reads foreign bytes" {
	ldd "$BUILD/src/programs/lighter" >"$BATS_TEST_TMPDIR/objects"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/objects")" -le 8 ]
	run grep -E 'curl|ssl|libz|zstd|isal|nftables|nghttp' "$BATS_TEST_TMPDIR/objects"
	[ "$status" -eq 1 ]
}
