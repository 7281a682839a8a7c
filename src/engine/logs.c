/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* A container's log, read while its monitor writes it. Following ends when the container has ended and all was read. */

#include <poll.h>

#include "base/own.h"
#include "formats/logfile_reader.h"

enum { LOOK_MS = 500 };

struct reading {
	const struct engine_logs *how;
	int (*line)(int stream, int64_t time, const char *bytes, size_t len, void *arg);
	void *arg;
	bool over; /* `until` was passed */
};

static bool is_wanted(const struct engine_logs *how, int stream)
{
	return stream == 1 ? how->stdout_ : how->stderr_;
}

/* All that is there now. */
static int drain(struct logfile_reader *reader, struct reading *r, struct err *e)
{
	struct logfile_record record;
	int got;

	while ((got = logfile_reader_next(reader, &record, e)) == 1) {
		if (r->how->until && record.time > r->how->until) {
			r->over = true;
			return 0;
		}
		if (is_wanted(r->how, record.stream) &&
		    r->line(record.stream, record.time, record.bytes, record.len, r->arg) < 0)
			return err_set(e, ERR_CANCELLED, "the reader of the log went away");
	}
	return got;
}

int engine_logs(struct engine *engine, const char *name, const struct engine_logs *how,
		int (*line)(int stream, int64_t time, const char *bytes, size_t len, void *arg), void *arg, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	cleanup(logfile_reader_free_p) struct logfile_reader *reader = NULL;
	autofree char *file = NULL;
	struct reading r = { .how = how, .line = line, .arg = arg };
	struct logfile_read read = { .tail = how->tail, .since = how->since };
	struct container_live live;

	if (container_open(engine, name, &c, e) < 0)
		return -1;
	file = str_format("%s-json.log", c.row.id);
	if (!file)
		return err_nomem(e);
	read.dir = c.dir;
	read.name = file;
	if (logfile_reader_open(&read, &reader, e) < 0)
		return -1;
	for (;;) {
		struct pollfd changed = { .fd = logfile_reader_fd(reader), .events = POLLIN };

		/* The state first: what a container that has ended wrote is in the file by then. */
		container_live(&c, &live);
		if (drain(reader, &r, e) < 0)
			return -1;
		if (!how->follow || r.over || live.state != CONTAINER_RUNNING)
			return 0;
		(void)poll(&changed, 1, LOOK_MS);
	}
}
