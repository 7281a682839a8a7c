/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/errand.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { ERRAND_STACK = 1 << 20 };

struct errand {
	int (*run)(void *arg);
	void *arg;
	int result;
	bool done;
};

static int errand_main(void *arg)
{
	struct errand *errand = arg;

	errand->result = errand->run(errand->arg);
	errand->done = true;
	return 0;
}

/* 0 or -errno. */
static int do_errand(struct errand *errand, bool sibling)
{
	char *stack = mmap(NULL, ERRAND_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int parent = sibling ? CLONE_PARENT : SIGCHLD;
	pid_t pid;
	int r;

	if (stack == MAP_FAILED)
		return -errno;
	pid = clone(errand_main, stack + ERRAND_STACK, CLONE_VM | CLONE_VFORK | CLONE_FILES | parent, errand);
	r = pid < 0 ? -errno : 0;
	while (pid > 0 && !sibling && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)munmap(stack, ERRAND_STACK);
	return r < 0 || errand->done ? r : -ECHILD;
}

int errand_run(int (*run)(void *arg), void *arg, bool sibling)
{
	struct errand errand = { .run = run, .arg = arg };
	int r = do_errand(&errand, sibling);

	return r < 0 ? r : errand.result;
}

int errand_try(int (*run)(void *arg), void *arg, bool sibling, const char *doing, struct err *e)
{
	struct errand errand = { .run = run, .arg = arg };
	int r = do_errand(&errand, sibling);

	return r < 0 ? err_sys(e, -r, "%s", doing) : errand.result;
}
