/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/own.h"

static const struct {
	const char *code;
	int status;
} refusals[REFUSALS] = {
	[BLOB_UNKNOWN] = { "BLOB_UNKNOWN", 404 },
	[BLOB_UPLOAD_INVALID] = { "BLOB_UPLOAD_INVALID", 400 },
	[BLOB_UPLOAD_UNKNOWN] = { "BLOB_UPLOAD_UNKNOWN", 404 },
	[DIGEST_INVALID] = { "DIGEST_INVALID", 400 },
	[MANIFEST_BLOB_UNKNOWN] = { "MANIFEST_BLOB_UNKNOWN", 404 },
	[MANIFEST_INVALID] = { "MANIFEST_INVALID", 400 },
	[MANIFEST_UNKNOWN] = { "MANIFEST_UNKNOWN", 404 },
	[NAME_INVALID] = { "NAME_INVALID", 400 },
	[NAME_UNKNOWN] = { "NAME_UNKNOWN", 404 },
	[SIZE_INVALID] = { "SIZE_INVALID", 413 },
	[TAG_INVALID] = { "TAG_INVALID", 400 },
	[RANGE_INVALID] = { "RANGE_INVALID", 416 },
	[UNAUTHORIZED] = { "UNAUTHORIZED", 401 },
	[UNSUPPORTED] = { "UNSUPPORTED", 405 },
	[TOOMANYREQUESTS] = { "TOOMANYREQUESTS", 429 },
	[PAGINATION_NUMBER_INVALID] = { "PAGINATION_NUMBER_INVALID", 400 },
	[REQUEST_INVALID] = { "UNSUPPORTED", 400 },
	[UNKNOWN] = { "UNKNOWN", 500 },
};

static void answer_done(struct answer *a)
{
	str_done(&a->fields);
	str_done(&a->text);
	own_close(&a->file);
	*a = (struct answer){ .file = -EBADF };
}

void exchange_done(struct exchange *x)
{
	if (x->keeps_upload)
		upload_done(&x->upload);
	else
		upload_remove(x->registry, &x->upload);
	answer_done(&x->answer);
}

void answer_set(struct exchange *x, int status)
{
	x->answer.status = status;
}

void answer_field(struct exchange *x, const char *name, const char *format, ...)
{
	va_list args;

	str_addf(&x->answer.fields, "%s: ", name);
	va_start(args, format);
	str_addv(&x->answer.fields, format, args);
	va_end(args);
	str_add(&x->answer.fields, "\r\n");
}

void answer_file(struct exchange *x, int status, int file, uint64_t from, uint64_t to)
{
	x->answer.status = status;
	x->answer.file = file;
	x->answer.from = from;
	x->answer.to = to;
}

void answer_refuse_as(struct exchange *x, int status, enum refusal refusal, const char *text)
{
	struct json_writer w = { .out = &x->answer.text };

	x->answer.status = status;
	str_clear(&x->answer.text);
	json_object_begin(&w, NULL);
	json_array_begin(&w, "errors");
	json_object_begin(&w, NULL);
	json_add_string(&w, "code", refusals[refusal].code);
	json_add_string(&w, "message", text);
	json_object_end(&w);
	json_array_end(&w);
	json_object_end(&w);
	answer_field(x, "Content-Type", "application/json");
}

void answer_refuse(struct exchange *x, enum refusal refusal, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	answer_refuse_as(x, refusals[refusal].status, refusal, text);
}

/* A full disk is the client's to know; everything else is in our log alone. */
static int status_of(const struct err *e)
{
	return e->code == ERR_EXHAUSTED ? 507 : 500;
}

void answer_failed(struct exchange *x, const struct err *e)
{
	log_error("%s", e->text);
	answer_refuse_as(x, status_of(e), UNKNOWN, status_of(e) == 507 ? "the registry has no space left" : "internal error");
}

void outcome_refuse(struct exchange *x, enum refusal refusal, const char *format, ...)
{
	va_list args;

	x->outcome.refusal = refusal;
	va_start(args, format);
	(void)vsnprintf(x->outcome.text, sizeof(x->outcome.text), format, args);
	va_end(args);
}

void outcome_failed(struct exchange *x, const struct err *e)
{
	log_error("%s", e->text);
	outcome_refuse(x, UNKNOWN, "%s", status_of(e) == 507 ? "the registry has no space left" : "internal error");
	x->outcome.status = status_of(e);
}

bool outcome_is_refusal(struct exchange *x)
{
	const struct outcome *o = &x->outcome;

	if (o->refusal == REFUSED_NOT)
		return false;
	answer_refuse_as(x, o->status ? o->status : refusals[o->refusal].status, o->refusal, o->text);
	return true;
}

bool exchange_digest(struct exchange *x)
{
	if (digest_parse(x->target, &x->digest) == 0)
		return true;
	answer_refuse(x, DIGEST_INVALID, "'%.200s' is not a digest", x->target);
	return false;
}
