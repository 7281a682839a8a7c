# SPDX-License-Identifier: Apache-2.0
# vm: long
# lighter-runtime: linux.seccomp, what the kernel does with a container's program and what an agent is told.

load ../lib/lighter
load ../lib/assert
load ../lib/runtime
bats_require_minimum_version 1.5.0

setup() {
	runtime_setup
	SOCKET=$BATS_TEST_TMPDIR/agent.sock TOLD=$BATS_TEST_TMPDIR/told
}

teardown() {
	agent_stop
	runtime_teardown
}

# seccomp JSON-OBJECT: the bundle's profile; what it does not say allows all
seccomp() {
	config_edit "$B" ".linux.seccomp = ({\"defaultAction\":\"SCMP_ACT_ALLOW\"} + $1)"
}

rule() { # CALL ACTION [MORE]
	echo "{\"syscalls\":[{\"names\":[\"$1\"],\"action\":\"SCMP_ACT_$2\"${3:-}}]}"
}

# The number of a call on this machine.
call_number() {
	printf '#include <sys/syscall.h>\n@__NR_%s\n' "$1" | gcc -E -P - | sed -n 's/^@//p'
}

# agent_start [CALL=ANSWER...]: see seccomp_agent.py, calls by name
agent_start() {
	local word words=()
	for word; do words+=("$(call_number "${word%%=*}")=${word#*=}"); done
	mkfifo "$BATS_TEST_TMPDIR/agent.end"
	python3 "$BATS_TEST_DIRNAME/../lib/seccomp_agent.py" "$SOCKET" "$TOLD" "${words[@]}" <"$BATS_TEST_TMPDIR/agent.end" \
		>"$BATS_TEST_TMPDIR/agent.log" 2>&1 3>&- &
	AGENT=$!
	exec 8>"$BATS_TEST_TMPDIR/agent.end"
	wait_until test -S "$SOCKET"
}

agent_stop() {
	[ -n "${AGENT:-}" ] || return 0
	exec 8>&-
	wait "$AGENT" || cat "$BATS_TEST_TMPDIR/agent.log"
	AGENT=
}

ends_with() { # STATUS SCRIPT [no_new_privs]
	program "$2"
	run -"$1" $R run -b "$B" c </dev/null
}

# ---- actions ----

@test "errno: the call fails with the number, EPERM without one" {
	seccomp "$(rule mkdir ERRNO)"
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'Operation not permitted'
	seccomp "$(rule mkdir ERRNO ',"errnoRet":28')"
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'No space left on device'
}

@test "the default action with its own number, under rules that allow" {
	local calls
	calls=$(printf '"%s",' read write openat close mmap munmap mprotect brk execve exit exit_group fstat newfstatat arch_prctl \
		set_tid_address set_robust_list rseq prlimit64 getrandom readlink readlinkat getuid geteuid getgid getegid getpid getppid \
		prctl setresuid setresgid setgroups capset capget fcntl close_range rt_sigaction rt_sigprocmask rt_sigreturn lseek \
		ioctl wait4 uname getcwd stat lstat clone vfork fork dup2 poll umask access sendmsg recvmsg openat2 futex)
	config_edit "$B" ".linux.seccomp = {\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":63,
		\"syscalls\":[{\"names\":[${calls%,}],\"action\":\"SCMP_ACT_ALLOW\"}]}"
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'Out of streams resources'
}

@test "kill, kill thread, kill process and trap end the program by SIGSYS" {
	local action
	for action in KILL KILL_THREAD KILL_PROCESS TRAP; do
		seccomp "$(rule mkdir "$action")"
		ends_with 159 'exec mkdir /tmp/x'
	done
}

