# SPDX-License-Identifier: Apache-2.0
# Costs that are counted, not timed: system calls and execs of lighter-runtime.
# sanitize: no
# vm: yes

load ../lib/lighter
load ../lib/assert

setup() {
	B=$BATS_TEST_TMPDIR/bundle
	mkdir -p "$B"
	bundle_new "$B"
	R="lighter-runtime --root $BATS_TEST_TMPDIR/state"
	# What `runc spec` writes, with Docker's seccomp profile in our words: all namespaces, cgroup and mqueue mounts.
	config_edit "$B" '.process.args = ["/bin/true"] | .linux.namespaces += [{"type":"cgroup"}] | .root.readonly = true |
		.mounts += [{"destination":"/dev/mqueue","type":"mqueue","source":"mqueue","options":["nosuid","noexec","nodev"]},
			{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["nosuid","noexec","nodev","relatime","ro"]}] |
		.linux.maskedPaths = ["/proc/acpi","/proc/asound","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list",
			"/proc/timer_stats","/proc/sched_debug","/sys/firmware","/proc/scsi"] |
		.linux.seccomp = {"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],
			"syscalls":[{"names":["read","write","openat","close","mmap","munmap","mprotect","brk","execve","exit_group","fstat",
			"arch_prctl","set_tid_address","set_robust_list","rseq","prlimit64","getrandom","readlink","getuid","prctl",
			"setresuid","setresgid","setgroups","capset","capget","fcntl","close_range","rt_sigaction","rt_sigprocmask",
			"sendto","sendmsg","lseek","ioctl","newfstatat","wait4"],"action":"SCMP_ACT_ALLOW"}]}'
}

# calls_of PROGRAM TRACE: all but what PROGRAM itself calls once it is executed.
calls_of() {
	awk -v begins="execve(\"$1\"" 'index($0, begins) { program = $1 } runs && $1 == program { next }
		$1 == program && /execve.* = 0$/ { runs = 1 } $2 ~ /^[a-z_0-9]+\(/ { n++ } END { print n }' "$2"
}

# Each v1 hierarchy costs a directory, a join, a mount and their ends, and a machine may have nine of them.
@test "run: at most 250 system calls and 14 for each v1 hierarchy, at most 2 execs of ours" {
	local calls execs hierarchies
	$R run -b "$B" c # the parents of its groups stay, as on every machine that has run one
	strace -f -o "$BATS_TEST_TMPDIR/trace" $R run -b "$B" c
	# The caller's own exec of lighter-runtime is not ours; what the program itself calls is not either.
	awk '/execve(at)?\(.*\) = 0|<\.\.\. execve(at)? resumed.*= 0/ { n++ } END { exit !(n == 3) }' "$BATS_TEST_TMPDIR/trace"
	calls=$(calls_of /bin/true "$BATS_TEST_TMPDIR/trace")
	execs=$(grep -cE ' execve(at)?\(' "$BATS_TEST_TMPDIR/trace")
	hierarchies=$(grep -c ' - cgroup ' /proc/self/mountinfo) || true
	echo "system calls: $calls with $hierarchies v1 hierarchies, execs: $execs (the caller's included)"
	[ "$calls" -le $((250 + 14 * hierarchies)) ]
	[ "$execs" -le 3 ]
}

@test "the seal is made by four system calls, before the C library starts" {
	strace -o "$BATS_TEST_TMPDIR/trace" lighter-runtime --version
	assert_eq "$(sed -nE '2,/execveat/s/\(.*//p' "$BATS_TEST_TMPDIR/trace" | xargs)" "openat open_tree mount_setattr execveat"
}

@test "exec: at most 128 system calls and 2 for each v1 hierarchy" {
	config_edit "$B" '.process.args = ["sleep","1000"] | del(.linux.seccomp)'
	local calls
	$R run -d -b "$B" c </dev/null >/dev/null 2>&1
	strace -f -o "$BATS_TEST_TMPDIR/trace" $R exec c /bin/true
	calls=$(calls_of /bin/true "$BATS_TEST_TMPDIR/trace")
	$R delete -f c
	echo "system calls: $calls"
	[ "$calls" -le $((128 + 2 * $(grep -c ' - cgroup ' /proc/self/mountinfo || true))) ]
}

@test "a pid is never written to cgroup.procs on v1" {
	[ -d /sys/fs/cgroup/memory ] || skip "cgroup v2 only"
	strace -f -e trace=openat2,write -o "$BATS_TEST_TMPDIR/trace" $R run -b "$B" c
	! grep -E 'openat2.*cgroup.procs.*O_WRONLY' "$BATS_TEST_TMPDIR/trace"
	grep -q 'openat2.*/tasks.*O_WRONLY' "$BATS_TEST_TMPDIR/trace"
}
