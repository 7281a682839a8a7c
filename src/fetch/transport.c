/* SPDX-License-Identifier: Apache-2.0 */

/*
 * libcurl pushes and every exchange takes at once: what arrives goes straight on to its owner, who writes it to a file or
 * counts it against a limit, so that memory stays bounded whatever the servers send. Redirects are followed here and not
 * by libcurl, because where credentials may go is our decision.
 */

#include "fetch/transport.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/vec.h"
#include "base/weaken.h"
#include "fetch/transport_tls.h"

enum { BUFFER_SIZE = 256 << 10, CONNECT_SECONDS = 15, REFUSED_MAX = 1 << 20, RETRY_AFTER_MAX = 86400 };

struct transport {
	CURLM *multi;
	struct transport_how how;
	struct transport_trust trust;
};

struct exchange {
	struct transport *t;
	CURL *easy;
	struct curl_slist *headers;
	struct transport_request how;
	char url[TRANSPORT_URL], origin[TRANSPORT_URL], first[TRANSPORT_URL];
	bool at_home; /* never left the host and port that the credentials are for */
	int redirects;
	bool complete, failed;
	CURLcode result;
	char problem[CURL_ERROR_SIZE];
	struct err err; /* of the taker, or ours */
	/* the answer */
	long status;
	bool header_done;
	uint64_t skip;	  /* bytes that the taker has already */
	uint64_t refused; /* bytes of an answer that is no success */
	size_t refusal_len;
	uint64_t sent;
	char content_type[256], content_digest[256], bearer[TRANSPORT_HEADER], basic[256], location[TRANSPORT_URL];
	char link[TRANSPORT_HEADER], range[64], content_range[96], chunk_min[32], retry_after[64];
	char refusal[TRANSPORT_REFUSAL];
};

int transport_new(const struct transport_how *how, struct transport **ret, struct err *e)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (!t)
		return err_nomem(e);
	t->how = *how;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		t->multi = curl_multi_init();
	if (!t->multi) {
		transport_free(t);
		return err_nomem(e);
	}
	*ret = t;
	return 0;
}

void transport_free(struct transport *t)
{
	if (!t)
		return;
	if (t->multi)
		(void)curl_multi_cleanup(t->multi);
	transport_trust_done(&t->trust);
	free(t);
}

/* ---- the answer's header ---- */

static bool header_is(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && strncasecmp(line, name, n) == 0 && line[n] == ':';
}

static void keep_header(const char *line, size_t len, const char *name, char *to, size_t size)
{
	if (!header_is(line, len, name))
		return;
	line += strlen(name) + 1;
	len -= strlen(name) + 1;
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

/* A challenge a header: Bearer and Basic are kept, the last of each. */
static void keep_challenge(struct exchange *x, const char *line, size_t len)
{
	char value[TRANSPORT_HEADER] = "";

	keep_header(line, len, "WWW-Authenticate", value, sizeof(value));
	if (strncasecmp(value, "bearer", 6) == 0)
		memcpy(x->bearer, value, sizeof(x->bearer));
	else if (value[0])
		(void)snprintf(x->basic, sizeof(x->basic), "%.200s", value);
}

static void forget_answer(struct exchange *x)
{
	x->content_type[0] = x->content_digest[0] = x->bearer[0] = x->basic[0] = x->location[0] = x->link[0] = '\0';
	x->range[0] = x->content_range[0] = x->chunk_min[0] = x->retry_after[0] = x->refusal[0] = '\0';
	x->refusal_len = 0;
	x->refused = 0;
	x->header_done = false;
}

/* Where the body begins: what was asked for, or 0 from a server that knows no ranges. */
static int check_range(struct exchange *x)
{
	unsigned long long start = 0;

	x->skip = 0;
	if (!x->how.offset || (x->status != 200 && x->status != 206))
		return 0;
	if (x->status == 206 && sscanf(x->content_range, "bytes %llu-", &start) != 1)
		return err_set(&x->err, ERR_INVALID, "%s: a part without a Content-Range", x->origin);
	if (start > x->how.offset)
		return err_set(&x->err, ERR_INVALID, "%s: bytes from %llu were sent, from %llu were asked for", x->origin,
			       start, (unsigned long long)x->how.offset);
	x->skip = x->how.offset - start;
	return 0;
}

static size_t on_header(char *line, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	const struct {
		const char *name;
		char *to;
		size_t size;
	} rows[] = {
		{ "Content-Type", x->content_type, sizeof(x->content_type) },
		{ "Docker-Content-Digest", x->content_digest, sizeof(x->content_digest) },
		{ "Location", x->location, sizeof(x->location) },
		{ "Link", x->link, sizeof(x->link) },
		{ "Range", x->range, sizeof(x->range) },
		{ "Content-Range", x->content_range, sizeof(x->content_range) },
		{ "OCI-Chunk-Min-Length", x->chunk_min, sizeof(x->chunk_min) },
		{ "Retry-After", x->retry_after, sizeof(x->retry_after) },
	};

	if (n >= 5 && strncmp(line, "HTTP/", 5) == 0)
		forget_answer(x); /* also after a 100-continue and a proxy's own header */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		keep_header(line, n, rows[i].name, rows[i].to, rows[i].size);
	keep_challenge(x, line, n);
	(void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->status);
	if (n <= 2 && x->status >= 200) {
		x->header_done = true;
		if (check_range(x) < 0)
			return 0;
	}
	return n;
}

/* ---- bodies ---- */

static bool is_success(long status)
{
	return status >= 200 && status <= 299;
}

static size_t take_refusal(struct exchange *x, const char *bytes, size_t n)
{
	size_t room = sizeof(x->refusal) - 1 - x->refusal_len, kept = n < room ? n : room;

	memcpy(x->refusal + x->refusal_len, bytes, kept);
	x->refusal_len += kept;
	x->refusal[x->refusal_len] = '\0';
	x->refused += n;
	return x->refused > REFUSED_MAX ? 0 : n; /* the status is known: that is answer enough */
}

static size_t on_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	size_t skipped = x->skip < n ? (size_t)x->skip : n;

	if (!is_success(x->status))
		return take_refusal(x, bytes, n);
	x->skip -= skipped;
	if (x->how.take && n > skipped && x->how.take(x->how.arg, bytes + skipped, n - skipped, &x->err) < 0)
		return 0;
	return n;
}

