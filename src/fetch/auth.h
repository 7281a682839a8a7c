/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Bearer token flow of registries: a 401 with `WWW-Authenticate: Bearer realm=...,service=...,scope=...` names a token
 * server; the token it gives is valid for one registry and its scopes, and is kept for these alone. A user's password, or
 * the identity token that stands for it, goes to the registry itself and to a token server that belongs to it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"
#include "fetch/transport.h"

struct auth_challenge {
	char *realm, *service, *scope, *error; /* owned; all but realm may be NULL */
};

void auth_challenge_done(struct auth_challenge *c);

/* Pure: parses the header's value. Another scheme than Bearer, a missing realm or a parameter twice is an error. */
int auth_challenge_parse(const char *header, size_t len, struct auth_challenge *ret, struct err *e);

/* Borrowed texts; a user and password, or an identity token, or nothing. */
struct auth_credential {
	const char *user, *password, *token;
};

static inline bool auth_credential_given(const struct auth_credential *c)
{
	return (c->user && c->password) || c->token;
}

/* "Basic ...", owned; NULL when out of memory. */
char *auth_basic(const struct auth_credential *c);

/* May the token of `registry` ("https://host") be asked of `realm`? Over https always (nothing of ours is sent), over
 * plain http only from the registry itself, when that is plain http too. */
bool auth_realm_allowed(const char *registry, const char *realm);

/* May what was given for `registry` go to `realm`? To the registry itself; over https also to a host below the name that
 * the user typed (auth.docker.io of docker.io), to the domain that the name is directly below (gitlab.com of
 * registry.gitlab.com), and to its neighbours there, except below the suffixes of countries (a.co.uk, b.co.uk). */
bool auth_realm_own(const char *registry, const char *typed_host, const char *realm);

struct auth_ask {
	const char *registry;	/* "https://host:port" */
	const char *typed_host; /* as in the reference */
	const struct auth_challenge *challenge;
	struct auth_credential credential;
	const struct strv *scopes; /* besides the challenge's; may be NULL */
	const struct transport_tls *tls;
};

/* Asks for a token: *ret_authorization is "Bearer ..." (owned). ERR_DENIED with a sentence of its own for a password and
 * for an identity token that the server does not take. */
int auth_token(struct transport *t, const struct auth_ask *ask, char **ret_authorization, struct err *e);
