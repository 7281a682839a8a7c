# SPDX-License-Identifier: Apache-2.0
load ../lib/lighter
load ../lib/busybox
load ../lib/monitor

setup_file() { busybox_image; }

teardown() { lighter rm -f box >/dev/null 2>&1 || true; }

run_and_wait() { lighter run -d --name box busybox "$@" >/dev/null && lighter wait box >/dev/null; }

has_started() { lighter inspect box 2>/dev/null | jq -e '.[0].State.Status | . == "running" or . == "exited"' >/dev/null; }

# Every record of the index lies behind the last one and names its lines; the whole covers the log.
expect_index() {
	python3 - "$1" <<'END'
import struct, sys
log, index = open(sys.argv[1], 'rb').read(), open(sys.argv[1] + '.index', 'rb').read()
assert len(index) % 40 == 0
at = 0
for i in range(0, len(index), 40):
    offset, length, time, lines, crc, zero, check = struct.unpack('<QQqIIII', index[i:i + 40])
    assert offset == at and log[offset:offset + length].count(b'\n') == lines and log[offset + length - 1:offset + length] == b'\n'
    at += length
assert at == len(log)
END
}

@test "the log file holds Docker's JSON lines" {
	run_and_wait sh -c 'echo out; echo err >&2'
	local log
	log=$(log_path box)
	grep -Ex '\{"log":"out\\n","stream":"stdout","time":"[0-9T:-]+(\.[0-9]+)?Z"\}' "$log"
	grep -Ex '\{"log":"err\\n","stream":"stderr","time":"[0-9T:-]+(\.[0-9]+)?Z"\}' "$log"
	[ "$(wc -l <"$log")" = 2 ]
	expect_index "$log"
}

@test "NUL, controls and bytes that are not UTF-8 are written as Docker writes them" {
	run_and_wait printf 'a\000b\033\t<&>\377\n'
	grep -F '{"log":"a\u0000b\u001b\u0009\u003c\u0026\u003e\ufffd\n","stream":"stdout"' "$(log_path box)"
	[ "$(lighter logs box | od -An -tx1 -N 4 | tr -d ' ')" = 6100621b ]
}

@test "a line without newline at the end stays one, a line over 16 KiB is split" {
	run_and_wait sh -c 'head -c 40000 /dev/zero | tr "\0" x; echo; printf end'
	local log
	log=$(log_path box)
	[ "$(wc -l <"$log")" = 4 ]
	[ "$(jq -j '.log | length, " "' "$log")" = "16384 16384 7233 3 " ]
	[ "$(jq -s '[.[0:3][].time] | unique | length' "$log")" = 1 ]
	[ "$(lighter logs box | wc -c)" = 40004 ]
}

@test "many lines on both streams come out as they went in and the index covers them" {
	run_and_wait sh -c 'seq 1 100000; seq 1 100000 >&2'
	lighter logs box 2>/dev/null | cmp - <(seq 1 100000)
	lighter logs box 2>&1 >/dev/null | cmp - <(seq 1 100000)
	expect_index "$(log_path box)"
}

@test "output before the first reader is not lost and the end comes behind the last byte" {
	[ "$(lighter run --rm busybox sh -c 'seq 1 100000; exit 0' | md5sum)" = "$(seq 1 100000 | md5sum)" ]
}

@test "a reader that stands still does not hold up the container or its log" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	lighter run --name box busybox sh -c 'seq 1 100000; exit 3' >"$BATS_TEST_TMPDIR/pipe" 3>&- &
	local cli=$!
	exec 9<"$BATS_TEST_TMPDIR/pipe"
	wait_until has_started
	[ "$(lighter wait box)" = 3 ]
	[ "$(wc -l <"$(log_path box)")" = 100000 ]
	[ "$(md5sum <&9)" = "$(seq 1 100000 | md5sum)" ]
	exec 9<&-
	local code=0
	wait $cli || code=$?
	[ "$code" = 3 ]
}

@test "rotation keeps the newest lines in files that exceed the limit by less than one line" {
	run_and_wait sh -c 'seq 1 600000'
	local log limit=10485760 size
	log=$(log_path box)
	for rotated in "$log.1" "$log.2"; do
		size=$(stat -c %s "$rotated")
		[ "$size" -ge "$limit" ] && [ "$size" -lt $((limit + 100)) ]
		expect_index "$rotated"
	done
	expect_index "$log"
	[ ! -e "$log.3" ] && [ ! -e "$log.3.index" ]
	lighter logs box >"$BATS_TEST_TMPDIR/kept"
	seq "$(head -n 1 "$BATS_TEST_TMPDIR/kept")" 600000 | cmp - "$BATS_TEST_TMPDIR/kept"
}
