/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Child processes by pidfd. A pid number is for printing; waiting and signalling go through the descriptor, so that a
 * recycled number is never hit.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/vec.h"

struct proc {
	pid_t pid;
	int pidfd; /* owned */
};

#define PROC_INIT { .pid = -1, .pidfd = -EBADF }

void proc_done(struct proc *p); /* closes; neither waits nor kills */
#define autoproc cleanup(proc_done)

/* fork with a pidfd: the child's pid in the parent, 0 in the child, -errno. */
pid_t proc_fork(struct proc *ret);

struct proc_spawn {
	const char *path;	  /* or NULL: exec_fd */
	int exec_fd;		  /* used when path is NULL */
	char *const *argv;
	char *const *envp;	  /* NULL: inherit */
	const int *keep;	  /* pairs {from, to}: descriptors of the child, in this order; all others are closed */
	size_t n_keep;		  /* number of pairs */
	bool new_session;
	int cwd;    /* directory that the child works in; 0: ours */
	/* Called in the child before the exec: 0 or -errno; NULL: nothing. It may not use what `keep` replaces. */
	int (*before)(void *arg);
	void *before_arg;
	int cgroup; /* directory of the cgroup v2 that the child starts in; 0: ours */
};

/* Starts a program. An exec failure of the child is reported here, as err_sys of the path. */
int proc_spawn(const struct proc_spawn *how, struct proc *ret, struct err *e);

/* Waits for a child: 0-255, or 128 + signal. -errno on failure. With a deadline (clock_boot ns, 0: none): -ETIMEDOUT. */
int proc_wait(struct proc *p, int64_t deadline);

/* How a process that is not our child ended, where the kernel keeps it (6.15): 0-255 or 128 + signal; -EAGAIN: not yet
 * reaped by its parent; -EOPNOTSUPP: this kernel does not tell. */
int proc_exit_code(const struct proc *p);

/* What /proc/self/status says of the caller, and a child inherits. */
struct proc_self {
	uint64_t ignored, blocked;    /* bit N - 1 for signal N */
	uint64_t bounding, permitted, inheritable, ambient; /* capabilities */
};

/* All bits are set where the kernel's text is not understood. */
void proc_self_read(struct proc_self *ret);

/* Every signal that `self` ignores has its default again, and none is blocked: what an exec would hand on. */
void proc_reset_signals(const struct proc_self *self);

int proc_signal(const struct proc *p, int signal); /* 0 or -errno */
/* To a child that was spawned with new_session and is not yet waited for, and to what it has started. */
int proc_signal_session(const struct proc *p, int signal);
int proc_kill_wait(struct proc *p);		   /* SIGKILL and reap */
