/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One repository of one registry (OCI distribution specification) and requests to it: a 401 is answered by a login or by
 * a token, an answer of "later" by waiting, a connection that broke by another one, each a bounded number of times.
 */

#include "fetch/auth.h"
#include "fetch/transport.h"
#include "formats/worker_msg.h"

struct registry {
	struct transport *transport;
	const struct worker_network *network;	/* borrowed */
	const struct worker_endpoint *endpoint; /* of it */
	char *origin;				/* "https://host:port" */
	struct transport_tls tls;
	char *authorization; /* header value, NULL: none needed so far */
	struct strv scopes;  /* that tokens are to have besides those which the registry asks for */
};

/* Also finds out whether an endpoint that may be either speaks http. */
int registry_connect(const struct worker_network *network, const struct worker_endpoint *endpoint, struct registry *ret,
		     struct err *e);
void registry_done(struct registry *r);

/* A request on its way. Zero it, set what is above the line, begin; then step until it is answered. */
struct registry_call {
	struct registry *registry;
	const char *what;	     /* "layer 'sha256:...'": for errors; borrowed */
	struct transport_request request; /* url, authorization and tls are filled in */
	bool foreign;		     /* request.url is another host's: no login, no token */
	bool alone;		     /* whatever the answer: do not ask again */
	/* Called before it is sent again, to say from where; negative: it cannot be. */
	int (*again)(struct registry_call *call, struct err *e);
	/* ---- */
	char *url;
	struct exchange *exchange;
	struct transport_response answer; /* once registry_call_step has returned 1 */
	unsigned tries, logins;
	int64_t not_before; /* clock_boot */
};

/* `path` below /v2/REPOSITORY/ ("manifests/latest"), or an absolute address. */
int registry_call_begin(struct registry_call *call, const char *path, struct err *e);
/* 1: answered, with whatever status; 0: not yet; -1. Driven by transport_step. */
int registry_call_step(struct registry_call *call, struct err *e);
/* Milliseconds after which to step again, whatever happens. */
int registry_call_wait(const struct registry_call *call);
/* Both, to the end. */
int registry_call_run(struct registry_call *call, const char *path, struct err *e);
void registry_call_done(struct registry_call *call);

/* The sentence for an answer that is not what was hoped for: ERR_NOT_FOUND for 404, ERR_DENIED for 401 and 403,
 * ERR_UNAVAILABLE or ERR_INVALID otherwise. Returns -1. */
int registry_refused(const struct registry_call *call, struct err *e);

/* GETs a document of at most `max` bytes into `to`: 0 with call->answer, or -1 for any status but 200. */
int registry_document(struct registry_call *call, const char *path, size_t max, struct str *to, struct err *e);
