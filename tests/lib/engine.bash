# SPDX-License-Identifier: Apache-2.0
# Real engines from a root of Debian sid or Debian 12 (the end of the test file's name says which) with lighter-runtime as the only
# runtime: crun is not there, and runc is /bin/false, because dockerd wants to see a file of that name. `docker top` wants a ps.
#
# Everything that an engine stores lies in $E, a directory of the capsule on a real file system.

E=$LIGHTER_CAPSULE/engine
RUNTIME=$BUILD/src/programs/lighter-runtime

# engine_start PROGRAM...: in a new root; `engine COMMAND` runs beside it.
engine_start() {
	local suite
	suite=$(basename "$BATS_TEST_FILENAME" .bats)
	mkdir -p "$E"
	# shellcheck disable=SC2016 # for the inner shell
	"$BATS_TEST_DIRNAME/../lib/${suite##*-}" bash -c '
		set -e
		ln -s "$(command -v busybox)" /usr/local/bin/ps
		rm -f "$(command -v crun)"
		ln -sf /bin/false "$(command -v runc)"
		echo $$ >"$0/pid"
		exec "$@"
	' "$E" "$@" >"$E/log" 2>&1 3>&- &
	wait_until test -s "$E/pid"
}

engine() {
	nsenter --mount="/proc/$(cat "$E/pid")/ns/mnt" env HOME=/root "$@"
}

# What the engines leave in the cgroup hierarchies are directories; a process of theirs may be in one for a moment.
_engine_cgroups_gone() {
	local left=(/sys/fs/cgroup -depth -type d "(" -path "*/docker" -o -path "*/default" -o -path "*/libpod_parent*" ")")
	find "${left[@]}" -exec rmdir {} + 2>/dev/null || true
	[ -z "$(find "${left[@]}")" ]
}

engine_stop() {
	kill "$(cat "$E/pid")" || true
	wait_until test ! -e "/proc/$(cat "$E/pid")"
	wait_until _engine_cgroups_gone
}

# An archive of the busybox image that every engine can load.
engine_image() {
	rootfs_busybox "$E/rootfs"
	tar -C "$E/rootfs" --numeric-owner -cf "$E/layer.tar" .
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" --docker "$1" busybox:latest "$E/layer.tar"
}

# What lighter-runtime itself says of a container: STATE_DIR ID FIELD
state_of() {
	"$RUNTIME" --root "$1" state "$2" | jq -r ".$3"
}

# limit PID CONTROLLER FILE: of the cgroup that a process is in
limit() {
	cat "/sys/fs/cgroup/$2$(sed -n "s/^[0-9]*:$2://p" "/proc/$1/cgroup")/$3"
}

says() { # COMMAND...: status and output, for tests that want both
	local status=0 output
	output=$("$@" 2>&1) || status=$?
	printf '%s %s\n' "$status" "$output"
}
