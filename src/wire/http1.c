/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The places where servers and proxies have disagreed, and what is done here: a line ends in CR LF and nothing else; no
 * field continues on the next line; no space stands before a colon; one Content-Length, digits only; Transfer-Encoding is
 * "chunked" alone, never together with a length and never in HTTP/1.0; exactly one Host; a chunk's size is at most 15
 * hexadecimal digits, its extension and the trailers are short and ignored.
 */

#include "wire/http1.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"

enum { EXTENSION_MAX = 256, TRAILER_MAX = 4096, CHUNK_DIGITS = 15, LENGTH_DIGITS = 18, LINE_MAX_LEN = HTTP1_TARGET_MAX + 64 };

/* ---- characters ---- */

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_value(char c)
{
	return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool http1_is(struct http1_slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static bool is_word(struct http1_slice s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.at, text, s.len) == 0;
}

static struct http1_slice trim(struct http1_slice s)
{
	while (s.len && is_space(s.at[0]))
		s = (struct http1_slice){ s.at + 1, s.len - 1 };
	while (s.len && is_space(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool http1_number(struct http1_slice s, uint64_t *ret)
{
	uint64_t n = 0;

	if (s.len == 0 || s.len > LENGTH_DIGITS)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s.at[i] - '0');
	}
	*ret = n;
	return true;
}

bool http1_list_has(struct http1_slice list, const char *word)
{
	while (list.len) {
		const char *comma = memchr(list.at, ',', list.len);
		size_t len = comma ? (size_t)(comma - list.at) : list.len;

		if (is_word(trim((struct http1_slice){ list.at, len }), word))
			return true;
		len += comma ? 1 : 0;
		list = (struct http1_slice){ list.at + len, list.len - len };
	}
	return false;
}

/* ---- the request line ---- */

/* A line without its CR LF: 1, 0 when it is not whole, -400 for a CR or LF alone. */
static int next_line(const char *bytes, size_t len, size_t *at, struct http1_slice *ret)
{
	const char *start = bytes + *at, *end = memchr(start, '\n', len - *at);
	size_t n = end ? (size_t)(end - start) : len - *at;
	const char *cr = memchr(start, '\r', n);

	if (cr && cr != start + n - 1)
		return -400;
	if (!end)
		return 0;
	if (!cr)
		return -400;
	*ret = (struct http1_slice){ start, n - 1 };
	*at += n + 1;
	return 1;
}

/* "http://host/path" is "/path": a client that takes us for a proxy. */
static struct http1_slice skip_authority(struct http1_slice target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t n = strlen(schemes[i]);
		const char *slash;

		if (target.len <= n || strncasecmp(target.at, schemes[i], n) != 0)
			continue;
		slash = memchr(target.at + n, '/', target.len - n);
		if (slash)
			return (struct http1_slice){ slash, target.len - (size_t)(slash - target.at) };
	}
	return target;
}

static int parse_target(struct http1_slice target, struct http1_request *r)
{
	const char *mark;

	if (target.len > HTTP1_TARGET_MAX)
		return -414;
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= ' ' || target.at[i] >= 0x7f || target.at[i] == '#')
			return -400;
	target = skip_authority(target);
	if (target.len == 0 || target.at[0] != '/')
		return -400;
	mark = memchr(target.at, '?', target.len);
	r->path = (struct http1_slice){ target.at, mark ? (size_t)(mark - target.at) : target.len };
	r->query = (struct http1_slice){ target.at + target.len, 0 };
	if (mark)
		r->query = (struct http1_slice){ mark + 1, target.len - r->path.len - 1 };
	return 0;
}

static int parse_request_line(struct http1_slice line, struct http1_request *r)
{
	const char *first = memchr(line.at, ' ', line.len), *last = memrchr(line.at, ' ', line.len);
	struct http1_slice version;

	if (!first || first == last || first == line.at)
		return -400;
	r->method = (struct http1_slice){ line.at, (size_t)(first - line.at) };
	for (size_t i = 0; i < r->method.len; i++)
		if (!is_token(r->method.at[i]))
			return -400;
	version = (struct http1_slice){ last + 1, line.len - (size_t)(last + 1 - line.at) };
	if (version.len != 8 || memcmp(version.at, "HTTP/", 5) != 0)
		return -400;
	if (!http1_is(version, "HTTP/1.1") && !http1_is(version, "HTTP/1.0"))
		return -505;
	r->minor = (unsigned)(version.at[7] - '0');
	return parse_target((struct http1_slice){ first + 1, (size_t)(last - first - 1) }, r);
}

/* ---- the fields ---- */

static int parse_field(struct http1_slice line, struct http1_request *r)
{
	const char *colon = memchr(line.at, ':', line.len);
	struct http1_field *f = &r->fields[r->n_fields];

	if (!colon || colon == line.at)
		return -400;
	if (r->n_fields == HTTP1_FIELDS)
		return -431;
	f->name = (struct http1_slice){ line.at, (size_t)(colon - line.at) };
	f->value = trim((struct http1_slice){ colon + 1, line.len - f->name.len - 1 });
	for (size_t i = 0; i < f->name.len; i++)
		if (!is_token(f->name.at[i]))
			return -400;
	for (size_t i = 0; i < f->value.len; i++)
		if (!is_value(f->value.at[i]))
			return -400;
	r->n_fields++;
	return 0;
}

