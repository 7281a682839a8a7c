#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# vm: long
# What a container sees that was started without options: every change of it is a reviewed change of tests/attack/golden.
# What depends on the machine (processors, sizes, names of directories) is left out or replaced by a word.

load ../lib/lighter
load ../lib/assert

setup_file() {
	local work=$BATS_FILE_TMPDIR/image
	rootfs_busybox "$work/root"
	cp "$BUILD/tests/probe" "$work/root/bin/probe"
	tar -C "$work/root" --numeric-owner --owner 0 --group 0 -cf "$work/layer.tar" .
	python3 "$BATS_TEST_DIRNAME/../lib/oci_layout.py" "$work/layout" golden:latest "$work/layer.tar"
	tar -C "$work/layout" -cf "$work/layout.tar" .
	lighter load -q -i "$work/layout.tar"
}

golden() { # FILE: compares it with standard input
	diff -u "$BATS_TEST_DIRNAME/golden/$1" -
}

seen() { # FILE of /proc/self
	lighter run --rm golden cat "/proc/self/$1"
}

@test "status" {
	seen status | grep -vE '^(Vm|Rss|Hugetlb|Cpus_|Mems_|.*_ctxt_switches|Speculation|x86_|untag_mask|SigQ|Kthread|FDSize|CoreDumping|THP_)' |
		tr -s '\t ' ' ' | sed 's/ $//' | golden status
}

@test "user and group map: one range of 65536 ids" {
	seen uid_map | awk '$2 >= 65536 { $2 = "RANGE" } { print $1, $2, $3 }' | golden id_map
	seen gid_map | awk '$2 >= 65536 { $2 = "RANGE" } { print $1, $2, $3 }' | golden id_map
}

@test "limits are the caller's, and nothing else" {
	prlimit --nofile=1000:2000 --nproc=5000:6000 --core=0:0 --stack=8000000:9000000 --memlock=60000:60000 --sigpending=900:1000 \
		--msgqueue=80000:81920 --fsize=1000000000:2000000000 lighter run --rm golden cat /proc/self/limits |
		sed 's/  */ /g; s/ $//' | golden limits
}

# What this kernel has not is neither masked nor read-only.
that_exist() {
	local path rest
	while read -r path rest; do
		case $path in
		/proc/* | /sys/firmware | /sys/devices/*) [ -e "$path" ] || continue ;;
		esac
		echo "$path $rest"
	done
}

# mount point, type, options of the mount, propagation if there is any
@test "mounts" {
	local version=v1
	[ -d /sys/fs/cgroup/memory ] || version=v2
	seen mountinfo | awk '{
		shared = ""
		for (i = 7; $i != "-"; i++)
			shared = shared " " $i
		type = $(i + 1)
		if (sub("^/sys/fs/cgroup/.*", "/sys/fs/cgroup/*", $5))
			type = "cgroup" # some of them may be of version 2
		if ($5 ~ "^/etc/")
			type = "of-the-instance"
		print $5, type, $6 shared
	}' | LC_ALL=C sort -u >"$BATS_TEST_TMPDIR/mounts"
	diff -u <(that_exist <"$BATS_TEST_DIRNAME/golden/mounts.$version") "$BATS_TEST_TMPDIR/mounts"
}

# The kernel may have no /proc/kcore.
@test "the files of /dev, their types, modes and owners" {
	local absent=no-such-line
	[ -e /proc/kcore ] || absent='^core '
	lighter run --rm golden sh -c 'cd /dev; for f in * pts/* shm/* mqueue/*; do [ ! -e $f ] && [ ! -L $f ] || stat -c "%n %F %a %u:%g %t:%T %N" $f; done' |
		LC_ALL=C sort >"$BATS_TEST_TMPDIR/dev"
	diff -u <(grep -v "$absent" "$BATS_TEST_DIRNAME/golden/dev") "$BATS_TEST_TMPDIR/dev"
}

@test "the environment, the working directory, the descriptors, the umask, the session" {
	lighter run --rm -h host golden sh -c 'env | sort; pwd; ls /proc/self/fd; umask; cut -d" " -f5-6 /proc/1/stat; cat /proc/self/oom_score_adj /proc/self/comm' |
		golden environment
}

@test "the answer of the filter to every number of x86-64 and aarch64" {
	"$BUILD/tests/answers" | golden syscalls
}

# Each line of the golden file that says a refusal must be that refusal; what is allowed reaches the kernel. Since 6.14 and
# 6.18 the kernel asks no filter about uretprobe and uprobe.
@test "the answer of the kernel to every number" {
	[ "$(uname -m)" = x86_64 ]
	lighter run --rm golden probe >"$BATS_TEST_TMPDIR/answers"
	assert_eq "$(awk '{ print $1 }' "$BATS_TEST_TMPDIR/answers" | tail -n 1)" 511
	awk '
		FNR == NR { if ($1 == "x86_64") { said[$2] = $5; name[$2] = $3 } next }
		name[$1] ~ /^u(ret)?probe$/ { next }
		said[$1] == "EPERM" && $2 != 1 || said[$1] == "ENOSYS" && $2 != 38 || $2 $3 == "signal31" {
			print $1, name[$1] ": wanted", said[$1] ", got", $2, $3
			wrong = 1
		}
		END { exit wrong }
	' "$BATS_TEST_DIRNAME/golden/syscalls" "$BATS_TEST_TMPDIR/answers"
}
