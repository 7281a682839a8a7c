/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The worker's system calls: files below a descriptor, memory, sockets of the internet kind, time, threads of the
 * resolver. Everything else does not exist (ENOSYS, so that libraries fall back): no exec, no ptrace, no kill, no mount,
 * no new namespace. A linear filter is enough for a process that makes few calls and lives for seconds.
 */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/own.h"
#include "worker/restrict.h"

#if defined(__x86_64__)
#define WORKER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define WORKER_ARCH AUDIT_ARCH_AARCH64
#endif

static const unsigned allowed[] = {
	/* data and files */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_close, SYS_fcntl,
	SYS_openat, SYS_openat2, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_fstatfs, SYS_getdents64, SYS_ftruncate,
	SYS_fallocate, SYS_fadvise64, SYS_copy_file_range, SYS_mkdirat, SYS_mknodat, SYS_symlinkat, SYS_linkat,
	SYS_unlinkat, SYS_renameat2, SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat,
	SYS_fsetxattr, SYS_lsetxattr, SYS_fgetxattr, SYS_umask, SYS_dup, SYS_pipe2, SYS_ioctl, SYS_fchdir,
	SYS_faccessat, SYS_getcwd, SYS_readlinkat, SYS_renameat, SYS_fremovexattr, SYS_fsync, SYS_fdatasync,
	/* memory */
	SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise,
	/* sockets; SYS_socket is decided by its family */
	SYS_socketpair, SYS_connect, SYS_bind, SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
	SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_shutdown, SYS_ppoll, SYS_epoll_create1,
	SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2,
	/* the process itself, and threads of the resolver (clone3 is not there: its flags cannot be seen) */
	SYS_clone, SYS_exit, SYS_exit_group, SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid,
	SYS_getgid, SYS_getegid, SYS_uname, SYS_prlimit64, SYS_sched_yield, SYS_sched_getaffinity, SYS_getrandom,
	SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_restart_syscall, SYS_sysinfo,
#ifdef __x86_64__
	SYS_poll, SYS_epoll_wait, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_pipe, SYS_time,
	SYS_select, SYS_arch_prctl,
#endif
};

static const unsigned families[] = { AF_INET, AF_INET6, AF_NETLINK, AF_UNIX };

enum { FILTER_MAX = 2 * ARRAY_SIZE(allowed) + 2 * ARRAY_SIZE(families) + 16 };

struct filter {
	struct sock_filter code[FILTER_MAX];
	unsigned short n;
};

static void emit(struct filter *f, unsigned code, unsigned k, unsigned jt, unsigned jf)
{
	f->code[f->n++] = (struct sock_filter){ (unsigned short)code, (unsigned char)jt, (unsigned char)jf, k };
}

static void emit_load(struct filter *f, size_t offset)
{
	emit(f, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

static void emit_return_if_equal(struct filter *f, unsigned value, unsigned action)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	emit(f, BPF_RET | BPF_K, action, 0, 0);
}

static void filter_build(struct filter *f)
{
	emit_load(f, offsetof(struct seccomp_data, arch));
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, WORKER_ARCH, 1, 0);
	emit(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	emit_load(f, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		emit_return_if_equal(f, allowed[i], SECCOMP_RET_ALLOW);
	/* Past socket's own part when it is another call. */
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1 + 2 * ARRAY_SIZE(families));
	emit_load(f, offsetof(struct seccomp_data, args));
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		emit_return_if_equal(f, families[i], SECCOMP_RET_ALLOW);
	emit(f, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
}

int restrict_syscalls(void)
{
	struct filter f = { .n = 0 };
	struct sock_fprog program;

	filter_build(&f);
	program = (struct sock_fprog){ .len = f.n, .filter = f.code };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
