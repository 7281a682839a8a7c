/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A challenge is foreign text: its grammar (RFC 9110 section 11.6.1, auth-param) is read strictly and what becomes part of
 * an address is percent-encoded. A token is checked before it becomes a header: a line end in it would be another header.
 */

#include "fetch/auth.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/decode.h"
#include "base/own.h"
#include "base/weaken.h"

enum { TOKEN_ANSWER_MAX = 1 << 20, TOKEN_MAX = 64 << 10 };

void auth_challenge_done(struct auth_challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
	free(c->error);
	*c = (struct auth_challenge){ 0 };
}

struct cursor {
	const char *at, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

static size_t token_len(const struct cursor *c)
{
	size_t n = 0;

	while (c->at + n < c->end && (isalnum((unsigned char)c->at[n]) || (c->at[n] && strchr("!#$%&'*+-.^_`|~", c->at[n]))))
		n++;
	return n;
}

/* A token or a quoted string; control characters are in neither. */
static int read_value(struct cursor *c, struct str *to)
{
	size_t n;

	if (c->at == c->end || *c->at != '"') {
		n = token_len(c);
		str_add_bytes(to, c->at, n);
		c->at += n;
		return n ? 0 : -EINVAL;
	}
	for (c->at++; c->at < c->end && *c->at != '"'; c->at++) {
		if (*c->at == '\\' && ++c->at == c->end)
			return -EINVAL;
		if ((unsigned char)*c->at < ' ' || *c->at == 127)
			return -EINVAL;
		str_add_char(to, *c->at);
	}
	if (c->at == c->end)
		return -EINVAL;
	c->at++;
	return 0;
}

static int read_parameter(struct cursor *c, struct auth_challenge *ret)
{
	const struct {
		const char *name;
		char **value;
	} known[] = { { "realm", &ret->realm }, { "service", &ret->service }, { "scope", &ret->scope }, { "error", &ret->error } };
	autostr struct str value = STR_INIT;
	const char *name = c->at;
	size_t len = token_len(c);

	c->at += len;
	skip_space(c);
	if (!len || c->at == c->end || *c->at != '=')
		return -EINVAL;
	c->at++;
	skip_space(c);
	if (read_value(c, &value) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strlen(known[i].name) != len || strncasecmp(known[i].name, name, len) != 0)
			continue;
		if (*known[i].value)
			return -EINVAL;
		str_add(&value, "");
		*known[i].value = value.len ? str_take(&value) : strdup("");
		return *known[i].value ? 0 : -ENOMEM;
	}
	return 0;
}

static int read_parameters(struct cursor *c, struct auth_challenge *ret)
{
	for (;;) {
		int r;

		skip_space(c);
		r = read_parameter(c, ret);
		if (r < 0)
			return r;
		skip_space(c);
		if (c->at == c->end)
			return ret->realm && ret->realm[0] ? 0 : -EINVAL;
		if (*c->at++ != ',')
			return -EINVAL;
	}
}

int auth_challenge_parse(const char *header, size_t len, struct auth_challenge *ret, struct err *e)
{
	struct auth_challenge challenge = { 0 };
	struct cursor c = { header, header + len };
	int r;

	if (len < 7 || strncasecmp(header, "Bearer ", 7) != 0)
		return err_set(e, ERR_UNSUPPORTED, "the registry wants another login than a bearer token: '%.*s'",
			       (int)(len < 100 ? len : 100), header);
	c.at += 7;
	r = read_parameters(&c, &challenge);
	if (r < 0) {
		auth_challenge_done(&challenge);
		return r == -ENOMEM ? err_nomem(e) :
				      err_set(e, ERR_INVALID, "the registry's challenge '%.*s' is malformed",
					      (int)(len < 200 ? len : 200), header);
	}
	*ret = challenge;
	return 0;
}

bool auth_realm_allowed(const char *registry, const char *realm)
{
	char origin[TRANSPORT_URL];

	if (!transport_origin(realm, origin, sizeof(origin)))
		return false;
	return str_starts(origin, "https://") || str_eq(origin, registry) || weakened("realm-check");
}

/* ---- whose realm it is ---- */

