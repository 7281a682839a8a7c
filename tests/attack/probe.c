/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Makes every system call number with all bits of its arguments set, each in a process of its own, and prints what came
 * back: NUMBER and "ok", the number of the error, "signal N" or "none" after a second.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NUMBERS = 512, TRIES = 1000 };

static _Noreturn void call(long number, volatile int *result)
{
	long r = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);

	*result = r == -1 ? errno : 0;
	_exit(0);
}

/* Also without SIGCHLD: a call may have changed what the end of its process sends. */
static int wait_a_second(pid_t child, int *status)
{
	const struct timespec tick = { .tv_nsec = 1000000 };

	for (int i = 0; i < TRIES; i++) {
		if (waitpid(child, status, WNOHANG | __WALL) == child)
			return 1;
		(void)nanosleep(&tick, NULL);
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, status, __WALL);
	return 0;
}

static void probe(long number, volatile int *result)
{
	int status = 0, ended;
	pid_t child;

	*result = -1;
	child = fork();
	if (child == 0)
		call(number, result);
	ended = child > 0 && wait_a_second(child, &status);
	if (*result > 0)
		(void)printf("%ld %d\n", number, *result);
	else if (ended && WIFSIGNALED(status))
		(void)printf("%ld signal %d\n", number, WTERMSIG(status));
	else
		(void)printf("%ld %s\n", number, *result == 0 || ended ? "ok" : "none");
	(void)fflush(stdout);
}

int main(void)
{
	int *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (result == MAP_FAILED)
		return 1;
	for (long number = 0; number < NUMBERS; number++)
		probe(number, result);
	return 0;
}
