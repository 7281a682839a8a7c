/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One fault at one system call of a program and of everything that it makes until that executes another program.
 *
 *   inject [-o LOG] [-p PID] [-t MILLISECONDS] [-a PROCESS:CALL:ACTION] COMMAND [ARG...]
 *
 * Processes are numbered in the order of their birth: 0 is COMMAND; with -p, 1 is a process that is there already. CALL
 * counts a process's own system calls from 1, so that a point means the same in the next run whatever the others do in
 * between. ACTION is a number (the call is not made and returns this errno), or who gets SIGKILL in place of the call:
 * `self`, `main` (COMMAND), or `all`. LOG gets a line for each call, PROCESS CALL NAME OBJECT, or for the one of -a alone.
 *
 * The exit status is COMMAND's (128 + signal), 124 after MILLISECONDS: then all are killed. 125: the point was not reached.
 * strace has all of this but the counting by process, and costs twenty times as much.
 */

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum { PROCESSES = 64, HUNG = 124, NOT_REACHED = 125, FAILED = 126, OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK };

enum action { NOTHING = 0 /* else an errno */, KILL_SELF = -1, KILL_MAIN = -2, KILL_ALL = -3 };

struct process {
	pid_t pid; /* 0: has ended, or is another program by now */
	int calls;
	bool begun; /* its calls count */
	bool failing; /* at the exit of the call that is to fail */
};

static struct {
	struct process processes[PROCESSES];
	int n;
	int process, call, action; /* the point */
	bool done;
	FILE *log;
} s;

static volatile sig_atomic_t hung;

static const struct { const char *name; int numbers[5]; } calls[] = {
#include "linux/syscalls.inc"
};

#ifdef __aarch64__
enum { ARCH = 3 };
#else
enum { ARCH = 0 };
#endif

/* ---- what is logged ---- */

static const char *name_of(int number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].numbers[ARCH] == number)
			return calls[i].name;
	return "unknown";
}

/* Which argument is a path (p), a descriptor (f), or worth its number (n). */
static const struct { const char *name, *kinds; } shown[] = {
	{ "openat", "fp" }, { "openat2", "fp" }, { "open_tree", "fp" }, { "mkdirat", "fp" }, { "mkdir", "p" },
	{ "unlinkat", "fp" }, { "rmdir", "p" }, { "unlink", "p" }, { "renameat", "fp" }, { "renameat2", "fp" },
	{ "readlink", "p" }, { "readlinkat", "fp" }, { "execve", "p" }, { "execveat", "fp" }, { "faccessat", "fp" },
	{ "faccessat2", "fp" }, { "newfstatat", "fp" }, { "statfs", "p" }, { "stat", "p" }, { "symlinkat", "pfp" },
	{ "mknodat", "fp" }, { "fchownat", "fp" }, { "sethostname", "p" }, { "setns", "f" }, { "fchdir", "f" },
	{ "read", "f" }, { "write", "fp" }, { "close", "f" }, { "fstat", "f" }, { "getdents64", "f" }, { "fstatfs", "f" },
	{ "move_mount", "fpfp" }, { "mount_setattr", "fp" }, { "fsconfig", "fnpp" }, { "fsmount", "f" }, { "fsopen", "p" },
	{ "prctl", "nn" }, { "fcntl", "fn" }, { "ioctl", "fn" }, { "umount2", "p" }, { "pivot_root", "p" },
	{ "rt_sigaction", "n" }, { "socket", "nn" }, { "keyctl", "nnp" }, { "dup3", "fn" }, { "lseek", "f" },
	{ "sendmsg", "f" }, { "recvmsg", "f" }, { "sendto", "f" }, { "recvfrom", "f" }, { "bind", "f" }, { "connect", "f" },
	{ "listen", "f" }, { "accept4", "f" }, { "fchown", "f" }, { "fchmod", "f" }, { "prlimit64", "nn" },
	{ "unshare", "n" }, { "mmap", "nn" }, { "brk", "n" }, { "seccomp", "n" }, { "sched_setaffinity", "n" },
	{ "pidfd_open", "n" }, { "pidfd_send_signal", "fn" }, { "waitid", "nn" }, { "close_range", "nn" }, { "flock", "fn" },
};

