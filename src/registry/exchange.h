/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request and its answer, as the nouns (blobs, uploads, manifests, tags, referrers) see it. A row of the router's table
 * names up to four functions, each of which may answer and so end the exchange:
 *
 *   begin    the head was read. It answers, or opens x->upload as the place for the body, or leaves the rest to `work`.
 *   end      the body is whole.
 *   work     in a child process of its own: what waits for the disk or reads documents. It fills x->outcome and nothing else
 *            of it comes back; the files it changed are its effect.
 *   finish   back in the server: the outcome becomes the answer.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "registry/registry.h"
#include "registry/upload.h"
#include "wire/http1.h"

/* The error codes of the distribution specification. */
enum refusal {
	REFUSED_NOT, BLOB_UNKNOWN, BLOB_UPLOAD_INVALID, BLOB_UPLOAD_UNKNOWN, DIGEST_INVALID, MANIFEST_BLOB_UNKNOWN,
	MANIFEST_INVALID, MANIFEST_UNKNOWN, NAME_INVALID, NAME_UNKNOWN, SIZE_INVALID, TAG_INVALID, RANGE_INVALID, UNAUTHORIZED,
	UNSUPPORTED, TOOMANYREQUESTS, PAGINATION_NUMBER_INVALID, REQUEST_INVALID, UNKNOWN, REFUSALS,
};

struct answer {
	int status;	   /* 0: none yet */
	struct str fields; /* "Name: value\r\n"... */
	struct str text;   /* the body, or */
	int file;	   /* owned; of which bytes [from, to) are the body */
	uint64_t from, to;
	bool close;	   /* the connection ends with it */
};

/* What work says to finish; a plain value, sent through a pipe. */
struct outcome {
	enum refusal refusal;
	int status;	 /* instead of the refusal's usual one, or 0 */
	uint64_t size;
	char digest[DIGEST_TEXT], subject[DIGEST_TEXT];
	char text[512];
};

struct exchange;

struct route {
	const char *method, *pattern; /* "@": the repository's name, "*": one component, which becomes x->target */
	void (*begin)(struct exchange *x);
	void (*end)(struct exchange *x);
	void (*work)(struct exchange *x);
	void (*finish)(struct exchange *x);
};

struct exchange {
	const struct registry *registry;
	const struct http1_request *request;
	const struct route *route;
	char repository[REPOSITORY_MAX + 1];
	char target[2 * DIGEST_TEXT];
	struct digest digest;
	struct upload upload;  /* where the body goes, when it is open */
	bool keeps_upload;     /* it outlives the exchange */
	struct upload *carry;  /* of the connection: the upload that its last request has written, with the hash so far */
	uint64_t body_max;     /* of the body */
	struct answer answer;
	struct outcome outcome;
};

void exchange_done(struct exchange *x);

/* ---- answers ---- */

void answer_set(struct exchange *x, int status);
void answer_field(struct exchange *x, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void answer_file(struct exchange *x, int status, int file, uint64_t from, uint64_t to); /* owns `file` */
void answer_refuse(struct exchange *x, enum refusal refusal, const char *format, ...) __attribute__((format(printf, 3, 4)));
void answer_refuse_as(struct exchange *x, int status, enum refusal refusal, const char *text);
void answer_failed(struct exchange *x, const struct err *e); /* something of ours went wrong */

/* In work. */
void outcome_refuse(struct exchange *x, enum refusal refusal, const char *format, ...) __attribute__((format(printf, 3, 4)));
void outcome_failed(struct exchange *x, const struct err *e);
/* At the beginning of finish: true when the outcome was a refusal, which is answered. */
bool outcome_is_refusal(struct exchange *x);

/* x->target as a digest in x->digest; answers when it is none. */
bool exchange_digest(struct exchange *x);

/* ---- the nouns ---- */

void blob_get_begin(struct exchange *x);
void blob_delete_begin(struct exchange *x);

void upload_post_begin(struct exchange *x);
void upload_post_end(struct exchange *x);
void upload_get_begin(struct exchange *x);
void upload_patch_begin(struct exchange *x);
void upload_patch_end(struct exchange *x);
void upload_put_begin(struct exchange *x);
void upload_work(struct exchange *x);
void upload_finish(struct exchange *x);
void upload_delete_begin(struct exchange *x);

void manifest_get_begin(struct exchange *x);
void manifest_put_begin(struct exchange *x);
void manifest_put_work(struct exchange *x);
void manifest_put_finish(struct exchange *x);
void manifest_delete_begin(struct exchange *x);
void manifest_delete_work(struct exchange *x);
void manifest_delete_finish(struct exchange *x);

void tags_get_begin(struct exchange *x);
void tags_get_work(struct exchange *x);
void tags_get_finish(struct exchange *x);

void referrers_get_begin(struct exchange *x);
void referrers_get_work(struct exchange *x);
void referrers_get_finish(struct exchange *x);
