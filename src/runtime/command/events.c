/* SPDX-License-Identifier: Apache-2.0 */

/* Statistics at an interval, and each kill for want of memory when it happens, until the container has ended. */

#include <poll.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "runtime/command/command.h"
#include "runtime/running.h"
#include "runtime/stats.h"

struct events_options {
	char *interval;
	bool stats;
};

static const struct opt rows[] = {
	OPT(struct events_options, interval, "interval", 0, text, "time between statistics (default: 5s)", "DURATION"),
	OPT(struct events_options, stats, "stats", 0, flag, "print the statistics once"),
};
VERB_OPTIONS(options_table, rows);

static int print_stats(const struct call *call, struct err *e)
{
	autostr struct str text = STR_INIT;

	if (runtime_stats(call->root, call->operands[0], &text, e) < 0)
		return -1;
	return command_print(&text, e);
}

/* 1: the container has ended. */
static int print_kills(const struct call *call, struct cgroup_oom *oom, struct err *e)
{
	for (;;) {
		autostr struct str text = STR_INIT;
		enum cgroup_oom_event event = cgroup_oom_read(oom);

		if (event != OOM_KILL)
			return event == OOM_END;
		stats_write_oom(call->operands[0], &text);
		if (command_print(&text, e) < 0)
			return -1;
	}
}

static int wait_until(const struct cgroup_oom *oom, int64_t deadline, struct err *e)
{
	struct pollfd p = { .fd = oom->fd, .events = POLLIN };
	int64_t until = deadline - clock_boot(), left = until > 0 ? until : 0;
	struct timespec timeout = { .tv_sec = left / NSEC_PER_SEC, .tv_nsec = left % NSEC_PER_SEC };
	int n = ppoll(&p, 1, &timeout, NULL); /* also when it is time already: a kill is not kept back by statistics */

	return n < 0 && errno != EINTR ? err_sys(e, errno, "wait for events") : n > 0;
}

static int watch(const struct call *call, struct cgroup_oom *oom, int64_t interval, struct err *e)
{
	int64_t next = clock_boot() + interval, now;

	for (;;) {
		struct err stopped = ERR_INIT;
		int r = wait_until(oom, next, e);

		if (r > 0)
			r = print_kills(call, oom, e);
		if (r != 0)
			return r < 0 ? -1 : 0;
		now = clock_boot();
		if (now < next)
			continue;
		next = next + interval > now ? next + interval : now; /* what was missed is not made up for */
		if (print_stats(call, &stopped) == 0)
			continue;
		if (stopped.code == ERR_CONFLICT || stopped.code == ERR_NOT_FOUND)
			return 0;
		return err_set(e, (enum err_code)stopped.code, "%s", stopped.text);
	}
}

static int events_run(const struct call *call, struct err *e)
{
	const struct events_options *o = call->options;
	cleanup(cgroup_oom_done) struct cgroup_oom oom = CGROUP_OOM_INIT;
	int64_t interval = 5 * NSEC_PER_SEC;

	if (o->interval && quantity_duration(o->interval, &interval) < 0)
		return err_set(e, ERR_INVALID, "--interval '%.50s' is not a duration like 5s or 500ms", o->interval);
	if (interval <= 0)
		return err_set(e, ERR_INVALID, "duration interval must be greater than 0");
	if (o->stats)
		return print_stats(call, e);
	if (runtime_watch_oom(call->root, call->operands[0], &oom, e) < 0)
		return -1;
	return watch(call, &oom, interval, e);
}

static void events_done(void *options)
{
	free(((struct events_options *)options)->interval);
}

const struct verb verb_events = {
	.name = "events",
	.operands = "ID",
	.summary = "print what a container uses, and when it lacks memory",
	.options = &options_table,
	.size = sizeof(struct events_options),
	.min = 1, .max = 1,
	.run = events_run,
	.done = events_done,
};