struct meaning {
	unsigned hosts, lengths, codings;
};

static int mean_host(struct http1_request *r, struct meaning *m, struct http1_slice value)
{
	return ++m->hosts > 1 ? -400 : 0;
}

static int mean_length(struct http1_request *r, struct meaning *m, struct http1_slice value)
{
	return ++m->lengths > 1 || !http1_number(value, &r->length) ? -400 : 0;
}

static int mean_coding(struct http1_request *r, struct meaning *m, struct http1_slice value)
{
	if (++m->codings > 1 || r->minor == 0)
		return -400;
	r->chunked = true;
	return is_word(value, "chunked") ? 0 : -501;
}

static int mean_connection(struct http1_request *r, struct meaning *m, struct http1_slice value)
{
	if (http1_list_has(value, "close"))
		r->keep_alive = false;
	return 0;
}

static int mean_expect(struct http1_request *r, struct meaning *m, struct http1_slice value)
{
	r->expects_continue = r->minor == 1;
	return is_word(value, "100-continue") ? 0 : -417;
}

static const struct {
	const char *name;
	int (*mean)(struct http1_request *r, struct meaning *m, struct http1_slice value);
} meanings[] = {
	{ "host", mean_host },
	{ "content-length", mean_length },
	{ "transfer-encoding", mean_coding },
	{ "connection", mean_connection },
	{ "expect", mean_expect },
};

static int understand(struct http1_request *r)
{
	struct meaning m = { 0 };

	r->keep_alive = r->minor == 1;
	for (size_t i = 0; i < r->n_fields; i++)
		for (size_t j = 0; j < ARRAY_SIZE(meanings); j++) {
			int error = is_word(r->fields[i].name, meanings[j].name) ? meanings[j].mean(r, &m, r->fields[i].value) : 0;

			if (error < 0)
				return error;
		}
	if ((m.lengths && m.codings) || (r->minor == 1 && m.hosts != 1))
		return -400;
	return 0;
}

/* Not whole yet: may it still become whole? */
static int wait_for_more(size_t len)
{
	return len >= HTTP1_HEAD_MAX ? -431 : 0;
}

int http1_parse(const char *bytes, size_t len, struct http1_request *ret, size_t *ret_used)
{
	struct http1_slice line;
	size_t at = 0;
	int r;

	*ret = (struct http1_request){ .n_fields = 0 };
	if (len > HTTP1_HEAD_MAX)
		len = HTTP1_HEAD_MAX;
	/* An empty line that an old client sends behind a body. */
	if (len >= 2 && memcmp(bytes, "\r\n", 2) == 0)
		at = 2;
	r = next_line(bytes, len, &at, &line);
	if (r == 0)
		return len > LINE_MAX_LEN + 3 ? -414 : 0;
	if (r == 1)
		r = line.len > LINE_MAX_LEN ? -414 : parse_request_line(line, ret);
	while (r >= 0) {
		r = next_line(bytes, len, &at, &line);
		if (r <= 0)
			return r < 0 ? r : wait_for_more(len);
		if (line.len == 0)
			break;
		r = parse_field(line, ret);
	}
	if (r >= 0)
		r = understand(ret);
	if (r < 0)
		return r;
	*ret_used = at;
	return 1;
}

struct http1_slice http1_field(const struct http1_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_fields; i++)
		if (is_word(request->fields[i].name, name))
			return request->fields[i].value;
	return (struct http1_slice){ NULL, 0 };
}

/* ---- targets ---- */

int http1_decode(struct http1_slice s, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int c = (unsigned char)s.at[i];

		if (c == '%') {
			int high = i + 2 < s.len ? hex_value(s.at[i + 1]) : -1;
			int low = high >= 0 ? hex_value(s.at[i + 2]) : -1;

			if (low < 0)
				return -400;
			c = high * 16 + low;
			i += 2;
		}
		if (c == '\0' || n + 1 >= size)
			return -400;
		to[n++] = (char)c;
	}
	to[n] = '\0';
	return (int)n;
}

int http1_parameter(const struct http1_request *request, const char *name, size_t nth, char *to, size_t size)
{
	struct http1_slice rest = request->query;

	while (rest.len) {
		const char *end = memchr(rest.at, '&', rest.len);
		size_t len = end ? (size_t)(end - rest.at) : rest.len;
		const char *equals = memchr(rest.at, '=', len);
		size_t key = equals ? (size_t)(equals - rest.at) : len;

		if (http1_is((struct http1_slice){ rest.at, key }, name) && nth-- == 0)
			return http1_decode((struct http1_slice){ rest.at + key + (equals != NULL), len - key - (equals != NULL) }, to,
					    size);
		len += end ? 1 : 0;
		rest = (struct http1_slice){ rest.at + len, rest.len - len };
	}
	return -ENOENT;
}

