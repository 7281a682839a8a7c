/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whom a connection trusts, and what it shows of itself; and why a handshake failed, in words. */

#include <curl/curl.h>
#include <stdbool.h>

#include "base/str.h"
#include "fetch/transport.h"

struct transport_trust {
	struct str machine; /* the machine's authorities, read when a host has some of its own besides */
	bool asked;	    /* a server asked for a certificate and there was none to show */
};

void transport_trust_done(struct transport_trust *trust);

/* The options of one transfer; `tls` NULL: the machine's authorities and no certificate. */
int transport_trust_apply(struct transport_trust *trust, CURL *easy, const struct transport_tls *tls, struct err *e);

/* Fills *e for a failed transfer and returns -1: a sentence of its own for each thing that the user can set right. */
int transport_trust_failed(const struct transport_trust *trust, CURLcode result, const char *origin, const char *why,
			   struct err *e);
