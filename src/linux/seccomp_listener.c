/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/seccomp.h"

/*
 * A filter may ask about any call, also about those by which its listener would be sent. Whoever is held by the filter
 * then waits for an answer that nobody can give. So the listener is given away by a thread that was there before the
 * filter and is not held by it: threads share descriptors, a filter holds the one that installs it. The two meet in
 * memory, by no system call of the filtered one. (The house has no threads; a process in its place would leave a zombie
 * in the container, whose first process it would become a child of.)
 */

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STACK = 256 << 10, PENDING = -1, FAILED = -2 };

struct handover {
	int (*hand)(int listener, void *arg);
	void *arg;
	_Atomic int listener; /* PENDING until the filter is there, FAILED if it is not */
	_Atomic int thread;   /* the kernel clears it when the thread is gone */
	int result;
};

static int hand_over(void *arg)
{
	struct handover *h = arg;
	int fd;

	while ((fd = atomic_load(&h->listener)) == PENDING)
		(void)sched_yield();
	h->result = fd >= 0 ? h->hand(fd, h->arg) : 0;
	return 0;
}

/* The stack is never given back: that would be a call under the filter, and the exec is near. */
static int start_thread(struct handover *h)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			  CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	if (stack == MAP_FAILED)
		return -errno;
	return clone(hand_over, stack + STACK, flags, h, &h->thread, NULL, &h->thread) < 0 ? -errno : 0;
}

int seccomp_install_listener(const struct seccomp_program *program, int (*hand)(int listener, void *arg), void *arg)
{
	struct handover h = { .hand = hand, .arg = arg, .listener = PENDING };
	struct sock_fprog fprog = { .len = program->len, .filter = program->filter };
	int fd, failure, r = start_thread(&h);

	if (r < 0)
		return r;
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &fprog);
	failure = fd < 0 ? -errno : 0;
	atomic_store(&h.listener, fd < 0 ? FAILED : fd);
	/* No call is made here: every one may be asked about. */
	while (atomic_load(&h.thread) != 0)
		;
	return failure < 0 ? failure : h.result;
}
