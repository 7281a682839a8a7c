/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold.h"

/*
 * The line is for people alone: it is written under the lock, read without it, and may be of a holder that has gone
 * already. An OFD lock itself does not tell who has it.
 */

#include <stdio.h>
#include <string.h>

#include "base/lock.h"
#include "base/own.h"

enum { HOLDER_MAX = 128 };

static void hold_sign(int fd, const char *doing)
{
	char line[HOLDER_MAX];
	int len = snprintf(line, sizeof(line), "process %d (%s)\n", (int)getpid(), doing);

	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	/* A full disk must not keep anybody from removing things: an unsigned lock holds as well. */
	if (ftruncate(fd, 0) == 0 && pwrite(fd, line, (size_t)len, 0) < 0)
		return;
}

static void hold_read(int fd, char to[static HOLDER_MAX])
{
	ssize_t len = pread(fd, to, HOLDER_MAX - 1, 0);

	to[len > 0 ? len : 0] = '\0';
	to[strcspn(to, "\n")] = '\0';
}

int hold_wait(int fd, const char *doing, int64_t deadline, struct err *e)
{
	int r = lock_wait(fd, LOCK_EXCLUSIVE, 0, deadline);
	char holder[HOLDER_MAX];

	if (r == 0) {
		hold_sign(fd, doing);
		return 0;
	}
	if (r != -ETIMEDOUT)
		return err_sys(e, -r, "lock");
	hold_read(fd, holder);
	return err_set(e, ERR_DEADLINE, "busy: %s holds its lock", holder[0] ? holder : "another process");
}
