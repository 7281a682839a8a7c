/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/io.h"
#include "base/str.h"

static const char *const words[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static struct {
	const char *program;
	int fd;
	enum log_level level;
} sink = { .program = "lighter", .fd = STDERR_FILENO, .level = LOG_LEVEL_WARN };

void log_init(const char *program, int fd, enum log_level level)
{
	sink.program = program;
	sink.fd = fd;
	sink.level = level;
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

void log_write(enum log_level level, const char *format, ...)
{
	autostr struct str line = STR_INIT;
	int saved = errno;
	va_list args;

	if (level > sink.level || sink.fd < 0)
		return;
	str_addf(&line, "%s: %s: ", sink.program, words[level]);
	va_start(args, format);
	str_addv(&line, format, args);
	va_end(args);
	str_add_char(&line, '\n');
	if (!line.failed)
		(void)io_write_full(sink.fd, line.data, line.len);
	errno = saved;
}