/* ---- the body ---- */

enum { BODY_DONE, BODY_LENGTH, BODY_SIZE, BODY_EXTENSION, BODY_SIZE_LF, BODY_DATA, BODY_DATA_CR, BODY_DATA_LF, BODY_LINE,
       BODY_TRAILER, BODY_TRAILER_LF, BODY_LAST_LF };

struct http1_body http1_body_of(const struct http1_request *request)
{
	if (request->chunked)
		return (struct http1_body){ .state = BODY_SIZE };
	return (struct http1_body){ .state = request->length ? BODY_LENGTH : BODY_DONE, .left = request->length };
}

bool http1_body_is_done(const struct http1_body *body)
{
	return body->state == BODY_DONE;
}

uint64_t http1_body_run(const struct http1_body *body)
{
	return body->state == BODY_LENGTH || body->state == BODY_DATA ? body->left : 0;
}

static int read_size(struct http1_body *b, char c)
{
	int digit = hex_value(c);

	if (digit >= 0) {
		b->left = b->left * 16 + (uint64_t)digit;
		return ++b->digits > CHUNK_DIGITS ? -400 : 0;
	}
	if (b->digits == 0 || (c != '\r' && c != ';' && !is_space(c)))
		return -400;
	b->extra = 0;
	b->state = c == '\r' ? BODY_SIZE_LF : BODY_EXTENSION;
	return 0;
}

static int read_extension(struct http1_body *b, char c)
{
	if (c == '\r')
		b->state = BODY_SIZE_LF;
	else if (!is_value(c) || ++b->extra > EXTENSION_MAX)
		return -400;
	return 0;
}

static int read_size_lf(struct http1_body *b, char c)
{
	b->state = b->left ? BODY_DATA : BODY_LINE;
	b->extra = 0;
	return c == '\n' ? 0 : -400;
}

static int read_data_cr(struct http1_body *b, char c)
{
	b->state = BODY_DATA_LF;
	return c == '\r' ? 0 : -400;
}

static int read_data_lf(struct http1_body *b, char c)
{
	*b = (struct http1_body){ .state = BODY_SIZE };
	return c == '\n' ? 0 : -400;
}

/* The first character of a line behind the last chunk. */
static int read_line(struct http1_body *b, char c)
{
	b->state = c == '\r' ? BODY_LAST_LF : BODY_TRAILER;
	return c == '\r' || is_token(c) ? 0 : -400;
}

static int read_trailer(struct http1_body *b, char c)
{
	if (c == '\r')
		b->state = BODY_TRAILER_LF;
	else if (!is_value(c))
		return -400;
	return ++b->extra > TRAILER_MAX ? -431 : 0;
}

static int read_trailer_lf(struct http1_body *b, char c)
{
	b->state = BODY_LINE;
	return c == '\n' ? 0 : -400;
}

static int read_last_lf(struct http1_body *b, char c)
{
	b->state = BODY_DONE;
	return c == '\n' ? 0 : -400;
}

static int (*const readers[])(struct http1_body *b, char c) = {
	[BODY_SIZE] = read_size,	   [BODY_EXTENSION] = read_extension, [BODY_SIZE_LF] = read_size_lf,
	[BODY_DATA_CR] = read_data_cr,	   [BODY_DATA_LF] = read_data_lf,     [BODY_LINE] = read_line,
	[BODY_TRAILER] = read_trailer,	   [BODY_TRAILER_LF] = read_trailer_lf, [BODY_LAST_LF] = read_last_lf,
};

static struct http1_slice take_data(struct http1_body *b, const char *bytes, size_t len)
{
	size_t n = len < b->left ? len : (size_t)b->left;

	b->left -= n;
	if (b->left == 0)
		b->state = b->state == BODY_LENGTH ? BODY_DONE : BODY_DATA_CR;
	return (struct http1_slice){ bytes, n };
}

int http1_body_read(struct http1_body *body, const char *bytes, size_t len, size_t *ret_used, struct http1_slice *ret_data)
{
	size_t at = 0;

	*ret_data = (struct http1_slice){ NULL, 0 };
	for (; at < len && body->state != BODY_DONE; at++) {
		int r;

		if (body->state == BODY_LENGTH || body->state == BODY_DATA) {
			*ret_data = take_data(body, bytes + at, len - at);
			at += ret_data->len;
			break;
		}
		r = readers[body->state](body, bytes[at]);
		if (r < 0)
			return r;
	}
	*ret_used = at;
	return 0;
}

/* ---- words ---- */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 100, "Continue" }, { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
	{ 206, "Partial Content" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" },
	{ 409, "Conflict" }, { 413, "Content Too Large" }, { 414, "URI Too Long" }, { 416, "Range Not Satisfiable" }, { 417, "Expectation Failed" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" }, { 501, "Not Implemented" },
	{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" }, { 507, "Insufficient Storage" },
};

const char *http1_reason(int status)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}
