/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/seccomp.h"

/*
 * The default profile: an allowlist with the permissions that Docker's users know, and tighter where it costs nobody:
 * no io_uring, no AF_ALG, no AF_VSOCK, no userfaultfd, no kernel keyrings, no TIOCSTI and TIOCLINUX. What is refused
 * answers EPERM; what is newer than the list answers ENOSYS, and so does clone3 (its flags cannot be seen by a filter),
 * so that C libraries fall back to what they used before. Further calls come with the capability that governs them.
 */

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/socket.h>

#include "base/own.h"

static const char allowed[][SECCOMP_NAME] = {
	"accept", "accept4", "access", "adjtimex", "alarm", "bind", "brk", "cachestat", "capget", "capset", "chdir", "chmod",
	"chown", "chown32", "clock_adjtime", "clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime",
	"clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "close", "close_range", "connect",
	"copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "execve", "execveat", "exit",
	"exit_group", "faccessat", "faccessat2", "fadvise64", "fadvise64_64", "fallocate", "fanotify_mark", "fchdir",
	"fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "fchownat", "fcntl", "fcntl64", "fdatasync", "fgetxattr",
	"flistxattr", "flock", "fork", "fremovexattr", "fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64",
	"fsync", "ftruncate", "ftruncate64", "futex", "futex_requeue", "futex_time64", "futex_wait", "futex_waitv",
	"futex_wake", "futimesat", "getcpu", "getcwd", "getdents", "getdents64", "getegid", "getegid32", "geteuid",
	"geteuid32", "getgid", "getgid32", "getgroups", "getgroups32", "getitimer", "getpeername", "getpgid", "getpgrp",
	"getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32",
	"getrlimit", "get_robust_list", "getrusage", "getsid", "getsockname", "getsockopt", "get_thread_area", "gettid",
	"gettimeofday", "getuid", "getuid32", "getxattr", "getxattrat", "inotify_add_watch", "inotify_init",
	"inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy", "io_getevents", "io_pgetevents",
	"io_pgetevents_time64", "ioprio_get", "ioprio_set", "io_setup", "io_submit", "ipc", "kill",
	"landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link",
	"linkat", "listen", "listmount", "listxattr", "listxattrat", "llistxattr", "_llseek", "lremovexattr", "lseek",
	"lsetxattr", "lstat", "lstat64", "madvise", "map_shadow_stack", "membarrier", "memfd_create", "memfd_secret",
	"mincore", "mkdir", "mkdirat", "mknod", "mknodat", "mlock", "mlock2", "mlockall", "mmap", "mmap2", "mprotect",
	"mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend",
	"mq_timedsend_time64", "mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock",
	"munlockall", "munmap", "name_to_handle_at", "nanosleep", "newfstatat", "_newselect", "open", "openat", "openat2",
	"pause", "pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free", "pkey_mprotect", "poll",
	"ppoll", "ppoll_time64", "prctl", "pread64", "preadv", "preadv2", "prlimit64", "process_mrelease", "pselect6",
	"pselect6_time64", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv",
	"recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "remap_file_pages", "removexattr", "removexattrat",
	"rename", "renameat", "renameat2", "restart_syscall", "riscv_hwprobe", "rmdir", "rseq", "rt_sigaction",
	"rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getscheduler", "sched_rr_get_interval",
	"sched_rr_get_interval_time64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler",
	"sched_yield", "seccomp", "select", "semctl", "semget", "semop", "semtimedop", "semtimedop_time64", "send",
	"sendfile", "sendfile64", "sendmmsg", "sendmsg", "sendto", "setfsgid", "setfsgid32", "setfsuid", "setfsuid32",
	"setgid", "setgid32", "setgroups", "setgroups32", "setitimer", "setpgid", "setpriority", "setregid", "setregid32",
	"setresgid", "setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "setrlimit",
	"set_robust_list", "setsid", "setsockopt", "set_thread_area", "set_tid_address", "setuid", "setuid32",
	"setxattr", "setxattrat", "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaltstack", "signalfd", "signalfd4",
	"sigprocmask", "sigreturn", "socketpair", "splice", "stat", "stat64", "statfs", "statfs64", "statmount",
	"statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs", "sysinfo", "tee", "tgkill", "time",
	"timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64", "timer_settime",
	"timer_settime64", "timerfd_create", "timerfd_gettime", "timerfd_gettime64", "timerfd_settime",
	"timerfd_settime64", "times", "tkill", "truncate", "truncate64", "ugetrlimit", "umask", "uname", "unlink",
	"unlinkat", "uretprobe", "utime", "utimensat", "utimensat_time64", "utimes", "vfork", "vmsplice", "wait4", "waitid",
	"waitpid", "write", "writev", "process_vm_readv", "process_vm_writev", "ptrace", "modify_ldt", "arch_prctl",
	"arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cacheflush", "set_tls",
};

