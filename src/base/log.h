/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our own log: what people and support read, never a container's output. The level is the one global of the libraries.
 * Programs choose the sink once; libraries only call log_*. No secret is ever passed here.
 */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines go to `fd` (initially 2), one write each. A negative fd drops them. */
void log_init(const char *program, int fd, enum log_level level);

/* How a line looks: LOG_LOGFMT and LOG_JSON are logrus's forms, which engines read from the log of a runtime. */
enum log_form { LOG_PLAIN, LOG_LOGFMT, LOG_JSON };

void log_set_form(enum log_form form); /* initially LOG_PLAIN */

int log_parse_level(const char *word, enum log_level *ret_level); /* "error", "warn", ...: 0 or -EINVAL */

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
