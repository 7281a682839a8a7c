/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "base/own.h"

/* The one mutable global of the command line: a signal handler has no other place. */
static volatile sig_atomic_t seen;

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };

static void on_signal(int number)
{
	seen = 1;
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND }; /* no SA_RESTART: waits end */

	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		(void)sigaction(caught[i], &action, NULL);
}

void interrupt_release(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		(void)signal(caught[i], SIG_DFL);
}

bool interrupt_seen(void)
{
	return seen != 0;
}
