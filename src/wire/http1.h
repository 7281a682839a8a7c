/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTTP/1.1 as a server reads it (RFC 9112), strictly: what two readers could understand differently is refused, so that
 * nothing can be smuggled past a proxy. Pure: bytes in, struct out. A parsed request borrows the bytes that it was read
 * from. Errors are negative HTTP statuses: -400, -414, -417, -431, -501, -505.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP1_HEAD_MAX = 16384, /* request line and fields */
	HTTP1_TARGET_MAX = 8192,
	HTTP1_FIELDS = 64,
};

struct http1_slice {
	const char *at;
	size_t len;
};

struct http1_field {
	struct http1_slice name, value; /* the value without spaces around it */
};

struct http1_request {
	struct http1_slice method;
	struct http1_slice path;  /* from its first '/', still percent-encoded */
	struct http1_slice query; /* behind the '?'; empty when there is none */
	struct http1_field fields[HTTP1_FIELDS];
	size_t n_fields;
	unsigned minor; /* HTTP/1.minor */
	uint64_t length; /* of the body, when it is not chunked */
	bool chunked, keep_alive, expects_continue;
};

/* 1: a whole head was read, *ret_used bytes of it; 0: more bytes are needed; or an error. */
int http1_parse(const char *bytes, size_t len, struct http1_request *ret, size_t *ret_used);

/* The value of the first field of that name, whatever its case; `at` NULL: there is none. */
struct http1_slice http1_field(const struct http1_request *request, const char *name);

/* Whether a comma-separated list (Accept, Connection) has that word, whatever its case. */
bool http1_list_has(struct http1_slice list, const char *word);

bool http1_is(struct http1_slice s, const char *text); /* the very bytes */

/* Percent-decodes into `to`, NUL-terminated: the length, or -400 when it is malformed, too long or holds a NUL. */
int http1_decode(struct http1_slice s, char *to, size_t size);

/* The `nth` (from 0) parameter of that name, decoded: its length, -ENOENT, or -400. */
int http1_parameter(const struct http1_request *request, const char *name, size_t nth, char *to, size_t size);

/* A decimal number and nothing else: true and *ret. */
bool http1_number(struct http1_slice s, uint64_t *ret);

/* What comes behind the head. The reader keeps no bytes: it says which of those it is given are data. */
struct http1_body {
	int state; /* enum of http1.c */
	uint64_t left;
	unsigned digits, extra;
};

struct http1_body http1_body_of(const struct http1_request *request);
bool http1_body_is_done(const struct http1_body *body);
uint64_t http1_body_run(const struct http1_body *body); /* the next so many bytes are data, nothing else; 0: not known yet */

/* Consumes *ret_used of the bytes, of which *ret_data is data (possibly none); to be called until all are used or the body
 * is done. 0 or an error. */
int http1_body_read(struct http1_body *body, const char *bytes, size_t len, size_t *ret_used, struct http1_slice *ret_data);

const char *http1_reason(int status); /* "Not Found" */
