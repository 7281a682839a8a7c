/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A challenge is foreign text: its grammar (RFC 9110 section 11.6.1, auth-param) is read strictly and what becomes part of
 * an address is percent-encoded. A token is checked before it becomes a header: a line end in it would be another header.
 */

#include "fetch/auth.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/decode.h"
#include "base/own.h"
#include "base/weaken.h"

enum { TOKEN_ANSWER_MAX = 1 << 20, TOKEN_MAX = 64 << 10 };

void auth_challenge_done(struct auth_challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
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
	} known[] = { { "realm", &ret->realm }, { "service", &ret->service }, { "scope", &ret->scope } };
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

static void add_query(struct str *url, const char *name, const char *value)
{
	if (!value)
		return;
	str_addf(url, "%c%s=", strchr(str_text(url), '?') ? '&' : '?', name);
	for (; *value; value++) {
		if (isalnum((unsigned char)*value) || strchr("-._~:/", *value))
			str_add_char(url, *value);
		else
			str_addf(url, "%%%02X", (unsigned char)*value);
	}
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

int auth_token(struct transport *t, const char *registry, const struct auth_challenge *challenge, char **ret_authorization,
	       struct err *e)
{
	autostr struct str url = STR_INIT, body = STR_INIT;
	struct transport_response response;
	struct token_answer answer;
	int r;

	if (!auth_realm_allowed(registry, challenge->realm))
		return err_set(e, ERR_DENIED, "%s: token server '%.200s' refused: it is not https", registry,
			       challenge->realm);
	str_add(&url, challenge->realm);
	add_query(&url, "service", challenge->service);
	add_query(&url, "scope", challenge->scope);
	if (url.failed)
		return err_nomem(e);
	if (transport_open(t, &(struct transport_get){ .url = url.data }, &response, e) < 0)
		return -1;
	if (response.status != 200)
		return err_set(e, ERR_DENIED, "token server '%.200s' answered %d", challenge->realm, response.status);
	if (transport_read_all(t, TOKEN_ANSWER_MAX, &body, e) < 0)
		return -1;
	if (decode_text(&token_answer_table, str_text(&body), body.len, &answer, e) < 0)
		return err_prefix(e, "token server '%.200s'", challenge->realm);
	r = make_header(&answer, ret_authorization, e);
	decode_done(&token_answer_table, &answer);
	return r;
}
