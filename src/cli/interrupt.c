/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include "base/own.h"

/* The mutable globals of the command line: a signal handler has no other place. */
static volatile sig_atomic_t seen;
static int event = -EBADF;

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };

static void on_signal(int number)
{
	int saved = errno;
	const uint64_t one = 1;

	seen = 1;
	(void)!write(event, &one, sizeof(one));
	errno = saved;
}

int interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND }; /* no SA_RESTART: waits end */

	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		(void)sigaction(caught[i], &action, NULL);
	return event < 0 ? 0 : event;
}

void interrupt_release(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		(void)signal(caught[i], SIG_DFL);
	own_close(&event);
	event = -EBADF;
}

bool interrupt_seen(void)
{
	return seen != 0;
}
