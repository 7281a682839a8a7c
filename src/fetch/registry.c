/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The first request goes out without credentials; what the registry then asks for, it gets: a token, or the password by
 * Basic. A token that was good once and is refused later has expired and is fetched anew, once a request. What a status
 * means for the caller is one table.
 */

#include "fetch/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decode.h"
#include "base/own.h"

enum { WAIT_MS = 1000, LONGEST_WAIT = 60 /* seconds that a registry may ask us to wait */, DOUBLINGS = 5 };

/* Docker Hub's name is not the host that speaks the protocol. */
static const char *real_host(const char *host)
{
	return str_eq(host, "docker.io") ? "registry-1.docker.io" : host;
}

void registry_done(struct registry *r)
{
	transport_free(r->transport);
	free(r->origin);
	free(r->authorization);
	strv_done(&r->scopes);
	*r = (struct registry){ 0 };
}

static int set_origin(struct registry *r, bool plain, struct err *e)
{
	free(r->origin);
	r->origin = str_format("http%s://%s", plain ? "" : "s", real_host(r->endpoint->host));
	return r->origin ? 0 : err_nomem(e);
}

/* Asks by https; what answers otherwise than by TLS is taken for an http server, a bad certificate is not. */
static int probe(struct registry *r, struct err *e)
{
	struct registry_call call = { .registry = r, .what = "ping", .alone = true };
	struct err why = ERR_INIT;
	autofree char *url = str_format("%s/v2/", r->origin);
	int result = url ? registry_call_run(&call, url, &why) : err_nomem(&why);

	registry_call_done(&call);
	if (result < 0 && why.code != ERR_INVALID && why.code != ERR_UNAVAILABLE) {
		if (e)
			*e = why;
		return -1;
	}
	return result < 0 ? set_origin(r, true, e) : 0;
}

int registry_connect(const struct worker_network *network, const struct worker_endpoint *endpoint, struct registry *ret,
		     struct err *e)
{
	const struct transport_how how = { network->stall, network->http_proxy, network->https_proxy, network->no_proxy };
	struct registry r = {
		.network = network,
		.endpoint = endpoint,
		.tls = { endpoint->insecure, endpoint->ca, endpoint->cert, endpoint->key },
	};

	if (set_origin(&r, endpoint->plain, e) < 0 || transport_new(&how, &r.transport, e) < 0 ||
	    (endpoint->either && !endpoint->plain && probe(&r, e) < 0)) {
		registry_done(&r);
		return -1;
	}
	*ret = r;
	return 0;
}

/* ---- answers in words ---- */

struct refusal {
	char *code, *message;
};

struct refusals {
	struct { struct refusal *items; size_t n; } errors;
};

PRIVATE_TABLE(refusal_table, struct refusal,
	DECODE_ROW(struct refusal, "code", code, DECODE_STRING),
	DECODE_ROW(struct refusal, "message", message, DECODE_STRING),
);

PRIVATE_TABLE(refusals_table, struct refusals,
	DECODE_ROW(struct refusals, "errors", errors, DECODE_ARRAY, .table = &refusal_table),
);

/* ", NAME_UNKNOWN: repository name not known" of the body, if it says something. */
static void add_reason(struct str *to, const char *body)
{
	struct refusals said;

	if (!body[0] || decode_text(&refusals_table, body, strlen(body), &said, NULL) < 0)
		return;
	if (said.errors.n && said.errors.items[0].code)
		str_addf(to, ", %.60s", said.errors.items[0].code);
	if (said.errors.n && said.errors.items[0].message && said.errors.items[0].message[0])
		str_addf(to, ": %.200s", said.errors.items[0].message);
	decode_done(&refusals_table, &said);
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
	{ 0, 999, ERR_INVALID, "unexpected answer" },
};