@test "kill thread leaves the other threads, kill process does not" {
	cat >"$BATS_TEST_TMPDIR/threads.c" <<-'END'
		#include <pthread.h>
		#include <stdio.h>
		#include <sys/stat.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		static void *thread(void *arg) { syscall(SYS_mkdir, "/tmp/x", 0700); return arg; }
		int main(void)
		{
			pthread_t t;
			pthread_create(&t, NULL, thread, NULL);
			while (access("/proc/self/task", F_OK) == 0) {
				struct stat st;
				if (stat("/proc/self/task", &st) == 0 && st.st_nlink == 3) { puts("alone"); return 7; }
			}
			return 1;
		}
	END
	gcc -static -pthread -o "$B/rootfs/bin/threads" "$BATS_TEST_TMPDIR/threads.c"
	seccomp "$(rule mkdir KILL_THREAD)"
	config_edit "$B" '.process.args = ["threads"]'
	run -7 $R run -b "$B" c
	assert_eq "$output" alone
	seccomp "$(rule mkdir KILL_PROCESS)"
	run -159 $R run -b "$B" c
}

@test "log lets the call through, trace without a tracer is ENOSYS" {
	seccomp "$(rule mkdir LOG)"
	assert_eq "$(says 'mkdir /tmp/logged && echo made')" made
	seccomp "$(rule mkdir TRACE)"
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'Function not implemented'
}

# ---- arguments, flags, architectures ----

@test "operators on arguments, masked equality, several conditions on one argument" {
	seccomp "$(rule kill ERRNO ',"args":[{"index":1,"value":10,"op":"SCMP_CMP_EQ"},{"index":1,"value":12,"op":"SCMP_CMP_EQ"}]')"
	assert_eq "$(says 'for s in 0 10 12 18; do kill -$s $$ 2>/dev/null && echo $s; done; true' | tr '\n' ' ')" '0 18 '
	seccomp "$(rule kill ERRNO ',"args":[{"index":1,"value":9,"valueTwo":8,"op":"SCMP_CMP_MASKED_EQ"}]')"
	# SIGCONT 18 = 10010b: no; 28 SIGWINCH = 11100b, & 9 = 8: yes; 23 SIGURG = 10111b, & 9 = 1: no
	assert_eq "$(says 'for s in 18 28 23; do kill -$s $$ 2>/dev/null && echo $s; done; true' | tr '\n' ' ')" '18 23 '
}

@test "the filter is there with and without no_new_privs, for every user, and once" {
	local new_privs user
	seccomp "$(rule mkdir ERRNO)"
	for new_privs in true false; do
		for user in 0 5; do
			config_edit "$B" ".process.noNewPrivileges = $new_privs | .process.user.uid = $user"
			assert_eq "$(says 'grep -E "^(Seccomp|Seccomp_filters|NoNewPrivs):" /proc/self/status | cut -f2 | tr "\n" " "')" \
				"$([ $new_privs = true ] && echo 1 || echo 0) 2 1 "
		done
	done
}

@test "flags: the kernel is given what the profile says" {
	flags() { # FLAGS: what seccomp(2) was called with
		seccomp "$(rule mkdir ERRNO) + {\"flags\":$1}"
		program true
		ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=seccomp -o "$BATS_TEST_TMPDIR/trace" $R run -b "$B" c </dev/null
		sed -n 's/.*seccomp(SECCOMP_SET_MODE_FILTER, \([^,]*\),.*/\1/p' "$BATS_TEST_TMPDIR/trace"
	}
	assert_eq "$(flags '[]')" 0
	assert_eq "$(flags '["SECCOMP_FILTER_FLAG_LOG"]')" SECCOMP_FILTER_FLAG_LOG
	assert_eq "$(flags '["SECCOMP_FILTER_FLAG_SPEC_ALLOW","SECCOMP_FILTER_FLAG_TSYNC"]')" SECCOMP_FILTER_FLAG_SPEC_ALLOW
}

@test "spec allow: the kernel leaves speculation to the program, without the flag it does not" {
	# What the machine's CPU makes of it is the kernel's; that both are accepted and the program runs is ours.
	seccomp "$(rule mkdir ERRNO) + {\"flags\":[\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}"
	says 'grep Speculation_Store_Bypass /proc/self/status' | grep -qv 'force mitigated'
}

