/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Bearer token flow of registries, anonymous: a 401 with `WWW-Authenticate: Bearer realm=...,service=...,scope=...`
 * names a token server; the token it gives is valid for one registry and one repository, and is kept for these alone.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "fetch/transport.h"

struct auth_challenge {
	char *realm, *service, *scope; /* owned; scope and service may be NULL */
};

void auth_challenge_done(struct auth_challenge *c);

/* Pure: parses the header's value. Another scheme than Bearer, a missing realm or a parameter twice is an error. */
int auth_challenge_parse(const char *header, size_t len, struct auth_challenge *ret, struct err *e);

/* May the token of `registry` ("https://host") be asked of `realm`? Over https always (nothing of ours is sent), over
 * plain http only from the registry itself, when that is plain http too. */
bool auth_realm_allowed(const char *registry, const char *realm);

/* Asks for a token: *ret_authorization is "Bearer ..." (owned). */
int auth_token(struct transport *t, const char *registry, const struct auth_challenge *challenge, char **ret_authorization,
	       struct err *e);