static int refused_with(const struct registry_call *call, enum err_code code, const char *text, struct err *e)
{
	const struct registry *r = call->registry;
	const char *repository = r->endpoint->repository;
	autostr struct str reason = STR_INIT;

	add_reason(&reason, call->answer.refusal ? call->answer.refusal : "");
	if (call->foreign || !repository)
		return err_set(e, code, "%s at %s: %s (status %d%s)", call->what, call->foreign ? call->request.url : r->origin,
			       text, call->answer.status, str_text(&reason));
	return err_set(e, code, "%s of '%s' at %s: %s (status %d%s)", call->what, repository, r->origin, text,
		       call->answer.status, str_text(&reason));
}

int registry_refused(const struct registry_call *call, struct err *e)
{
	int status = call->answer.status;

	if (status == 400 && exchange_wanted_certificate(call->exchange))
		return refused_with(call, ERR_DENIED, "it wants a client certificate and there is none", e);
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (status >= statuses[i].first && status <= statuses[i].last)
			return refused_with(call, statuses[i].code, statuses[i].text, e);
	return err_set(e, ERR_INVALID, "%s: status %d", call->what, status);
}

/* ---- login ---- */

static int login_basic(struct registry *r, const struct auth_credential *credential, const struct registry_call *call,
		       struct err *e)
{
	if (!credential->user || !credential->password)
		return refused_with(call, ERR_DENIED, "it wants a user name and a password: log in", e);
	if (call->logins > 1)
		return refused_with(call, ERR_DENIED, "the user name or the password is wrong", e);
	free(r->authorization);
	r->authorization = auth_basic(credential);
	return r->authorization ? 0 : err_nomem(e);
}

static int login_bearer(struct registry *r, const struct auth_credential *credential, const struct registry_call *call,
			struct err *e)
{
	const char *header = call->answer.bearer;
	struct auth_challenge challenge;
	char *authorization = NULL;
	int result;

	if (auth_challenge_parse(header, strlen(header), &challenge, e) < 0)
		return err_prefix(e, "%s: %s", call->what, r->origin);
	if (call->logins > 1) {
		bool expired = challenge.error && str_eq(challenge.error, "invalid_token");

		auth_challenge_done(&challenge);
		return expired ? refused_with(call, ERR_DENIED, "the token has expired or is not taken", e) :
				 registry_refused(call, e);
	}
	result = auth_token(r->transport,
			    &(struct auth_ask){ r->origin, r->endpoint->host, &challenge, *credential, &r->scopes, &r->tls },
			    &authorization, e);
	auth_challenge_done(&challenge);
	if (result < 0)
		return err_prefix(e, "%s", call->what);
	free(r->authorization);
	r->authorization = authorization;
	return 0;
}

/* ---- one request ---- */

static void call_close(struct registry_call *call)
{
	exchange_free(call->exchange);
	call->exchange = NULL;
}

static int call_send(struct registry_call *call, struct err *e)
{
	struct registry *r = call->registry;

	call_close(call);
	call->request.url = call->url;
	call->request.tls = &r->tls;
	call->request.authorization = call->foreign ? NULL : r->authorization;
	return exchange_begin(r->transport, &call->request, &call->exchange, e);
}

int registry_call_begin(struct registry_call *call, const char *path, struct err *e)
{
	const struct registry *r = call->registry;

	call->url = strstr(path, "://") ? strdup(path) :
					  str_format("%s/v2/%s/%s", r->origin, r->endpoint->repository, path);
	if (!call->url)
		return err_nomem(e);
	if (call_send(call, e) < 0)
		return err_prefix(e, "%s", call->what);
	return 0;
}

void registry_call_done(struct registry_call *call)
{
	call_close(call);
	free(call->url);
	call->url = NULL;
}

/* Sends it again after a while that doubles each time, and not before the registry wants it. */
static int call_later(struct registry_call *call, unsigned retry_after, const struct err *why, struct err *e)
{
	const struct worker_network *network = call->registry->network;
	unsigned doublings = call->tries < DOUBLINGS ? call->tries : DOUBLINGS;
	int64_t wait = (int64_t)network->delay * NSEC_PER_MSEC << doublings;

	if (call->alone || ++call->tries >= network->tries || retry_after > LONGEST_WAIT) {
		if (e)
			*e = *why;
		return -1;
	}
	if (wait < retry_after * NSEC_PER_SEC)
		wait = retry_after * NSEC_PER_SEC;
	call_close(call);
	call->not_before = clock_boot() + wait;
	return 0;
}

