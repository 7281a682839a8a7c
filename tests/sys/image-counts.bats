#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sanitize: no
# What a list of a thousand images costs.

load ../lib/lighter
load ../lib/instance

setup() {
	instance_of_test
	image_layers "$BATS_TEST_TMPDIR/layout" app:one
	tar -C "$BATS_TEST_TMPDIR/layout" -cf "$BATS_TEST_TMPDIR/one.tar" .
	lighter load -q -i "$BATS_TEST_TMPDIR/one.tar"
	# A thousand rows like the one that load has made.
	python3 - "$LIGHTER_ROOT/lighter.db" <<-'END'
		import hashlib, sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		id, record, size, created, added = db.execute("SELECT id, record, size, created, added FROM images").fetchone()
		for i in range(999):
		    other = "sha256:" + hashlib.sha256(str(i).encode()).hexdigest()
		    db.execute("INSERT INTO images VALUES (?, ?, ?, ?, ?)", (other, record.replace(id, other), size, created, added))
		    db.execute("INSERT INTO image_names VALUES (?, ?)", (f"docker.io/library/app:{i}", other))
		db.commit()
	END
}

# least COMMAND...: the least processor time of twenty runs, in microseconds
least() {
	python3 - "$@" <<-'END'
		import os, sys
		def run():
		    pid = os.fork()
		    if pid == 0:
		        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
		        os.execvp(sys.argv[1], sys.argv[1:])
		    _, status, usage = os.wait4(pid, 0)
		    assert status == 0
		    return usage.ru_utime + usage.ru_stime
		print(int(min(run() for _ in range(20)) * 1000000))
	END
}

# bound US: the limit, or on a machine where everything is slow six times what a command costs that lists nothing
bound() {
	local idle
	idle=$(least lighter version)
	echo $((6 * idle > $1 ? 6 * idle : $1))
}

@test "images lists a thousand images in at most 10 ms of processor time and 400 system calls" {
	local cost calls
	[ "$(lighter images | wc -l)" -eq 1001 ]
	calls=$(strace -qq -o /dev/stdout lighter images | grep -c '^[a-z0-9_]*(')
	cost=$(least lighter images)
	echo "# images: $cost us, $calls calls" >&3
	[ "$calls" -le 400 ]
	[ "$cost" -le "$(bound 10000)" ]
}

@test "a template over a thousand images costs at most 20 ms" {
	local cost
	[ "$(lighter images --format '{{.Repository}}:{{.Tag}}' | sort -u | wc -l)" -eq 1000 ]
	cost=$(least lighter images --format '{{.Repository}}:{{.Tag}}')
	echo "# images --format: $cost us" >&3
	[ "$cost" -le "$(bound 20000)" ]
}
