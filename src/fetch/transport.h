/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTTP as a stream to read from: GET, one response at a time. Limits: a connection in CONNECT_SECONDS, then at least a
 * byte in every `stall` seconds, at most TRANSPORT_REDIRECTS redirects, http only where the first address was http, and
 * an Authorization header goes to the host and port it was made for and to no other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum { TRANSPORT_REDIRECTS = 5, TRANSPORT_URL = 4096, TRANSPORT_HEADER = 4096 };

struct transport;

int transport_new(unsigned stall_seconds, struct transport **ret, struct err *e);
void transport_free(struct transport *t);
DEFINE_CLEANUP(struct transport *, transport_free)

struct transport_get {
	const char *url;
	const char *accept;	   /* NULL: anything */
	const char *authorization; /* value of the header, or NULL */
};

/* The last response's facts; borrowed until the next one. */
struct transport_response {
	int status;
	uint64_t length; /* UINT64_MAX: unknown */
	const char *content_type;
	const char *content_digest; /* Docker-Content-Digest */
	const char *authenticate;   /* WWW-Authenticate */
};

/* Sends the request and returns when the response's header is there. */
int transport_open(struct transport *t, const struct transport_get *get, struct transport_response *ret, struct err *e);

/* The next bytes of the body: their number, 0 at its end, -1. */
ssize_t transport_read(struct transport *t, void *to, size_t len, struct err *e);

/* The whole body; more than `max` bytes is an error. */
int transport_read_all(struct transport *t, size_t max, struct str *to, struct err *e);

/* "https://host:port" of a URL into `to`; false when it is not http or https, or holds a user. */
bool transport_origin(const char *url, char *to, size_t size);