static int call_resend(struct registry_call *call, struct err *e)
{
	call->not_before = 0;
	if (call->again && call->again(call, e) < 0)
		return -1;
	return call_send(call, e);
}

static int call_login(struct registry_call *call, struct err *e)
{
	struct registry *r = call->registry;
	const struct worker_endpoint *endpoint = r->endpoint;
	const struct auth_credential credential = { endpoint->user, endpoint->password, endpoint->token };
	const char *used = call->request.authorization;
	int result = 0;

	call->logins++;
	/* Another request of ours has got a newer token meanwhile. */
	if (!(call->logins == 1 && r->authorization && (!used || !str_eq(used, r->authorization))))
		result = call->answer.bearer[0] ? login_bearer(r, &credential, call, e) :
						  login_basic(r, &credential, call, e);
	return result < 0 ? -1 : call_resend(call, e);
}

/* The registry's words for "come again". */
static int call_busy(struct registry_call *call, struct err *e)
{
	unsigned wait = call->answer.retry_after;
	struct err why = ERR_INIT;

	(void)registry_refused(call, &why);
	if (wait > LONGEST_WAIT)
		(void)err_prefix(&why, "to be tried again in %u seconds", wait);
	return call_later(call, wait, &why, e);
}

static int call_broke(struct registry_call *call, struct err *why, struct err *e)
{
	(void)err_prefix(why, "%s", call->what);
	if (why->code == ERR_UNAVAILABLE || why->code == ERR_DEADLINE)
		return call_later(call, 0, why, e);
	if (e)
		*e = *why;
	return -1;
}

int registry_call_step(struct registry_call *call, struct err *e)
{
	struct err why = ERR_INIT;
	int r;

	if (!call->exchange)
		return clock_boot() < call->not_before ? 0 : call_resend(call, e);
	r = exchange_answer(call->exchange, &call->answer, &why);
	if (r == 0)
		return 0;
	if (r < 0)
		return call_broke(call, &why, e);
	if (call->alone || call->answer.status < 400)
		return 1;
	if (call->answer.status == 401 && !call->foreign && (call->answer.bearer[0] || call->answer.basic[0]))
		return call_login(call, e);
	if (call->answer.status == 429 || call->answer.status >= 500)
		return call_busy(call, e);
	return 1;
}

int registry_call_wait(const struct registry_call *call)
{
	int64_t left = call->exchange ? WAIT_MS * NSEC_PER_MSEC : call->not_before - clock_boot();

	if (left <= 0)
		return 0;
	return left > WAIT_MS * NSEC_PER_MSEC ? WAIT_MS : (int)(left / NSEC_PER_MSEC) + 1;
}

int registry_call_run(struct registry_call *call, const char *path, struct err *e)
{
	int r = registry_call_begin(call, path, e);

	while (r == 0) {
		r = registry_call_step(call, e);
		if (r == 0 && transport_step(call->registry->transport, registry_call_wait(call), e) < 0)
			r = -1;
	}
	return r;
}

/* ---- documents ---- */

struct document {
	struct str *to;
	size_t max;
};

static int take_document(void *arg, const void *bytes, size_t len, struct err *e)
{
	struct document *d = arg;

	if (d->to->len + len > d->max)
		return err_set(e, ERR_INVALID, "more than %zu bytes", d->max);
	str_add_bytes(d->to, bytes, len);
	return d->to->failed ? err_nomem(e) : 0;
}

/* What came of a document before its connection broke is asked for again. */
static int document_again(struct registry_call *call, struct err *e)
{
	str_clear(((struct document *)call->request.arg)->to);
	return 0;
}

int registry_document(struct registry_call *call, const char *path, size_t max, struct str *to, struct err *e)
{
	struct document document = { to, max };
	int r;

	call->request.take = take_document;
	call->request.arg = &document;
	call->again = document_again;
	r = registry_call_run(call, path, e);
	if (r < 0)
		return -1;
	return call->answer.status == 200 ? 0 : registry_refused(call, e);
}
