/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <errno.h>
#include <sys/signalfd.h>

#include "base/own.h"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };

int interrupt_open(struct interrupt *interrupt, struct err *e)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		(void)sigaddset(&set, caught[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &interrupt->before);
	interrupt->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (interrupt->fd >= 0)
		return 0;
	(void)sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
	return err_sys(e, errno, "signalfd");
}

/* What has come is forgotten: the work that it was meant for has ended. */
void interrupt_done(struct interrupt *interrupt)
{
	struct signalfd_siginfo info;

	if (interrupt->fd < 0)
		return;
	while (read(interrupt->fd, &info, sizeof(info)) > 0)
		;
	(void)close(take_fd(interrupt->fd));
	(void)sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
}