/* The name of an origin's or reference's host, without scheme and port; false for what is no name. */
static bool host_name(const char *from, char *to, size_t size)
{
	const char *host = strstr(from, "://") ? strstr(from, "://") + 3 : from;
	size_t n = strcspn(host, ":");

	if (host[0] == '[' || n == 0 || n >= size || strspn(host, "0123456789.") >= n)
		return false;
	for (size_t i = 0; i < n; i++)
		to[i] = (char)tolower((unsigned char)host[i]);
	to[n] = '\0';
	return true;
}

static bool is_below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n > d + 1 && str_eq(name + n - d, domain) && name[n - d - 1] == '.';
}

/* Does a domain belong to one owner? One of two names does, unless its last is a country's. */
static bool has_owner(const char *domain)
{
	const char *dot = strchr(domain, '.'), *last = strrchr(domain, '.');

	return dot && (dot != last || strlen(last + 1) != 2);
}

bool auth_realm_own(const char *registry, const char *typed_host, const char *realm)
{
	char origin[TRANSPORT_URL], typed[256], theirs[256];
	const char *parent;

	if (!transport_origin(realm, origin, sizeof(origin)))
		return false;
	if (str_eq(origin, registry))
		return true;
	if (!str_starts(origin, "https://") || !host_name(typed_host, typed, sizeof(typed)) ||
	    !host_name(origin, theirs, sizeof(theirs)))
		return false;
	parent = strchr(typed, '.');
	if (str_eq(theirs, typed) || (parent && is_below(theirs, typed)))
		return true;
	if (!parent || !strchr(parent + 1, '.'))
		return false;
	return str_eq(theirs, parent + 1) || (has_owner(parent + 1) && is_below(theirs, parent + 1));
}

/* ---- asking ---- */

char *auth_basic(const struct auth_credential *c)
{
	autofree char *pair = str_format("%s:%s", c->user, c->password);
	autostr struct str text = STR_INIT;

	if (!pair)
		return NULL;
	str_add(&text, "Basic ");
	base64_encode(&text, pair, strlen(pair));
	explicit_bzero(pair, strlen(pair));
	return str_take(&text);
}

static void add_escaped(struct str *to, const char *value)
{
	for (; *value; value++) {
		if (isalnum((unsigned char)*value) || strchr("-._~:/", *value))
			str_add_char(to, *value);
		else
			str_addf(to, "%%%02X", (unsigned char)*value);
	}
}

static void add_query(struct str *url, const char *name, const char *value)
{
	if (!value)
		return;
	str_addf(url, "%c%s=", strchr(str_text(url), '?') ? '&' : '?', name);
	add_escaped(url, value);
}

struct token_answer {
	char *token, *access_token;
};

PRIVATE_TABLE(token_answer_table, struct token_answer,
	DECODE_ROW(struct token_answer, "token", token, DECODE_STRING),
	DECODE_ROW(struct token_answer, "access_token", access_token, DECODE_STRING),
);

static int make_header(const struct token_answer *answer, char **ret_authorization, struct err *e)
{
	const char *token = answer->token && answer->token[0] ? answer->token : answer->access_token;

	if (!token || !token[0])
		return err_set(e, ERR_DENIED, "the token server's answer holds no token");
	if (strlen(token) > TOKEN_MAX)
		return err_set(e, ERR_INVALID, "the token is longer than %d bytes", TOKEN_MAX);
	for (const char *c = token; *c; c++)
		if (*c <= ' ' || *c == 127)
			return err_set(e, ERR_INVALID, "the token holds a control character");
	*ret_authorization = str_format("Bearer %s", token);
	return *ret_authorization ? 0 : err_nomem(e);
}

/* The request in its two forms: GET with Basic or nothing, POST (OAuth2) with an identity token. */
struct asking {
	struct str url, form, body;
	char *basic;
};

static void asking_done(struct asking *a)
{
	str_done(&a->url);
	str_done(&a->form);
	str_done(&a->body);
	free(a->basic);
}

static void add_scopes(struct asking *a, const struct auth_ask *ask, bool post)
{
	const char *first = ask->challenge->scope;

	if (!post) {
		add_query(&a->url, "scope", first);
		for (size_t i = 0; ask->scopes && i < ask->scopes->n; i++)
			if (!first || !str_eq(first, ask->scopes->items[i]))
				add_query(&a->url, "scope", ask->scopes->items[i]);
		return;
	}
	str_add(&a->form, "&scope=");
	add_escaped(&a->form, first ? first : "");
	for (size_t i = 0; ask->scopes && i < ask->scopes->n; i++) {
		str_add(&a->form, first || i ? "%20" : "");
		add_escaped(&a->form, ask->scopes->items[i]);
	}
}