@test "a 32-bit program is held by the rules of x86, through socketcall too, and killed where the profile lacks x86" {
	[ "$(uname -m)" = x86_64 ]
	# Without a C library: socket() by number 359, then by socketcall, prints each errno.
	cat >"$BATS_TEST_TMPDIR/socket.c" <<-'END'
		static int call(int n, int a, int b, int c)
		{
			int r;
			__asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory");
			return r;
		}
		static char digit(int r) { return r == -1 ? 'p' : r == -28 ? 's' : r >= 0 ? 'o' : '?'; }
		void _start(void)
		{
			unsigned long args[3] = { 1, 1, 0 };
			char text[3];
			text[0] = digit(call(359, 1, 1, 0));
			text[1] = digit(call(102, 1, (int)args, 0));
			text[2] = '\n';
			call(4, 1, (int)text, 3);
			call(1, 0, 0, 0);
		}
	END
	gcc -m32 -nostdlib -static -ffreestanding -fno-stack-protector -fno-pie -no-pie -Os -o "$B/rootfs/bin/socket32" \
		"$BATS_TEST_TMPDIR/socket.c"
	config_edit "$B" '.process.args = ["socket32"]'
	seccomp "$(rule socket ERRNO ',"errnoRet":28') + {\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"]}"
	assert_eq "$($R run -b "$B" c)" ss
	seccomp "$(rule bind ERRNO) + {\"architectures\":[\"SCMP_ARCH_X86\"]}"
	assert_eq "$($R run -b "$B" c)" oo
	seccomp "$(rule socket ERRNO) + {\"architectures\":[\"SCMP_ARCH_X86_64\"]}"
	run -159 $R run -b "$B" c
}

@test "a call of x32 is held by its own rules, and killed where the profile lacks x32" {
	[ "$(uname -m)" = x86_64 ]
	cat >"$BATS_TEST_TMPDIR/x32.c" <<-'END'
		#include <errno.h>
		#include <stdio.h>
		#include <unistd.h>
		int main(void) { printf("%d\n", syscall(0x40000000 + 83, "/tmp/x", 0700) < 0 ? errno : 0); return 0; }
	END
	gcc -static -o "$B/rootfs/bin/x32" "$BATS_TEST_TMPDIR/x32.c"
	config_edit "$B" '.process.args = ["x32"]'
	seccomp "$(rule mkdir ERRNO ',"errnoRet":28') + {\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X32\"]}"
	assert_eq "$($R run -b "$B" c)" 28
	seccomp "$(rule mkdir ERRNO ',"errnoRet":28') + {\"architectures\":[\"SCMP_ARCH_X86_64\"]}"
	run -159 $R run -b "$B" c
}

@test "under a default that is an errno, calls newer than the profile are ENOSYS" {
	cat >"$BATS_TEST_TMPDIR/newer.c" <<-'END'
		#include <errno.h>
		#include <stdio.h>
		#include <unistd.h>
		int main(void) { long a = syscall(83, "/", 0), b = (a = errno, syscall(600)); printf("%ld %d\n", a, b < 0 ? errno : 0); return 0; }
	END
	gcc -static -o "$B/rootfs/bin/newer" "$BATS_TEST_TMPDIR/newer.c"
	config_edit "$B" '.process.args = ["newer"] | .linux.seccomp = {"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","write",
		"openat","close","mmap","munmap","mprotect","brk","execve","exit_group","fstat","newfstatat","arch_prctl","set_tid_address",
		"set_robust_list","rseq","prlimit64","getrandom","readlink","readlinkat","prctl","setresuid","setresgid","setgroups","capset","capget",
		"close_range","sendmsg"],"action":"SCMP_ACT_ALLOW"}]}'
	assert_eq "$($R run -b "$B" c)" '1 38'
}

# ---- notification ----

