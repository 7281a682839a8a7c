/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"

static const char *const names[ERR_CODES] = {
	[ERR_NONE] = "none",
	[ERR_INVALID] = "invalid",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_CONFLICT] = "conflict",
	[ERR_DENIED] = "denied",
	[ERR_EXHAUSTED] = "exhausted",
	[ERR_UNAVAILABLE] = "unavailable",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_CANCELLED] = "cancelled",
	[ERR_DEADLINE] = "deadline",
	[ERR_INTERNAL] = "internal",
};

static const struct {
	int number;
	enum err_code code;
} codes[] = {
	{ EINVAL, ERR_INVALID },      { ENAMETOOLONG, ERR_INVALID }, { ELOOP, ERR_INVALID },
	{ ENOTDIR, ERR_INVALID },     { EISDIR, ERR_INVALID },	     { ENOENT, ERR_NOT_FOUND },
	{ ESRCH, ERR_NOT_FOUND },     { ENXIO, ERR_NOT_FOUND },	     { EEXIST, ERR_CONFLICT },
	{ EBUSY, ERR_CONFLICT },      { ENOTEMPTY, ERR_CONFLICT },   { ETXTBSY, ERR_CONFLICT },
	{ EPERM, ERR_DENIED },	      { EACCES, ERR_DENIED },	     { EROFS, ERR_DENIED },
	{ ENOMEM, ERR_EXHAUSTED },    { ENOSPC, ERR_EXHAUSTED },     { EDQUOT, ERR_EXHAUSTED },
	{ EMFILE, ERR_EXHAUSTED },    { ENFILE, ERR_EXHAUSTED },     { EAGAIN, ERR_EXHAUSTED },
	{ EFBIG, ERR_EXHAUSTED },     { ECONNREFUSED, ERR_UNAVAILABLE }, { ECONNRESET, ERR_UNAVAILABLE },
	{ EPIPE, ERR_UNAVAILABLE },   { ENOSYS, ERR_UNSUPPORTED },   { EOPNOTSUPP, ERR_UNSUPPORTED },
	{ ENODEV, ERR_UNSUPPORTED },  { ECANCELED, ERR_CANCELLED },  { ETIMEDOUT, ERR_DEADLINE },
};

enum err_code err_code_of(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].number == number)
			return codes[i].code;
	return ERR_INTERNAL;
}

const char *err_name(enum err_code code)
{
	return code < ERR_CODES ? names[code] : "internal";
}

__attribute__((format(printf, 4, 0))) static int err_fill(struct err *e, enum err_code code, int number,
							const char *format, va_list args)
{
	if (!e)
		return -1;
	e->code = code;
	e->number = number;
	(void)vsnprintf(e->text, sizeof(e->text), format, args);
	return -1;
}

int err_set(struct err *e, enum err_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)err_fill(e, code, 0, format, args);
	va_end(args);
	return -1;
}

int err_sys(struct err *e, int number, const char *format, ...)
{
	va_list args;
	size_t used;

	va_start(args, format);
	(void)err_fill(e, err_code_of(number), number, format, args);
	va_end(args);
	if (!e)
		return -1;
	used = strlen(e->text);
	(void)snprintf(e->text + used, sizeof(e->text) - used, ": %s", strerror(number));
	return -1;
}

int err_nomem(struct err *e)
{
	return err_set(e, ERR_EXHAUSTED, "out of memory");
}

int err_prefix(struct err *e, const char *format, ...)
{
	char tail[sizeof(e->text)];
	va_list args;
	size_t used;

	if (!e)
		return -1;
	memcpy(tail, e->text, sizeof(tail));
	va_start(args, format);
	(void)vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	used = strlen(e->text);
	(void)snprintf(e->text + used, sizeof(e->text) - used, ": %s", tail);
	return -1;
}