static void show_text(pid_t pid, uint64_t at)
{
	char text[65] = "";
	struct iovec to = { text, sizeof(text) - 1 }, from = { (void *)(uintptr_t)at, sizeof(text) - 1 };

	if (at == 0 || process_vm_readv(pid, &to, 1, &from, 1, 0) < 0) {
		from.iov_len = to.iov_len = 16;
		if (at == 0 || process_vm_readv(pid, &to, 1, &from, 1, 0) < 0)
			text[0] = '\0';
	}
	for (char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '_';
	(void)fprintf(s.log, " \"%s\"", text);
}

static void show_descriptor(pid_t pid, int fd)
{
	char path[64], name[256];
	ssize_t n;

	if (fd < 0) {
		(void)fputs(" cwd", s.log);
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	n = readlink(path, name, sizeof(name) - 1);
	name[n > 0 ? n : 0] = '\0';
	if (strchr(name, ':'))
		*strchr(name, ':') = '\0'; /* socket:[123] */
	(void)fprintf(s.log, " <%s>", name);
}

static void show_arguments(pid_t pid, const char *name, const uint64_t *args)
{
	const char *kinds = "";

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (strcmp(shown[i].name, name) == 0)
			kinds = shown[i].kinds;
	for (size_t i = 0; kinds[i]; i++) {
		if (kinds[i] == 'p')
			show_text(pid, args[i]);
		else if (kinds[i] == 'f')
			show_descriptor(pid, (int)args[i]);
		else
			(void)fprintf(s.log, " %ld", (long)args[i]);
	}
}

static void show(const struct process *p, const struct ptrace_syscall_info *info)
{
	const char *name = name_of((int)info->entry.nr);

	(void)fprintf(s.log, "%d %d %s", (int)(p - s.processes), p->calls, name);
	show_arguments(p->pid, name, (const uint64_t *)info->entry.args);
	(void)fputc('\n', s.log);
}

/* ---- what is done ---- */

#ifdef __aarch64__

static void set_call(pid_t pid, int number)
{
	struct iovec to = { &number, sizeof(number) };

	(void)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &to);
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct regs;
	struct iovec to = { &regs, sizeof(regs) };

	(void)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &to);
	regs.regs[0] = (unsigned long)result;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &to);
}

#else

static void set_call(pid_t pid, int number)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), (long)number);
}

static void set_result(pid_t pid, long result)
{
	(void)ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result);
}

#endif

static void kill_all(void)
{
	for (int i = 0; i < s.n; i++)
		if (s.processes[i].pid > 0)
			(void)kill(s.processes[i].pid, SIGKILL);
}

/* close(2) closes whatever it says. */
static void fail(struct process *p, const struct ptrace_syscall_info *info)
{
	p->failing = true;
	if (info->entry.nr != SYS_close)
		set_call(p->pid, -1);
}

static void act(struct process *p, const struct ptrace_syscall_info *info)
{
	s.done = true;
	if (s.action == KILL_ALL) {
		kill_all();
	} else if (s.action < 0) {
		(void)kill(s.action == KILL_MAIN ? s.processes[0].pid : p->pid, SIGKILL);
	} else {
		fail(p, info);
	}
}

static void at_call(struct process *p)
{
	struct ptrace_syscall_info info;
	bool here;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && p->failing) {
		set_result(p->pid, -s.action);
		p->failing = false;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !p->begun)
		return;
	p->calls++;
	here = s.action && p - s.processes == s.process && p->calls == s.call;
	if (s.log && (here || !s.action))
		show(p, &info);
	if (here)
		act(p, &info);
}

/* ---- who is watched ---- */

static struct process *find(pid_t pid)
{
	for (int i = 0; i < s.n; i++)
		if (s.processes[i].pid == pid)
			return &s.processes[i];
	if (s.n == PROCESSES)
		return NULL;
	s.processes[s.n] = (struct process){ .pid = pid, .begun = true };
	return &s.processes[s.n++];
}

