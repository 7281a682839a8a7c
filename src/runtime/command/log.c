/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/log.h"

#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/path.h"

void log_append(const struct command_globals *g, const struct err *e)
{
	autofd int fd = g->log ? path_open(AT_FDCWD, g->log, PATH_HOST, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0644) :
				 -EBADF;
	autostr struct str line = STR_INIT;
	struct json_writer w = { .out = &line };
	char now[CLOCK_TEXT];

	if (fd < 0)
		return;
	if (g->log_format && str_eq(g->log_format, "json")) {
		json_object_begin(&w, NULL);
		json_add_string(&w, "level", "error");
		json_add_string(&w, "msg", e->text);
		json_add_string(&w, "time", clock_format(clock_wall(), now));
		json_object_end(&w);
	} else {
		str_addf(&line, "time=\"%s\" level=error msg=", clock_format(clock_wall(), now));
		json_quote(&line, e->text, strlen(e->text));
	}
	str_add_char(&line, '\n');
	(void)io_write_full(fd, line.data, line.len);
}
