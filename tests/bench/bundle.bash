# SPDX-License-Identifier: Apache-2.0
# What the start benchmarks share: the programs beside them, the bundles, the floor's knowledge of the cgroups.

bundle() { # DIR PROGRAM
	mkdir -p "$1/rootfs"/{bin,dev,proc,sys}
	cp "$work/true" "$work/pause" "$1/rootfs/bin/"
	jq --argjson seccomp "$("$BUILD/tests/bench-profile" json)" --arg program "$2" '
		.process.args = [$program] | .linux.seccomp = $seccomp' "$bench/config.json" >"$1/config.json"
}

# The hierarchies as floor.c wants them.
cgroups() {
	local dir list=
	[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] && { echo v2; return; }
	for dir in /sys/fs/cgroup/*/; do
		[ "$(stat -fc %T "$dir")" != cgroupfs ] || [ -L "${dir%/}" ] || list+="$(basename "$dir") "
	done
	echo "$list"
}

prepare() {
	compile contest "$bench/contest.c"
	compile floor "$bench/floor.c"
	cc -O2 -nostdlib -static -ffreestanding -o "$work/true" "$bench/true.c"
	cc -O2 -nostdlib -static -ffreestanding -DPAUSE -o "$work/pause" "$bench/true.c"
	bundle "$work/bundle" /bin/true
	bundle "$work/idle" /bin/pause
	"$BUILD/tests/bench-profile" filter >"$work/filter"
	BENCH_CGROUPS=$(cgroups)
	export BENCH_CGROUPS
	peers
}

both_ways() { # TITLE, the script in $work/script
	local gap
	for gap in 0 20; do
		heading "$1, $rounds rounds, $gap ms between them"
		"$work/contest" -n "$rounds" -g "$gap" <"$work/script"
	done
}
