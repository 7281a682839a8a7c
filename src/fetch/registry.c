/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The first request goes out without credentials; a 401 with a bearer challenge is answered once, by a token for this
 * repository. What a status means for the caller is one table.
 */

#include "fetch/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "fetch/auth.h"

bool registry_is_loopback(const char *host)
{
	size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

	if (len == 9 && strncmp(host, "localhost", len) == 0)
		return true;
	if (len == 5 && strncmp(host, "[::1]", len) == 0)
		return true;
	return str_starts(host, "127.") && strspn(host, "0123456789.") == len;
}

/* Docker Hub's name is not the host that speaks the protocol. */
static const char *real_host(const char *host)
{
	return str_eq(host, "docker.io") ? "registry-1.docker.io" : host;
}

int registry_connect(const char *host, const char *repository, bool plain_http, unsigned stall_seconds,
		     struct registry *ret, struct err *e)
{
	struct registry r = { 0 };
	bool plain = plain_http || registry_is_loopback(host);

	r.origin = str_format("http%s://%s", plain ? "" : "s", real_host(host));
	r.repository = strdup(repository);
	if (!r.origin || !r.repository) {
		registry_done(&r);
		return err_nomem(e);
	}
	if (transport_new(stall_seconds, &r.transport, e) < 0) {
		registry_done(&r);
		return -1;
	}
	*ret = r;
	return 0;
}

void registry_done(struct registry *r)
{
	transport_free(r->transport);
	free(r->origin);
	free(r->repository);
	free(r->authorization);
	*r = (struct registry){ 0 };
}

static int registry_login(struct registry *r, const struct transport_response *response, struct err *e)
{
	struct auth_challenge challenge;
	char *authorization = NULL;
	int result;

	if (auth_challenge_parse(response->authenticate, strlen(response->authenticate), &challenge, e) < 0)
		return err_prefix(e, "%s", r->origin);
	result = auth_token(r->transport, r->origin, &challenge, &authorization, e);
	auth_challenge_done(&challenge);
	if (result < 0)
		return -1;
	free(r->authorization);
	r->authorization = authorization;
	return 0;
}

static const struct {
	int first, last;
	enum err_code code;
	const char *text;
} statuses[] = {
	{ 401, 401, ERR_DENIED, "access denied; the repository may not exist or may need a login" },
	{ 403, 403, ERR_DENIED, "access denied" },
	{ 404, 404, ERR_NOT_FOUND, "not found" },
	{ 429, 429, ERR_UNAVAILABLE, "too many requests" },
	{ 500, 599, ERR_UNAVAILABLE, "the registry has a problem" },
	{ 0, 999, ERR_UNAVAILABLE, "unexpected answer" },
};

static int status_error(const struct registry *r, const char *what, int status, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (status >= statuses[i].first && status <= statuses[i].last)
			return err_set(e, statuses[i].code, "%s of '%s' at %s: %s (status %d)", what, r->repository,
				       r->origin, statuses[i].text, status);
	return err_set(e, ERR_UNAVAILABLE, "%s: status %d", what, status);
}

int registry_get(struct registry *r, const char *what, const char *path, const char *accept,
		 struct transport_response *ret, struct err *e)
{
	autofree char *url = str_format("%s/v2/%s/%s", r->origin, r->repository, path);
	struct transport_get get = { .url = url, .accept = accept, .authorization = r->authorization };

	if (!url)
		return err_nomem(e);
	if (transport_open(r->transport, &get, ret, e) < 0)
		return err_prefix(e, "%s", what);
	if (ret->status == 401 && ret->authenticate[0]) {
		if (registry_login(r, ret, e) < 0)
			return err_prefix(e, "%s", what);
		get.authorization = r->authorization;
		if (transport_open(r->transport, &get, ret, e) < 0)
			return err_prefix(e, "%s", what);
	}
	return ret->status == 200 ? 0 : status_error(r, what, ret->status, e);
}