static void resume(const struct process *p, int signal)
{
	(void)ptrace(s.done && !p->failing ? PTRACE_CONT : PTRACE_SYSCALL, p->pid, 0, (long)signal);
}

/* Its system calls are somebody else's now; COMMAND itself may start itself again. */
static void executed(struct process *p)
{
	if (p != &s.processes[0]) {
		(void)ptrace(PTRACE_DETACH, p->pid, 0, 0);
		p->pid = 0;
		return;
	}
	p->begun = true;
	resume(p, 0);
}

static void stopped(struct process *p, int status)
{
	int event = status >> 16, signal = WSTOPSIG(status);
	unsigned long child = 0;

	if (signal == (SIGTRAP | 0x80)) {
		at_call(p);
		resume(p, 0);
	} else if (event == PTRACE_EVENT_EXEC) {
		executed(p);
	} else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, p->pid, 0, 0);
	} else if (event == PTRACE_EVENT_STOP) {
		resume(p, 0);
	} else if (event) {
		if (ptrace(PTRACE_GETEVENTMSG, p->pid, 0, &child) == 0)
			(void)find((pid_t)child);
		resume(p, 0);
	} else {
		resume(p, signal);
	}
}

static void on_alarm(int signal)
{
	(void)signal;
	hung = 1;
	kill_all();
}

static int result_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int watch(pid_t main_pid)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		struct process *p;

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return FAILED;
		p = find(pid);
		if (!p)
			return FAILED;
		if (WIFSTOPPED(status)) {
			stopped(p, status);
			continue;
		}
		p->pid = 0;
		if (pid == main_pid)
			return result_of(status);
	}
}

static int seize(pid_t pid, bool begun)
{
	struct process *p = find(pid);

	p->begun = begun;
	return ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) < 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 ? -1 : 0;
}

/* Waits until it is watched, so that nothing of it is missed. */
static pid_t start(char **argv, int *ret_go)
{
	int go[2];
	char byte;
	pid_t pid = pipe(go) < 0 ? -1 : fork();

	if (pid == 0) {
		(void)close(go[1]);
		if (read(go[0], &byte, 1) == 1) {
			(void)close(go[0]);
			(void)execv(argv[0], argv);
		}
		perror(argv[0]);
		_exit(FAILED);
	}
	if (pid > 0)
		(void)close(go[0]);
	*ret_go = go[1];
	return pid;
}

static int parse_action(const char *text)
{
	static const struct { const char *word; enum action action; } words[] = {
		{ "self", KILL_SELF }, { "main", KILL_MAIN }, { "all", KILL_ALL },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, text) == 0)
			return words[i].action;
	return (int)strtol(text, NULL, 10);
}

static bool parse_point(const char *text)
{
	char action[16];

	if (sscanf(text, "%d:%d:%15s", &s.process, &s.call, action) != 3)
		return false;
	s.action = parse_action(action);
	return s.action != NOTHING;
}

static void arm(long milliseconds)
{
	const struct itimerval when = { .it_value = { milliseconds / 1000, milliseconds % 1000 * 1000 } };

	(void)sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
	(void)setitimer(ITIMER_REAL, &when, NULL);
}

int main(int argc, char **argv)
{
	long milliseconds = 20000;
	pid_t there = 0, pid;
	int option, go, result;

	while ((option = getopt(argc, argv, "+o:p:t:a:")) >= 0) {
		if (option == 'o')
			s.log = fopen(optarg, "we");
		else if (option == 'p')
			there = (pid_t)strtol(optarg, NULL, 10);
		else if (option == 't')
			milliseconds = strtol(optarg, NULL, 10);
		else if (option != 'a' || !parse_point(optarg))
			return FAILED;
	}
	pid = optind < argc ? start(argv + optind, &go) : -1;
	if (pid < 0 || seize(pid, false) < 0 || (there > 0 && seize(there, true) < 0)) {
		perror("inject");
		return FAILED;
	}
	arm(milliseconds);
	if (write(go, "", 1) < 0) {
		perror("inject");
		return FAILED;
	}
	result = watch(pid);
	if (s.log)
		(void)fclose(s.log);
	if (hung)
		return HUNG;
	return s.action && !s.done ? NOT_REACHED : result;
}
