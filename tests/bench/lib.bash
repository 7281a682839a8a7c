# SPDX-License-Identifier: Apache-2.0
# What every benchmark starts from: root, a quiet machine, a work directory on a tmpfs in a mount namespace of its own, the
# peers. It re-executes the script in that namespace, so it is sourced first.

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=$(cd "${BUILD:-$bench/../../build}" && pwd)
PATH=$BUILD/src/programs:$PATH
export BUILD

[ "$(id -u)" -eq 0 ] || { echo "${0##*/}: root is needed" >&2; exit 1; }

# A loaded machine gives numbers that nobody should read. BENCH_LOAD=99 is a quick look all the same.
read -r load _ </proc/loadavg
if ! awk -v load="$load" -v most="${BENCH_LOAD:-1.5}" 'BEGIN { exit !(load <= most) }'; then
	echo "${0##*/}: could not measure: the load is $load, more than ${BENCH_LOAD:-1.5} (BENCH_LOAD=99 looks anyway)" >&2
	exit 1
fi

# crun 1.8 takes a mounted but unused cgroup v2 for the whole: it is not mounted here, for any contestant.
if [ -z "${BENCH_INSIDE:-}" ]; then
	BENCH_INSIDE=$(mktemp -d /var/tmp/lighter-bench.XXXXXX)
	export BENCH_INSIDE
	exec unshare --mount --propagation private "$0" "$@"
fi
work=$BENCH_INSIDE
mount -t tmpfs -o mode=755 tmpfs "$work"
if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ] && mountpoint -q /sys/fs/cgroup/unified; then
	umount -l /sys/fs/cgroup/unified
fi
at_exit=() # commands, the last first
bench_done() {
	local i
	for ((i = ${#at_exit[@]} - 1; i >= 0; i--)); do eval "${at_exit[i]}" || true; done >"$work/exit" 2>&1
	umount -l "$work"
	rmdir "$work"
}
trap bench_done EXIT

compile() { # NAME FLAGS...: a program that lies beside the benchmark
	cc -O2 -static -o "$work/$1" "${@:2}"
}

# heading TEXT
heading() {
	read -r load _ </proc/loadavg
	echo "$* (load $load)"
}

# peers: starts a process in the root of Debian sid when there is one (tests/setup/sid-root); sets sid_pid.
sid_pid=
peers() {
	local cache=${LIGHTER_TEST_CACHE:-/var/tmp/lighter-tests}/sid-root
	compgen -G "$cache/*/done" >"$work/sid-roots" || { echo "no root of Debian sid (tests/setup/sid-root): Debian's own peers"; return 0; }
	SUITE_BIND=$work "$bench/../lib/sid" sleep infinity >"$work/sid-out" 2>&1 &
	sid_pid=$!
	at_exit+=("kill $sid_pid")
	until [ "$(cat "/proc/$sid_pid/comm")" = sleep ]; do sleep 0.01; done
}

# peer NAME: whether it can be had; sets in_line (for a contest's script), peer_version and peer_run (a prefix for a shell).
peer() {
	in_line="" peer_run=
	if [ -n "$sid_pid" ] && nsenter --mount="/proc/$sid_pid/ns/mnt" which "$1" >"$work/which"; then
		in_line="in /proc/$sid_pid/ns/mnt"
		peer_run="nsenter --mount=/proc/$sid_pid/ns/mnt"
	elif ! command -v "$1" >"$work/which"; then
		return 1
	fi
	peer_version="$1 $($peer_run "$1" --version | sed -nE '1s/.*version v?([0-9.]+).*/\1/p')"
}

wait_for_file() { # PATH: until something is in it
	while [ ! -s "$1" ]; do sleep 0.01; done
}