static const struct {
	int capability;
	char names[28][SECCOMP_NAME];
} granted[] = {
	{ CAP_DAC_READ_SEARCH, { "open_by_handle_at" } },
	{ CAP_SYS_ADMIN, { "bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick",
			   "lookup_dcookie", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr", "mount",
			   "mount_setattr", "move_mount", "open_tree", "perf_event_open", "quotactl", "quotactl_fd",
			   "setdomainname", "sethostname", "setns", "syslog", "umount", "umount2", "unshare" } },
	{ CAP_SYS_BOOT, { "reboot" } },
	{ CAP_SYS_CHROOT, { "chroot" } },
	{ CAP_SYS_MODULE, { "delete_module", "init_module", "finit_module" } },
	{ CAP_SYS_PACCT, { "acct" } },
	{ CAP_SYS_PTRACE, { "kcmp", "pidfd_getfd", "process_madvise" } },
	{ CAP_SYS_RAWIO, { "iopl", "ioperm" } },
	{ CAP_SYS_TIME, { "settimeofday", "stime", "clock_settime", "clock_settime64" } },
	{ CAP_SYS_TTY_CONFIG, { "vhangup" } },
	{ CAP_SYS_NICE, { "get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node" } },
	{ CAP_SYSLOG, { "syslog" } },
	{ CAP_BPF, { "bpf" } },
	{ CAP_PERFMON, { "perf_event_open" } },
};

#define DENY (SECCOMP_RET_ERRNO | EPERM)
#define NOT_THERE (SECCOMP_RET_ERRNO | ENOSYS)
#define ALLOW SECCOMP_RET_ALLOW
/* CLONE_NEW* but NEWTIME, which clone takes as a signal number. */
#define NEW_NAMESPACES UINT64_C(0x7e020000)
/* A 32-bit argument: the kernel looks at the low word alone, so the high one must not matter. */
#define LOW(index, value) { index, SECCOMP_MASKED_EQ, UINT64_C(0xffffffff), value }

/* In order: the first that holds decides. */
static const struct seccomp_rule conditional[] = {
	{ "personality", ALLOW, { LOW(0, 0x0) }, 1 },
	{ "personality", ALLOW, { LOW(0, 0x8) }, 1 },
	{ "personality", ALLOW, { LOW(0, 0x20000) }, 1 },
	{ "personality", ALLOW, { LOW(0, 0x20008) }, 1 },
	{ "personality", ALLOW, { LOW(0, 0xffffffff) }, 1 },
	{ "socket", DENY, { LOW(0, AF_ALG) }, 1 },
	{ "socket", DENY, { LOW(0, AF_VSOCK) }, 1 },
	{ "socket", ALLOW, { { 0 } }, 0 },
	{ "ioctl", DENY, { LOW(1, 0x5412 /* TIOCSTI */) }, 1 },
	{ "ioctl", DENY, { LOW(1, 0x541c /* TIOCLINUX */) }, 1 },
	{ "ioctl", ALLOW, { { 0 } }, 0 },
};

/* Without CAP_SYS_ADMIN no new namespace by clone, and clone3 is as if it did not exist. */
static const struct seccomp_rule unprivileged[] = {
	{ "clone", ALLOW, { { 0, SECCOMP_MASKED_EQ, NEW_NAMESPACES, 0 } }, 1 },
	{ "clone3", NOT_THERE, { { 0 } }, 0 },
};

enum { RULES_MAX = ARRAY_SIZE(allowed) + ARRAY_SIZE(granted) * 28 + ARRAY_SIZE(conditional) + ARRAY_SIZE(unprivileged) };

static size_t add_granted(uint64_t capabilities, struct seccomp_rule *to)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(granted); i++) {
		if (!(capabilities & (UINT64_C(1) << granted[i].capability)))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(granted[i].names) && granted[i].names[k][0]; k++)
			to[n++] = (struct seccomp_rule){ .name = granted[i].names[k], .action = ALLOW };
	}
	return n;
}

static size_t add_rules(const struct seccomp_rule *from, size_t n, struct seccomp_rule *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
	return n;
}

int seccomp_default_rules(uint64_t capabilities, struct seccomp_profile *ret)
{
	struct seccomp_rule *rules = calloc(RULES_MAX, sizeof(*rules));
	size_t n = 0;

	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		rules[n++] = (struct seccomp_rule){ .name = allowed[i], .action = ALLOW };
	n += add_rules(conditional, ARRAY_SIZE(conditional), rules + n);
	if (!(capabilities & (UINT64_C(1) << CAP_SYS_ADMIN)))
		n += add_rules(unprivileged, ARRAY_SIZE(unprivileged), rules + n);
	n += add_granted(capabilities, rules + n);
	*ret = (struct seccomp_profile){
		.default_action = DENY,
		.arches = 1U << seccomp_native(),
		.rules = rules,
		.n_rules = n,
		.unknown_enosys = true,
		.owned = rules,
	};
	ret->arches |= seccomp_native() == SECCOMP_X86_64 ? 1U << SECCOMP_X86 | 1U << SECCOMP_X32 : 1U << SECCOMP_ARM;
	return 0;
}

int seccomp_default(uint64_t capabilities, struct seccomp_program *ret, struct err *e)
{
	struct seccomp_profile profile;
	int r;

	if (seccomp_default_rules(capabilities, &profile) < 0)
		return err_nomem(e);
	r = seccomp_compile(&profile, ret, e);
	free(profile.owned);
	return r;
}
