/* SPDX-License-Identifier: Apache-2.0 */

/* The floor of a container's two processes: a static program that forks and does nothing but wait. */

#include <stdio.h>
#include <unistd.h>

int main(void)
{
	pid_t child = fork();

	if (child > 0) {
		printf("%d %d\n", getpid(), child);
		fflush(stdout);
	}
	for (;;)
		pause();
}