notify() { # CALL...: the bundle's profile asks about them
	seccomp "{\"listenerPath\":\"$SOCKET\",\"listenerMetadata\":\"some: data\",\"syscalls\":[
		{\"names\":$(printf '%s\n' "$@" | jq -R . | jq -sc .),\"action\":\"SCMP_ACT_NOTIFY\"}]}"
}

@test "notify: the agent decides, and is told of the container's process with one descriptor" {
	agent_start mkdir=-28
	notify mkdir
	config_edit "$B" '.annotations = {"a":"b"}'
	program 'mkdir /tmp/x 2>&1; sleep 1000'
	$R create -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	[ ! -e "$TOLD" ]
	$R start c
	wait_until grep -q 'No space left on device' "$BATS_TEST_TMPDIR/out"
	assert_eq "$(jq -c '[.fds, .link[0]]' "$TOLD")" '[1,"anon_inode:seccomp notify"]'
	assert_eq "$(jq -cS .state "$TOLD")" "$(jq -ncS --argjson pid "$(cat "$BATS_TEST_TMPDIR/pid")" --arg bundle "$B" '
		{ociVersion: "1.1.0", fds: ["seccompFd"], pid: $pid, metadata: "some: data", state:
			{ociVersion: "1.1.0", id: "c", status: "creating", pid: $pid, bundle: $bundle, annotations: {a: "b"}}}')"
}

@test "notify: exec asks too, by a filter and a connection of its own" {
	local pid
	agent_start mkdir=-28
	notify mkdir
	program 'sleep 1000'
	$R run -d -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" c </dev/null >/dev/null 2>&1
	run -1 $R exec --pid-file "$BATS_TEST_TMPDIR/exec.pid" c mkdir /tmp/x
	grep -q 'No space left on device' <<<"$output"
	assert_eq "$(wc -l <"$TOLD")" 2
	pid=$(cat "$BATS_TEST_TMPDIR/pid")
	assert_eq "$(tail -1 "$TOLD" | jq -c '[.fds, .state.pid, .state.state.pid, .state.state.status]')" \
		"[1,$(cat "$BATS_TEST_TMPDIR/exec.pid"),$pid,\"running\"]"
}

@test "notify: with and without no_new_privs, and when every call is asked about" {
	local new_privs
	agent_start mkdir=-28
	for new_privs in true false; do
		notify mkdir write sendmsg close execve
		config_edit "$B" ".process.noNewPrivileges = $new_privs"
		says 'mkdir /tmp/x 2>&1; true' | grep -q 'No space left on device'
	done
	config_edit "$B" ".linux.seccomp = {\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"$SOCKET\"}"
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'No space left on device'
	assert_eq "$(jq .fds "$TOLD" | tr '\n' ' ')" '1 1 1 '
}

@test "notify: a state larger than one message, a path longer than a socket's" {
	local deep
	deep=$BATS_TEST_TMPDIR/$(printf 'd%.0s' {1..90})
	mkdir "$deep"
	SOCKET=$deep/agent.sock
	agent_start mkdir=-28
	notify mkdir
	config_edit "$B" '.annotations = {long: ("x" * 300000)}'
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'No space left on device'
	assert_eq "$(jq '.state.state.annotations.long | length' "$TOLD")" 300000
}

@test "notify: without the agent nothing starts, and the start can be tried again" {
	notify mkdir
	program 'sleep 1000'
	fails_with 1 "connect to the seccomp agent at linux.seccomp.listenerPath '$SOCKET': No such file" $R run -b "$B" d
	[ ! -e "$BATS_TEST_TMPDIR/state/d" ]
	$R create -b "$B" c </dev/null >/dev/null 2>&1
	fails_with 1 'connect to the seccomp agent' $R start c
	assert_eq "$($R state c | jq -r .status)" created
	agent_start
	$R start c
	assert_eq "$($R state c | jq -r .status)" running
	agent_stop
	fails_with 255 'connect to the seccomp agent' $R exec c true
}

@test "notify: waiting killably is the kernel's flag" {
	agent_start mkdir=-28
	notify mkdir
	config_edit "$B" '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'No space left on device'
	program 'mkdir /tmp/x 2>&1; true'
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=seccomp -o "$BATS_TEST_TMPDIR/trace" $R run -b "$B" c </dev/null
	grep -qE 'SECCOMP_FILTER_FLAG_NEW_LISTENER\|(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV|0x20)' "$BATS_TEST_TMPDIR/trace"
}

@test "run.oci.seccomp.receiver: the agent's socket where there is no listenerPath; exec knows it too" {
	agent_start mkdir=-28
	notify mkdir
	config_edit "$B" '.annotations["run.oci.seccomp.receiver"] = .linux.seccomp.listenerPath | del(.linux.seccomp.listenerPath)'
	program 'mkdir /tmp/x 2>&1; sleep 1000'
	$R create -b "$B" c </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	$R start c
	wait_until grep -q 'No space left on device' "$BATS_TEST_TMPDIR/out"
	run -1 $R exec c mkdir /tmp/y
	grep -q 'No space left on device' <<<"$output"
	$R delete -f c
	# The specification's own field comes first.
	config_edit "$B" '.linux.seccomp.listenerPath = "/no/such"'
	fails_with 1 "linux.seccomp.listenerPath '/no/such'" $R run -b "$B" c
}

@test "run.oci.seccomp_fail_unknown_syscall: a name that is none is an error, and without it none" {
	seccomp '{"syscalls":[{"names":["mkdir","nosuch"],"action":"SCMP_ACT_ERRNO"}]}'
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'Operation not permitted'
	config_edit "$B" '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "0"'
	says true
	config_edit "$B" '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	fails_with 1 "linux.seccomp.syscalls\[0\].names\[1\]: 'nosuch' is not a system call" $R create -b "$B" c
	# of another architecture it may be
	seccomp '{"syscalls":[{"names":["socketcall","mkdir"],"action":"SCMP_ACT_ERRNO"}]}'
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'Operation not permitted'
}

@test "listenerPath without notify is ignored" {
	seccomp "$(rule mkdir ERRNO) + {\"listenerPath\":\"/no/such/socket\",\"listenerMetadata\":\"m\"}"
	says 'mkdir /tmp/x 2>&1; true' | grep -q 'Operation not permitted'
}

@test "nothing of a listener stays in the container" {
	agent_start
	notify mkdir
	assert_eq "$(says 'ls -l /proc/1/fd | grep -c seccomp; ls /proc >/tmp/all; grep -c "^[0-9]" /tmp/all; ls /proc/1/task | wc -l')" "$(printf '0\n2\n1')"
}

# ---- what is refused ----

@test "profiles that cannot be meant are refused, and nothing is left" {
	local profile wanted
	while IFS='|' read -r profile wanted; do
		config_edit "$B" ".linux.seccomp = $profile"
		fails_with 1 "$wanted" $R create -b "$B" bad </dev/null
		[ ! -e "$BATS_TEST_TMPDIR/state/bad" ]
	done <<-'END'
		{"defaultAction":"SCMP_ACT_X"}|linux.seccomp.defaultAction: 'SCMP_ACT_X' is not an action
		{"defaultAction":"SCMP_ACT_NOTIFY"}|linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs one
		{"defaultAction":"SCMP_ACT_ALLOW","listenerMetadata":"m"}|linux.seccomp.listenerMetadata: 'm': there is no listenerPath
		{"defaultAction":"SCMP_ACT_ALLOW","flags":["X"]}|linux.seccomp.flags\[0\]: 'X' is not known
		{"defaultAction":"SCMP_ACT_ALLOW","architectures":["X"]}|linux.seccomp.architectures\[0\]: 'X' is not an architecture
		{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1}|linux.seccomp.defaultErrnoRet: 1: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE
		{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[],"action":"SCMP_ACT_LOG"}]}|syscalls\[0\].names: at least one
	END
}