static int asking_init(struct asking *a, const struct auth_ask *ask, const struct auth_credential *credential, struct err *e)
{
	const char *service = ask->challenge->service;

	str_add(&a->url, ask->challenge->realm);
	if (credential->token) {
		str_add(&a->form, "grant_type=refresh_token&client_id=lighter&service=");
		add_escaped(&a->form, service ? service : "");
		str_add(&a->form, "&refresh_token=");
		add_escaped(&a->form, credential->token);
	} else if (credential->user) {
		add_query(&a->url, "account", credential->user);
		a->basic = auth_basic(credential);
		if (!a->basic)
			return err_nomem(e);
	}
	if (!credential->token)
		add_query(&a->url, "service", service);
	add_scopes(a, ask, credential->token);
	return a->url.failed || a->form.failed ? err_nomem(e) : 0;
}

static int take_answer(void *arg, const void *bytes, size_t len, struct err *e)
{
	struct str *body = arg;

	if (body->len + len > TOKEN_ANSWER_MAX)
		return err_set(e, ERR_INVALID, "the token server's answer is longer than %d bytes", TOKEN_ANSWER_MAX);
	str_add_bytes(body, bytes, len);
	return body->failed ? err_nomem(e) : 0;
}

static int refused(const struct auth_ask *ask, const struct auth_credential *used, int status, struct err *e)
{
	const char *realm = ask->challenge->realm;

	if (status != 401 && status != 403 && !(status == 400 && used->token))
		return err_set(e, status >= 500 || status == 429 ? ERR_UNAVAILABLE : ERR_DENIED,
			       "token server '%.200s' answered %d", realm, status);
	if (used->token)
		return err_set(e, ERR_DENIED, "token server '%.200s' does not take the login any more: log in again", realm);
	if (used->user)
		return err_set(e, ERR_DENIED, "token server '%.200s': the user name or the password is wrong", realm);
	if (auth_credential_given(&ask->credential))
		return err_set(e, ERR_DENIED,
			       "token server '%.200s' wants a login, and it is another host than '%s', whose login it does "
			       "not get",
			       realm, ask->typed_host);
	return err_set(e, ERR_DENIED, "token server '%.200s' wants a user name and a password: log in", realm);
}

static int ask_server(struct transport *t, const struct auth_ask *ask, const struct auth_credential *used,
		      struct asking *a, struct err *e)
{
	struct transport_request request = {
		.url = a->url.data,
		.authorization = a->basic,
		.tls = ask->tls,
		.take = take_answer,
		.arg = &a->body,
	};
	struct transport_response answer;
	struct exchange *x = NULL;
	int r;

	if (a->form.len) {
		request.method = "POST";
		request.content_type = "application/x-www-form-urlencoded";
		request.body = a->form.data;
		request.body_len = a->form.len;
	}
	if (exchange_begin(t, &request, &x, e) < 0)
		return -1;
	while ((r = exchange_answer(x, &answer, e)) == 0)
		if (transport_step(t, 1000, e) < 0) {
			r = -1;
			break;
		}
	if (r > 0 && answer.status != 200)
		r = refused(ask, used, answer.status, e);
	exchange_free(x);
	return r < 0 ? -1 : 0;
}

int auth_token(struct transport *t, const struct auth_ask *ask, char **ret_authorization, struct err *e)
{
	const struct auth_challenge *challenge = ask->challenge;
	cleanup(asking_done) struct asking a = { .basic = NULL };
	struct auth_credential used = { NULL };
	struct token_answer answer;
	int r;

	if (!auth_realm_allowed(ask->registry, challenge->realm))
		return err_set(e, ERR_DENIED, "%s: token server '%.200s' refused: it is not https", ask->registry,
			       challenge->realm);
	if (auth_realm_own(ask->registry, ask->typed_host, challenge->realm))
		used = ask->credential;
	if (asking_init(&a, ask, &used, e) < 0 || ask_server(t, ask, &used, &a, e) < 0)
		return -1;
	if (decode_text(&token_answer_table, str_text(&a.body), a.body.len, &answer, e) < 0)
		return err_prefix(e, "token server '%.200s'", challenge->realm);
	r = make_header(&answer, ret_authorization, e);
	decode_done(&token_answer_table, &answer);
	return r;
}
