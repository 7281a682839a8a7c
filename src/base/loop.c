/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <sys/timerfd.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"

int loop_open(struct loop *loop, struct err *e)
{
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll < 0 ? err_sys(e, errno, "make an event loop") : 0;
}

void loop_close(struct loop *loop)
{
	own_close(&loop->epoll);
	loop->epoll = -EBADF;
}

int loop_watch(struct loop *loop, struct loop_source *source, uint32_t events, struct err *e)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (source->added && source->events == events)
		return 0;
	if (epoll_ctl(loop->epoll, source->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, source->fd, &event) < 0)
		return err_sys(e, errno, "watch a descriptor");
	source->added = true;
	source->events = events;
	return 0;
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	if (source->added)
		(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	source->added = false;
}

int loop_run(struct loop *loop, struct err *e)
{
	loop->stopped = false;
	while (!loop->stopped) {
		struct epoll_event event;
		struct loop_source *source;
		int n = epoll_wait(loop->epoll, &event, 1, loop->idle_ms);

		if (n < 0 && errno != EINTR)
			return err_sys(e, errno, "wait for events");
		if (n == 0 && loop->idle)
			loop->idle(loop);
		if (n <= 0)
			continue;
		source = event.data.ptr;
		n = source->ready(source, event.events, e);
		if (n < 0)
			return n;
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

int loop_timer(void)
{
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int loop_timer_set(int fd, int64_t nanoseconds)
{
	struct itimerspec when = {
		.it_value = { .tv_sec = nanoseconds / NSEC_PER_SEC, .tv_nsec = nanoseconds % NSEC_PER_SEC },
	};

	return timerfd_settime(fd, 0, &when, NULL) < 0 ? -errno : 0;
}
