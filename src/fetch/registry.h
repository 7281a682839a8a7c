/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One repository of one registry (OCI distribution specification): GET below /v2/NAME/, with an anonymous token where
 * the registry asks for one. */

#include "fetch/transport.h"

struct registry {
	struct transport *transport;
	char *origin;	     /* "https://host:port" */
	char *repository;
	char *authorization; /* header value, NULL: none needed so far */
};

/* `host` as in a reference ("docker.io", "127.0.0.1:5000"). Loopback hosts are spoken to in plain HTTP. */
int registry_connect(const char *host, const char *repository, bool plain_http, unsigned stall_seconds,
		     struct registry *ret, struct err *e);
void registry_done(struct registry *r);

/* GETs "manifests/REFERENCE" or "blobs/DIGEST"; the body is then read from r->transport. `what` names it in errors:
 * ERR_NOT_FOUND for 404, ERR_DENIED for 401 and 403, ERR_UNAVAILABLE otherwise. */
int registry_get(struct registry *r, const char *what, const char *path, const char *accept,
		 struct transport_response *ret, struct err *e);

/* Is `host` (with or without a port) of this machine? */
bool registry_is_loopback(const char *host);
