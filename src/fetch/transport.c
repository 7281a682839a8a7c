/* SPDX-License-Identifier: Apache-2.0 */

/*
 * libcurl pushes, our readers pull: a multi handle with one transfer is driven whenever the reader's buffer is empty, and
 * the transfer is paused while the buffer is full, so that memory stays bounded whatever the server sends. Redirects are
 * followed here and not by libcurl, because where credentials may go is our decision.
 */

#include "fetch/transport.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "base/weaken.h"

enum { BUFFER_SIZE = 256 << 10, CONNECT_SECONDS = 15, WAIT_MS = 1000 };

struct transport {
	CURLM *multi;
	CURL *easy;
	unsigned stall;
	struct curl_slist *headers;
	char origin[TRANSPORT_URL];
	/* the body, not yet read */
	char *buffer;
	size_t start, end;
	bool paused, complete;
	CURLcode result;
	char problem[CURL_ERROR_SIZE];
	/* the response */
	bool header_done;
	char content_type[256], content_digest[256], authenticate[TRANSPORT_HEADER], location[TRANSPORT_URL];
};

int transport_new(unsigned stall_seconds, struct transport **ret, struct err *e)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (!t)
		return err_nomem(e);
	t->stall = stall_seconds;
	t->buffer = malloc(BUFFER_SIZE);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		t->multi = curl_multi_init();
	if (!t->buffer || !t->multi) {
		transport_free(t);
		return err_nomem(e);
	}
	*ret = t;
	return 0;
}

static void transport_close(struct transport *t)
{
	if (t->easy) {
		(void)curl_multi_remove_handle(t->multi, t->easy);
		curl_easy_cleanup(t->easy);
		t->easy = NULL;
	}
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	t->start = t->end = 0;
	t->paused = t->complete = t->header_done = false;
	t->result = CURLE_OK;
	t->problem[0] = t->content_type[0] = t->content_digest[0] = t->authenticate[0] = t->location[0] = '\0';
}

void transport_free(struct transport *t)
{
	if (!t)
		return;
	if (t->multi) {
		transport_close(t);
		(void)curl_multi_cleanup(t->multi);
	}
	free(t->buffer);
	free(t);
}

/* ---- what libcurl calls ---- */

static size_t on_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct transport *t = arg;

	if (t->start == t->end)
		t->start = t->end = 0;
	if (n > BUFFER_SIZE - t->end) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	memcpy(t->buffer + t->end, bytes, n);
	t->end += n;
	return n;
}

static void keep_header(const char *line, size_t len, const char *name, char *to, size_t size)
{
	size_t name_len = strlen(name);

	if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
		return;
	line += name_len + 1;
	len -= name_len + 1;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	while (len && strchr("\r\n \t", line[len - 1]))
		len--;
	if (len < size && !memchr(line, '\0', len)) {
		memcpy(to, line, len);
		to[len] = '\0';
	}
}

static size_t on_header(char *line, size_t one, size_t n, void *arg)
{
	struct transport *t = arg;
	long status = 0;

	keep_header(line, n, "Content-Type", t->content_type, sizeof(t->content_type));
	keep_header(line, n, "Docker-Content-Digest", t->content_digest, sizeof(t->content_digest));
	keep_header(line, n, "WWW-Authenticate", t->authenticate, sizeof(t->authenticate));
	keep_header(line, n, "Location", t->location, sizeof(t->location));
	/* The empty line ends a header; a 100-continue's is followed by another. */
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (n <= 2 && status >= 200)
		t->header_done = true;
	return n;
}

/* ---- driving ---- */

static int transport_failed(struct transport *t, struct err *e)
{
	const char *why = t->problem[0] ? t->problem : curl_easy_strerror(t->result);

	switch (t->result) {
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, ERR_DEADLINE, "%s: no answer within its deadline (%s)", t->origin, why);
	case CURLE_PARTIAL_FILE:
		return err_set(e, ERR_UNAVAILABLE, "%s: the connection ended too early (%s)", t->origin, why);
	case CURLE_OUT_OF_MEMORY:
		return err_nomem(e);
	default:
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", t->origin, why);
	}
}

/* Lets the transfer go on for a moment. */
static int transport_drive(struct transport *t, struct err *e)
{
	int running = 0, left = 0;
	CURLMsg *msg;

	if (t->paused && t->start == t->end) {
		t->paused = false;
		(void)curl_easy_pause(t->easy, CURLPAUSE_CONT);
	}
	if (curl_multi_perform(t->multi, &running) != CURLM_OK)
		return err_set(e, ERR_INTERNAL, "%s: transfer", t->origin);
	while ((msg = curl_multi_info_read(t->multi, &left)))
		if (msg->msg == CURLMSG_DONE) {
			t->complete = true;
			t->result = msg->data.result;
		}
	if (!t->complete && t->start == t->end && !t->paused)
		(void)curl_multi_poll(t->multi, NULL, 0, WAIT_MS, NULL);
	return 0;
}

ssize_t transport_read(struct transport *t, void *to, size_t len, struct err *e)
{
	size_t n;

	while (t->start == t->end && (!t->complete || t->paused))
		if (transport_drive(t, e) < 0)
			return -1;
	if (t->start == t->end)
		return t->result == CURLE_OK ? 0 : transport_failed(t, e);
	n = t->end - t->start < len ? t->end - t->start : len;
	memcpy(to, t->buffer + t->start, n);
	t->start += n;
	return (ssize_t)n;
}

