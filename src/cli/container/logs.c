/* SPDX-License-Identifier: Apache-2.0 */

/* Lines are gathered and written in large pieces; while following each goes out at once, somebody is watching. */

#include <errno.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "cli/output/out.h"
#include "engine/engine.h"

enum { LOGS_PIECE = 65536 };

struct logs_options {
	bool follow, timestamps;
	struct opt_i64 tail, since, until;
};

static int tail_set(void *field, const char *value, struct err *e)
{
	struct opt_i64 *tail = field;

	if (!str_eq(value, "all"))
		return opt_type_int.set(field, value, e);
	*tail = (struct opt_i64){ .set = false };
	return 0;
}

static int time_set(void *field, const char *value, struct err *e)
{
	struct opt_i64 *to = field;
	int64_t time;

	if (quantity_time(value, clock_wall(), &time) < 0)
		return err_set(e, ERR_INVALID, "a time like 2024-05-01T10:00:00Z or a duration like 10m is wanted");
	*to = (struct opt_i64){ .set = true, .value = time };
	return 0;
}

static const struct opt_type opt_type_tail = { "string", tail_set };
static const struct opt_type opt_type_time = { "string", time_set };

static const struct opt rows[] = {
	OPT(struct logs_options, follow, "follow", 'f', flag, "Follow log output"),
	OPT(struct logs_options, since, "since", 0, time, "Show logs since a time or for the last duration (e.g. 42m)"),
	OPT(struct logs_options, tail, "tail", 'n', tail, "Number of lines to show from the end of the logs (or all)"),
	OPT(struct logs_options, timestamps, "timestamps", 't', flag, "Show timestamps"),
	OPT(struct logs_options, until, "until", 0, time, "Show logs before a time or until that long ago"),
	OPT_LATER("details", 0, flag),
};
OPT_TABLE(options_table, rows);

struct logs_output {
	bool follow, timestamps;
	int fd; /* of what is gathered */
	struct str gathered;
	int failed; /* errno of a write */
};

static int logs_flush(struct logs_output *out)
{
	int r = out->gathered.failed ? -ENOMEM : out_bytes(out->fd, str_text(&out->gathered), out->gathered.len);

	str_clear(&out->gathered);
	out->failed = r < 0 ? -r : 0;
	return r;
}

static int logs_line(int stream, int64_t time, const char *bytes, size_t len, void *arg)
{
	struct logs_output *out = arg;
	int fd = stream == 2 ? STDERR_FILENO : STDOUT_FILENO;
	char stamp[CLOCK_TEXT];

	if ((fd != out->fd || out->gathered.len > LOGS_PIECE) && logs_flush(out) < 0)
		return -1;
	out->fd = fd;
	if (out->timestamps)
		str_addf(&out->gathered, "%s ", clock_format(time, stamp));
	str_add_bytes(&out->gathered, bytes, len);
	return out->follow ? logs_flush(out) : 0;
}

static int logs_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct logs_options *o = options;
	struct engine_logs how = {
		.follow = o->follow, .timestamps = o->timestamps, .stdout_ = true, .stderr_ = true,
		.tail = o->tail.set && o->tail.value >= 0 ? o->tail.value : -1,
		.since = o->since.value, .until = o->until.value,
	};
	struct logs_output out = { .follow = o->follow, .timestamps = o->timestamps, .fd = STDOUT_FILENO };
	struct engine *engine;
	int r;

	if (cli_engine(cli, &engine, e) < 0)
		return -1;
	r = engine_logs(engine, operands[0], &how, logs_line, &out, e);
	if (out.failed == 0)
		(void)logs_flush(&out);
	str_done(&out.gathered);
	return out.failed ? err_sys(e, out.failed, "write the log") : r;
}

const struct command container_logs = {
	.operands = "[OPTIONS] CONTAINER",
	.summary = "Fetch the logs of a container",
	.options = &options_table,
	.size = sizeof(struct logs_options),
	.min = 1, .max = 1,
	.run = logs_run,
};