static size_t on_send(char *to, size_t one, size_t n, void *arg)
{
	struct exchange *x = arg;
	uint64_t left = x->how.body_len - x->sent;
	size_t want = n < left ? n : (size_t)left;
	ssize_t got;

	if (x->how.body) {
		memcpy(to, x->how.body + x->sent, want);
		x->sent += want;
		return want;
	}
	got = want ? pread(x->how.body_fd, to, want, (off_t)(x->how.body_offset + x->sent)) : 0;
	if (got < 0 || (size_t)got != want) {
		(void)err_set(&x->err, ERR_INTERNAL, "%s: the file to be sent is shorter than it was", x->origin);
		return CURL_READFUNC_ABORT;
	}
	x->sent += want;
	return want;
}

/* After a connection that died before it was used, libcurl sends again. */
static int on_rewind(void *arg, curl_off_t offset, int origin)
{
	struct exchange *x = arg;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > x->how.body_len)
		return CURL_SEEKFUNC_CANTSEEK;
	x->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* ---- one request ---- */

static int add_header(struct exchange *x, const char *name, const char *value, struct err *e)
{
	autofree char *line = NULL;
	struct curl_slist *longer;

	if (!value)
		return 0;
	line = str_format("%s: %s", name, value);
	longer = line ? curl_slist_append(x->headers, line) : NULL;
	if (!longer)
		return err_nomem(e);
	x->headers = longer;
	return 0;
}

static int add_headers(struct exchange *x, struct err *e)
{
	const struct transport_request *q = &x->how;
	bool sends = q->body || q->body_len;

	if (add_header(x, "Accept", q->accept, e) < 0 || add_header(x, "Content-Type", q->content_type, e) < 0 ||
	    add_header(x, "Content-Range", q->content_range, e) < 0)
		return -1;
	if (x->at_home && add_header(x, "Authorization", q->authorization, e) < 0)
		return -1;
	/* No waiting for a 100-continue: an upload's size is known and a refusal ends it as well. */
	return sends ? add_header(x, "Expect", "", e) : 0;
}

static const char *proxy_for(const struct exchange *x)
{
	const struct transport_how *how = &x->t->how;
	const char *proxy = str_starts(x->origin, "https://") ? how->https_proxy : how->http_proxy;

	return proxy ? proxy : "";
}

static void set_body(struct exchange *x)
{
	const struct transport_request *q = &x->how;

	x->sent = 0;
	if (q->body || q->body_len) {
		(void)curl_easy_setopt(x->easy, CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(x->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)q->body_len);
		(void)curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, on_send);
		(void)curl_easy_setopt(x->easy, CURLOPT_READDATA, x);
		(void)curl_easy_setopt(x->easy, CURLOPT_SEEKFUNCTION, on_rewind);
		(void)curl_easy_setopt(x->easy, CURLOPT_SEEKDATA, x);
		(void)curl_easy_setopt(x->easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)(2 * BUFFER_SIZE));
	} else if (q->method && (str_eq(q->method, "POST") || str_eq(q->method, "PUT"))) {
		(void)curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, "");
		(void)curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE, 0L);
	}
	if (q->method && str_eq(q->method, "HEAD"))
		(void)curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
	else if (q->method)
		(void)curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, q->method);
}

