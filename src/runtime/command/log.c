/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/text.h"

static bool wants_json(const struct command_globals *g)
{
	return g->log_format && str_eq(g->log_format, "json");
}

/* A program that ends with its last line needs no one to close its log. */
int log_open(struct command_globals *g, struct err *e)
{
	const char *format = g->log_format ? g->log_format : "text";
	int fd = STDERR_FILENO;

	if (!str_eq(format, "text") && !str_eq(format, "json"))
		return err_set(e, ERR_INVALID, "--log-format '%.50s' is not text or json", format);
	if (g->log && g->log[0])
		fd = path_open(AT_FDCWD, g->log, PATH_HOST, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0)
		return err_sys(e, -fd, "open log '%s'", g->log);
	log_init("lighter-runtime", fd, g->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN);
	g->log_is_file = fd != STDERR_FILENO;
	if (wants_json(g))
		log_set_form(LOG_JSON);
	else if (g->log_is_file)
		log_set_form(LOG_LOGFMT);
	return 0;
}

void log_failure(const struct command_globals *g, const struct err *e)
{
	autostr struct str said = STR_INIT;

	if (g->log_is_file || wants_json(g))
		log_error("%s", e->text);
	if (!g->log_is_file && wants_json(g))
		return;
	text_escape(&said, e->text, strlen(e->text));
	(void)fprintf(stderr, "lighter-runtime: %s\n", str_text(&said));
}
