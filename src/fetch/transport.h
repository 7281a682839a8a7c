/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTTP exchanges, several at once over one libcurl multi handle: one loop, no threads. Limits: a connection within
 * CONNECT_SECONDS, then at least TRANSPORT_RATE bytes a second over each stretch of `stall` seconds, at most
 * TRANSPORT_REDIRECTS redirects, http only where the first address was http. An Authorization header, a client's
 * certificate and a laxer check of the server's go to the host that they were made for and to no other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum {
	TRANSPORT_REDIRECTS = 5,
	TRANSPORT_URL = 4096,
	TRANSPORT_HEADER = 4096,
	TRANSPORT_RATE = 128,
	TRANSPORT_REFUSAL = 4096, /* of the body of an answer that is no success */
};

struct transport;
struct exchange;

struct transport_how {
	unsigned stall;					  /* seconds */
	const char *http_proxy, *https_proxy, *no_proxy; /* borrowed; NULL or "": none */
};

int transport_new(const struct transport_how *how, struct transport **ret, struct err *e);
void transport_free(struct transport *t);
DEFINE_CLEANUP(struct transport *, transport_free)

/* How a host's certificate is checked and what is shown to it: texts of PEM files, NULL for none. */
struct transport_tls {
	bool insecure;	  /* any certificate will do */
	const char *ca;	  /* trusted besides the machine's */
	const char *cert, *key;
};

struct transport_request {
	const char *method; /* NULL: GET */
	const char *url;
	const char *accept;	   /* NULL: anything */
	const char *authorization; /* value of the header, or NULL */
	const char *content_type, *content_range;
	uint64_t offset; /* GET: of the first byte wanted */

	/* What is sent: a text, or `body_len` bytes of a file. */
	const char *body;
	int body_fd;
	uint64_t body_offset, body_len;

	const struct transport_tls *tls; /* for the host of `url`, at whatever port; NULL: the machine's authorities */

	/* Gets the body of a 2xx answer from `offset` on; a negative result ends the exchange. NULL: it is dropped. */
	int (*take)(void *arg, const void *bytes, size_t len, struct err *e);
	/* Another answer to a request with an offset begins at 0 again: the first `offset` bytes are not handed on. */
	void *arg;
};

/* An answer's facts; borrowed until the exchange is freed. */
struct transport_response {
	int status;
	uint64_t length; /* UINT64_MAX: unknown */
	const char *content_type;
	const char *content_digest; /* Docker-Content-Digest */
	const char *bearer, *basic; /* WWW-Authenticate, a header each */
	const char *location;	    /* absolute */
	const char *link, *range, *chunk_min;
	const char *refusal; /* the body's beginning when the status is no success */
	unsigned retry_after; /* seconds */
};

/* Begins an exchange; what `request` points at is borrowed until it is freed. */
int exchange_begin(struct transport *t, const struct transport_request *request, struct exchange **ret, struct err *e);
void exchange_free(struct exchange *x);

/* 0: not answered yet, 1: *ret is the answer, -1: failed; `*e` says why, and ERR_UNAVAILABLE and ERR_DEADLINE may be
 * tried again. */
int exchange_answer(struct exchange *x, struct transport_response *ret, struct err *e);
uint64_t exchange_sent(const struct exchange *x);

/* Lets every exchange go on; waits at most `ms` for something to happen. */
int transport_step(struct transport *t, int ms, struct err *e);

/* Did the last failed handshake with the host of this exchange ask for a certificate that we do not have? */
bool exchange_wanted_certificate(const struct exchange *x);

/* "https://host:port" of a URL into `to`; false when it is not http or https, or holds a user. */
bool transport_origin(const char *url, char *to, size_t size);