static CURLcode set_options(struct exchange *x)
{
	const struct transport *t = x->t;
	const char *protocols = str_starts(x->first, "https://") ? "https" : "http,https";
	char range[32];

	(void)curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
	(void)curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
	(void)curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
	(void)curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->problem);
	(void)curl_easy_setopt(x->easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(x->easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(x->easy, CURLOPT_BUFFERSIZE, (long)BUFFER_SIZE);
	(void)curl_easy_setopt(x->easy, CURLOPT_USERAGENT, "lighter/" LIGHTER_VERSION);
	(void)curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT,
			       t->how.stall < CONNECT_SECONDS ? (long)t->how.stall : (long)CONNECT_SECONDS);
	(void)curl_easy_setopt(x->easy, CURLOPT_LOW_SPEED_LIMIT, (long)TRANSPORT_RATE);
	(void)curl_easy_setopt(x->easy, CURLOPT_LOW_SPEED_TIME, (long)t->how.stall);
	(void)curl_easy_setopt(x->easy, CURLOPT_PROXY, proxy_for(x));
	(void)curl_easy_setopt(x->easy, CURLOPT_NOPROXY, t->how.no_proxy ? t->how.no_proxy : "");
	(void)curl_easy_setopt(x->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (x->how.offset) {
		(void)snprintf(range, sizeof(range), "%llu-", (unsigned long long)x->how.offset);
		(void)curl_easy_setopt(x->easy, CURLOPT_RANGE, range);
	}
	set_body(x);
	(void)curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	if (curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, protocols) != CURLE_OK)
		return CURLE_UNSUPPORTED_PROTOCOL;
	return curl_easy_setopt(x->easy, CURLOPT_URL, x->url);
}

static void exchange_close(struct exchange *x)
{
	if (x->easy) {
		(void)curl_multi_remove_handle(x->t->multi, x->easy);
		curl_easy_cleanup(x->easy);
		x->easy = NULL;
	}
	curl_slist_free_all(x->headers);
	x->headers = NULL;
}

/* The host alone, without scheme and port: what a certificate is for. */
static bool same_host(const char *a, const char *b)
{
	size_t n;

	a = strstr(a, "://") + 3;
	b = strstr(b, "://") + 3;
	n = a[0] == '[' ? strcspn(a, "]") : strcspn(a, ":");
	return strncmp(a, b, n) == 0 && (b[n] == '\0' || b[n] == ':' || b[n] == ']') &&
	       (a[n] == '\0' || a[n] == ':' || a[n] == ']');
}

static int exchange_send(struct exchange *x, struct err *e)
{
	exchange_close(x);
	forget_answer(x);
	x->complete = false;
	x->problem[0] = '\0';
	x->status = 0;
	x->easy = curl_easy_init();
	if (!x->easy)
		return err_nomem(e);
	if (add_headers(x, e) < 0)
		return -1;
	if (set_options(x) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "%s: options of the transfer", x->origin);
	if (transport_trust_apply(&x->t->trust, x->easy, same_host(x->first, x->origin) ? x->how.tls : NULL, e) < 0)
		return -1;
	return curl_multi_add_handle(x->t->multi, x->easy) == CURLM_OK ? 0 : err_nomem(e);
}

int exchange_begin(struct transport *t, const struct transport_request *request, struct exchange **ret, struct err *e)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return err_nomem(e);
	x->t = t;
	x->how = *request;
	x->at_home = true;
	if (snprintf(x->url, sizeof(x->url), "%s", request->url) >= (int)sizeof(x->url) ||
	    !transport_origin(x->url, x->first, sizeof(x->first))) {
		exchange_free(x);
		return err_set(e, ERR_INVALID, "'%.200s' is not an http or https address", request->url);
	}
	memcpy(x->origin, x->first, sizeof(x->origin));
	if (exchange_send(x, e) < 0) {
		exchange_free(x);
		return -1;
	}
	*ret = x;
	return 0;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	exchange_close(x);
	free(x);
}

uint64_t exchange_sent(const struct exchange *x)
{
	return x->sent;
}

bool exchange_wanted_certificate(const struct exchange *x)
{
	return x->t->trust.asked;
}

/* ---- what comes of it ---- */

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The absolute address of a redirect, resolved by libcurl against the one that sent it. */
static int redirect_target(struct exchange *x, char *to, size_t size)
{
	char *url = NULL;

	(void)curl_easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &url);
	if (!url || strlen(url) >= size)
		return err_set(&x->err, ERR_INVALID, "%s: redirect to nowhere", x->origin);
	memcpy(to, url, strlen(url) + 1);
	if (str_starts(x->origin, "https://") && !str_starts(to, "https://"))
		return err_set(&x->err, ERR_DENIED, "%s: redirect from https to '%.200s' refused", x->origin, to);
	return 0;
}

