/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <stdbool.h>
#include <sys/signalfd.h>

static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int signals_open(struct signals *signals, const int *numbers, size_t n, struct err *e)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < n; i++)
		if (numbers[i] != SIGHUP || !is_ignored(SIGHUP))
			(void)sigaddset(&set, numbers[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &signals->before);
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd >= 0)
		return 0;
	(void)sigprocmask(SIG_SETMASK, &signals->before, NULL);
	return err_sys(e, errno, "signalfd");
}

int signals_open_cancel(struct signals *signals, struct err *e)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	return signals_open(signals, numbers, ARRAY_SIZE(numbers), e);
}

void signals_done(struct signals *signals)
{
	struct signalfd_siginfo info;

	if (signals->fd < 0)
		return;
	while (read(signals->fd, &info, sizeof(info)) > 0)
		;
	(void)close(take_fd(signals->fd));
	(void)sigprocmask(SIG_SETMASK, &signals->before, NULL);
}
