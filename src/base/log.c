/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/str.h"

static const char *const words[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* logrus has a longer word for one of them. */
static const char *const logrus_words[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static struct {
	const char *program;
	int fd;
	enum log_level level;
	enum log_form form;
} sink = { .program = "lighter", .fd = STDERR_FILENO, .level = LOG_LEVEL_WARN };

void log_init(const char *program, int fd, enum log_level level)
{
	sink.program = program;
	sink.fd = fd;
	sink.level = level;
}

void log_set_form(enum log_form form)
{
	sink.form = form;
}

int log_parse_level(const char *word, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(word, words[i])) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	return -EINVAL;
}

static void write_plain(struct str *line, enum log_level level, const char *text)
{
	str_addf(line, "%s: %s: %s", sink.program, words[level], text);
}

static void write_logfmt(struct str *line, enum log_level level, const char *text)
{
	char now[CLOCK_TEXT];

	str_addf(line, "time=\"%s\" level=%s msg=", clock_format(clock_wall(), now), logrus_words[level]);
	json_quote(line, text, strlen(text));
}

static void write_json(struct str *line, enum log_level level, const char *text)
{
	struct json_writer w = { .out = line };
	char now[CLOCK_TEXT];

	json_object_begin(&w, NULL);
	json_add_string(&w, "level", logrus_words[level]);
	json_add_string(&w, "msg", text);
	json_add_string(&w, "time", clock_format(clock_wall(), now));
	json_object_end(&w);
}

static void (*const forms[])(struct str *line, enum log_level level, const char *text) = {
	[LOG_PLAIN] = write_plain,
	[LOG_LOGFMT] = write_logfmt,
	[LOG_JSON] = write_json,
};

void log_write(enum log_level level, const char *format, ...)
{
	autostr struct str line = STR_INIT, text = STR_INIT;
	int saved = errno;
	va_list args;

	if (level > sink.level || sink.fd < 0)
		return;
	va_start(args, format);
	str_addv(&text, format, args);
	va_end(args);
	forms[sink.form](&line, level, str_text(&text));
	str_add_char(&line, '\n');
	if (!line.failed && !text.failed)
		(void)io_write_full(sink.fd, line.data, line.len);
	errno = saved;
}