int transport_read_all(struct transport *t, size_t max, struct str *to, struct err *e)
{
	char chunk[16384];
	size_t total = 0;
	ssize_t n;

	while ((n = transport_read(t, chunk, sizeof(chunk), e)) > 0) {
		total += (size_t)n;
		if (total > max)
			return err_set(e, ERR_INVALID, "%s: an answer of more than %zu bytes", t->origin, max);
		str_add_bytes(to, chunk, (size_t)n);
	}
	if (n == 0 && to->failed)
		return err_nomem(e);
	return n < 0 ? -1 : 0;
}

/* ---- requests ---- */

static CURLcode set_options(struct transport *t, const char *url)
{
	CURL *c = t->easy;
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 }, { CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS },	 { CURLOPT_LOW_SPEED_LIMIT, 1 },
		{ CURLOPT_LOW_SPEED_TIME, (long)t->stall },	 { CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },			 { CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_BUFFERSIZE, 65536 },
	};
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{ CURLOPT_URL, url },
		{ CURLOPT_PROTOCOLS_STR, "http,https" },
		{ CURLOPT_CAINFO, "/etc/ssl/certs/ca-certificates.crt" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_USERAGENT, "lighter/" LIGHTER_VERSION },
	};
	CURLcode r = CURLE_OK;

	for (size_t i = 0; i < ARRAY_SIZE(numbers) && r == CURLE_OK; i++)
		r = curl_easy_setopt(c, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(texts) && r == CURLE_OK; i++)
		r = curl_easy_setopt(c, texts[i].option, texts[i].value);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->problem);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	return r;
}

static int add_header(struct transport *t, const char *name, const char *value, struct err *e)
{
	autofree char *line = str_format("%s: %s", name, value);
	struct curl_slist *more = line ? curl_slist_append(t->headers, line) : NULL;

	if (!more)
		return err_nomem(e);
	t->headers = more;
	return 0;
}

static int send_request(struct transport *t, const char *url, const char *accept, const char *authorization,
			struct err *e)
{
	transport_close(t);
	if (!transport_origin(url, t->origin, sizeof(t->origin)))
		return err_set(e, ERR_INVALID, "'%.200s' is not an http or https address", url);
	t->easy = curl_easy_init();
	if (!t->easy)
		return err_nomem(e);
	if (accept && add_header(t, "Accept", accept, e) < 0)
		return -1;
	if (authorization && add_header(t, "Authorization", authorization, e) < 0)
		return -1;
	if (set_options(t, url) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "%s: options of the transfer", t->origin);
	(void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	if (curl_multi_add_handle(t->multi, t->easy) != CURLM_OK)
		return err_nomem(e);
	while (!t->header_done && !t->complete)
		if (transport_drive(t, e) < 0)
			return -1;
	return t->header_done ? 0 : transport_failed(t, e);
}

bool transport_origin(const char *url, char *to, size_t size)
{
	static const char *const schemes[] = { "https://", "http://" };
	size_t scheme = 0, len;

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (str_starts(url, schemes[i]))
			scheme = strlen(schemes[i]);
	if (!scheme)
		return false;
	len = scheme + strcspn(url + scheme, "/?#");
	if (len == scheme || len >= size || memchr(url, '@', len) || memchr(url, '\\', len))
		return false;
	memcpy(to, url, len);
	to[len] = '\0';
	return true;
}

/* The absolute address of a redirect, resolved by libcurl against the one that sent it. */
static int redirect_target(struct transport *t, char *to, size_t size, struct err *e)
{
	char *url = NULL;

	(void)curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &url);
	if (!url || strlen(url) >= size)
		return err_set(e, ERR_INVALID, "%s: redirect to nowhere", t->origin);
	memcpy(to, url, strlen(url) + 1);
	if (str_starts(t->origin, "https://") && !str_starts(to, "https://"))
		return err_set(e, ERR_DENIED, "%s: redirect from https to '%.200s' refused", t->origin, to);
	return 0;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void fill_response(struct transport *t, long status, struct transport_response *ret)
{
	curl_off_t length = -1;

	(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	*ret = (struct transport_response){
		.status = (int)status,
		.length = length < 0 ? UINT64_MAX : (uint64_t)length,
		.content_type = t->content_type,
		.content_digest = t->content_digest,
		.authenticate = t->authenticate,
	};
}

int transport_open(struct transport *t, const struct transport_get *get, struct transport_response *ret, struct err *e)
{
	char url[TRANSPORT_URL], first[TRANSPORT_URL], next[TRANSPORT_URL];
	bool authorized = get->authorization;

	if (snprintf(url, sizeof(url), "%s", get->url) >= (int)sizeof(url) ||
	    !transport_origin(url, first, sizeof(first)))
		return err_set(e, ERR_INVALID, "'%.200s' is not an http or https address", get->url);
	for (int i = 0; i <= TRANSPORT_REDIRECTS; i++) {
		long status = 0;

		if (send_request(t, url, get->accept, authorized ? get->authorization : NULL, e) < 0)
			return -1;
		(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		if (!is_redirect(status)) {
			fill_response(t, status, ret);
			return 0;
		}
		if (redirect_target(t, next, sizeof(next), e) < 0)
			return -1;
		memcpy(url, next, sizeof(url));
		/* Once gone to another host, credentials stay behind, also when it sends us back. */
		if (!transport_origin(url, next, sizeof(next)) || (!str_eq(first, next) && !weakened("redirect-auth")))
			authorized = false;
	}
	return err_set(e, ERR_UNAVAILABLE, "%s: more than %d redirects", t->origin, TRANSPORT_REDIRECTS);
}