static int exchange_redirect(struct exchange *x)
{
	char next[TRANSPORT_URL];

	if (++x->redirects > TRANSPORT_REDIRECTS)
		return err_set(&x->err, ERR_INVALID, "%s: more than %d redirects", x->first, TRANSPORT_REDIRECTS);
	if (redirect_target(x, next, sizeof(next)) < 0)
		return -1;
	memcpy(x->url, next, sizeof(x->url));
	if (!transport_origin(x->url, x->origin, sizeof(x->origin)))
		return err_set(&x->err, ERR_INVALID, "%s: redirect to '%.200s' refused", x->first, x->url);
	/* Once gone to another host, credentials stay behind, also when it sends us back. */
	if (!str_eq(x->first, x->origin) && !weakened("redirect-auth"))
		x->at_home = false;
	return exchange_send(x, &x->err);
}

static void absolute_location(struct exchange *x)
{
	char *url = NULL;

	if (!x->location[0] || str_starts(x->location, "http://") || str_starts(x->location, "https://"))
		return;
	/* libcurl resolves it for redirects only; registries send an absolute path, or the whole. */
	if (x->location[0] == '/' && strlen(x->origin) + strlen(x->location) < sizeof(x->location)) {
		url = str_format("%s%s", x->origin, x->location);
		if (url)
			memcpy(x->location, url, strlen(url) + 1);
		free(url);
	} else {
		x->location[0] = '\0';
	}
}

static void exchange_ended(struct exchange *x, CURLcode result)
{
	/* More of a refusal than we read, or a body that its taker has had enough of. */
	if (result == CURLE_WRITE_ERROR && x->header_done && !is_success(x->status) && x->err.code == ERR_NONE)
		result = CURLE_OK;
	x->result = result;
	if (result == CURLE_OK && is_redirect(x->status) && (!x->how.method || str_eq(x->how.method, "GET") ||
							     str_eq(x->how.method, "HEAD") || x->status >= 307)) {
		x->failed = exchange_redirect(x) < 0;
		x->complete = x->failed;
		return;
	}
	absolute_location(x);
	x->complete = true;
}

int transport_step(struct transport *t, int ms, struct err *e)
{
	int running = 0, left = 0;
	CURLMsg *msg;

	/* Returns at once when libcurl itself has something to do. */
	if (ms > 0)
		(void)curl_multi_poll(t->multi, NULL, 0, ms, NULL);
	if (curl_multi_perform(t->multi, &running) != CURLM_OK)
		return err_set(e, ERR_INTERNAL, "transfer");
	while ((msg = curl_multi_info_read(t->multi, &left))) {
		CURLcode result = msg->data.result;
		CURL *easy = msg->easy_handle;
		char *owner = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
		exchange_ended((struct exchange *)(void *)owner, result);
	}
	return 0;
}

static int exchange_failed(const struct exchange *x, struct err *e)
{
	const char *why = x->problem[0] ? x->problem : curl_easy_strerror(x->result);

	if (x->err.code != ERR_NONE) {
		*e = x->err;
		return -1;
	}
	switch (x->result) {
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, ERR_DEADLINE, "%s: no answer within its deadline (%s)", x->origin, why);
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return err_set(e, ERR_UNAVAILABLE, "%s: the connection ended too early (%s)", x->origin, why);
	case CURLE_OUT_OF_MEMORY:
		return err_nomem(e);
	default:
		return transport_trust_failed(&x->t->trust, x->result, x->origin, why, e);
	}
}

static unsigned seconds_of(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	time_t when;

	if (!text[0])
		return 0;
	if (!*end)
		return n > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : (unsigned)n;
	when = curl_getdate(text, NULL) - time(NULL);
	return when < 0 ? 0 : when > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : (unsigned)when;
}

int exchange_answer(struct exchange *x, struct transport_response *ret, struct err *e)
{
	curl_off_t length = -1;

	if (!x->complete)
		return 0;
	if (x->failed || x->result != CURLE_OK)
		return exchange_failed(x, e);
	(void)curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	*ret = (struct transport_response){
		.status = (int)x->status,
		.length = length < 0 ? UINT64_MAX : (uint64_t)length,
		.content_type = x->content_type,
		.content_digest = x->content_digest,
		.bearer = x->bearer,
		.basic = x->basic,
		.location = x->location,
		.link = x->link,
		.range = x->range,
		.chunk_min = x->chunk_min,
		.refusal = x->refusal,
		.retry_after = seconds_of(x->retry_after),
	};
	return 1;
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
