/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_tree.h"

/* The reader: RFC 8259 and nothing more, by recursive descent, 64 levels deep at most. json_tree.h says what it makes. */

#include <string.h>

#include "base/text.h"
#include "base/vec.h"

enum { JSON_DEPTH = 64, JSON_FEW = 16 /* keys that are compared each with each */ };

struct parser {
	struct json *items; /* the first holds the text, the second is the root */
	size_t n;
	char *at, *end;
	unsigned depth;
	const char *wrong; /* what is not valid at `at`; NULL: out of memory */
};

/* ---- reading ---- */

static bool parse_value(struct parser *p);

static bool refuse(struct parser *p, const char *wrong)
{
	p->wrong = wrong;
	return false;
}

static size_t add_node(struct parser *p, enum json_kind kind)
{
	struct json *node = vec_add(p);

	if (!node)
		return SIZE_MAX;
	node->kind = (uint8_t)kind;
	node->covers = 1;
	return p->n - 1;
}

static void skip_space(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

static bool is_next(struct parser *p, char c)
{
	if (p->at >= p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static bool parse_word(struct parser *p, const char *word, enum json_kind kind)
{
	size_t len = strlen(word), node;

	for (size_t i = 0; i < len; i++)
		if (p->at + i >= p->end || p->at[i] != word[i]) {
			p->at += i;
			return refuse(p, "unknown word");
		}
	p->at += len;
	node = add_node(p, kind);
	if (node == SIZE_MAX)
		return false;
	p->items[node].is_true = word[0] == 't';
	return true;
}

/* ---- numbers ---- */

static bool skip_digits(struct parser *p)
{
	char *from = p->at;

	while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
		p->at++;
	return p->at > from;
}

static void read_magnitude(struct json *node, const char *from, const char *to)
{
	uint64_t value = 0;

	for (; from < to; from++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *from - '0', &value))
			node->too_large = true;
	node->magnitude = value;
}

/* After the integer: a fraction, an exponent, both or neither. *ret_fraction: there is one. */
static bool skip_fraction(struct parser *p, bool *ret_fraction)
{
	*ret_fraction = false;
	if (is_next(p, '.')) {
		*ret_fraction = true;
		if (!skip_digits(p))
			return refuse(p, "a digit is wanted");
	}
	if (is_next(p, 'e') || is_next(p, 'E')) {
		*ret_fraction = true;
		if (!is_next(p, '-'))
			(void)is_next(p, '+');
		if (!skip_digits(p))
			return refuse(p, "a digit is wanted");
	}
	return true;
}

static bool parse_number(struct parser *p)
{
	char *from = p->at, *digits;
	bool negative = is_next(p, '-'), fraction;
	size_t node = add_node(p, JSON_INT);

	if (node == SIZE_MAX)
		return false;
	digits = p->at;
	if (!is_next(p, '0') && !skip_digits(p))
		return refuse(p, "a digit is wanted");
	read_magnitude(&p->items[node], digits, p->at);
	if (!skip_fraction(p, &fraction))
		return false;
	p->items[node].negative = negative && p->items[node].magnitude;
	p->items[node].n = (uint32_t)(p->at - from);
	if (fraction)
		p->items[node].kind = JSON_FLOAT;
	if (fraction || p->items[node].too_large)
		p->items[node].text = from;
	return true;
}

/* ---- strings ---- */

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex(struct parser *p, uint32_t *ret)
{
	*ret = 0;
	for (int i = 0; i < 4; i++, p->at++) {
		int digit = p->at < p->end ? hex_value(*p->at) : -1;

		if (digit < 0)
			return refuse(p, "a hexadecimal digit is wanted");
		*ret = *ret << 4 | (uint32_t)digit;
	}
	return true;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* Behind "\u". Half of a surrogate pair means nothing: U+FFFD. */
static bool read_unicode(struct parser *p, char **to)
{
	uint32_t c, low;
	char *back;

	if (!read_hex(p, &c))
		return false;
	back = p->at;
	if (c >= 0xd800 && c < 0xdc00 && p->end - p->at >= 2 && p->at[0] == '\\' && p->at[1] == 'u') {
		p->at += 2;
		if (!read_hex(p, &low))
			return false;
		if (low >= 0xdc00 && low < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
		else
			p->at = back;
	}
	*to = put_utf8(*to, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return true;
}

static bool read_escape(struct parser *p, char **to)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (p->at >= p->end)
		return refuse(p, "unfinished escape");
	if (*p->at == 'u') {
		p->at++;
		return read_unicode(p, to);
	}
	name = *p->at ? strchr(names, *p->at) : NULL;
	if (!name)
		return refuse(p, "unknown escape");
	*(*to)++ = values[name - names];
	p->at++;
	return true;
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* One character that is not plain: an escape, or several bytes of UTF-8. */
static bool read_special(struct parser *p, char **to)
{
	uint32_t c;
	size_t len;

	if (*p->at == '\\') {
		p->at++;
		return read_escape(p, to);
	}
	len = (unsigned char)*p->at < 0x20 ? 0 : text_decode(p->at, (size_t)(p->end - p->at), &c);
	if (len == 0)
		return refuse(p, (unsigned char)*p->at < 0x20 ? "a control character in a string" : "not UTF-8");
	memmove(*to, p->at, len);
	*to += len;
	p->at += len;
	return true;
}

static bool parse_string(struct parser *p)
{
	size_t node = add_node(p, JSON_STRING);
	char *from = ++p->at, *to;

	if (node == SIZE_MAX)
		return false;
	while (p->at < p->end && is_plain(*p->at))
		p->at++;
	to = p->at;
	while (p->at < p->end && *p->at != '"') {
		if (is_plain(*p->at))
			*to++ = *p->at++;
		else if (!read_special(p, &to))
			return false;
	}
	if (p->at >= p->end)
		return refuse(p, "unfinished string");
	p->at++;
	*to = '\0';
	p->items[node].text = from;
	p->items[node].n = (uint32_t)(to - from);
	return true;
}

/* ---- containers ---- */

static bool same_text(const struct json *a, const struct json *b)
{
	return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

static int compare_keys(const void *a, const void *b)
{
	const struct json *x = *(struct json *const *)a, *y = *(struct json *const *)b;
	uint32_t shorter = x->n < y->n ? x->n : y->n;
	int order = memcmp(x->text, y->text, shorter);

	if (order == 0 && x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return order ? order : x < y ? -1 : 1;
}

static struct json *next_member(struct json *key)
{
	return (struct json *)(uintptr_t)json_member_next(key);
}

static void hide_few(struct json *first, uint32_t n)
{
	struct json *key = first;

	for (uint32_t i = 0; i < n; i++, key = next_member(key)) {
		struct json *later = next_member(key);

		for (uint32_t k = i + 1; k < n && !key->hidden; k++, later = next_member(later))
			key->hidden = same_text(key, later);
	}
}

/* Keys that come again: the last counts. Hostile objects have many, so that many are sorted. */
static bool hide_duplicates(struct parser *p, size_t object)
{
	struct json *key = &p->items[object] + 1;
	uint32_t n = p->items[object].n;
	struct json **keys;

	if (n <= JSON_FEW) {
		hide_few(key, n);
		return true;
	}
	keys = calloc(n, sizeof(struct json *));
	if (!keys)
		return false;
	for (uint32_t i = 0; i < n; i++, key = next_member(key))
		keys[i] = key;
	qsort(keys, n, sizeof(struct json *), compare_keys);
	for (uint32_t i = 0; i + 1 < n; i++)
		keys[i]->hidden = same_text(keys[i], keys[i + 1]);
	free(keys);
	return true;
}

static bool parse_member(struct parser *p)
{
	skip_space(p);
	if (p->at >= p->end || *p->at != '"')
		return refuse(p, "a key is wanted");
	if (!parse_string(p))
		return false;
	if (memchr(p->items[p->n - 1].text, '\0', p->items[p->n - 1].n))
		return refuse(p, "a NUL byte in a key");
	skip_space(p);
	return is_next(p, ':') ? parse_value(p) : refuse(p, "':' is wanted");
}

static bool parse_container(struct parser *p, enum json_kind kind)
{
	const char close = kind == JSON_ARRAY ? ']' : '}';
	size_t node = add_node(p, kind);

	p->at++;
	if (node == SIZE_MAX)
		return false;
	if (++p->depth > JSON_DEPTH)
		return refuse(p, "more than 64 levels");
	skip_space(p);
	while (!is_next(p, close)) {
		if (p->items[node].n > 0 && !is_next(p, ','))
			return refuse(p, "',' is wanted");
		if (!(kind == JSON_ARRAY ? parse_value(p) : parse_member(p)))
			return false;
		p->items[node].n++;
		skip_space(p);
	}
	p->depth--;
	p->items[node].covers = (uint32_t)(p->n - node);
	return kind == JSON_ARRAY || hide_duplicates(p, node);
}

static bool parse_value(struct parser *p)
{
	skip_space(p);
	if (p->at >= p->end)
		return refuse(p, "a value is wanted");
	switch (*p->at) {
	case '"':
		return parse_string(p);
	case '{':
		return parse_container(p, JSON_OBJECT);
	case '[':
		return parse_container(p, JSON_ARRAY);
	case 't':
		return parse_word(p, "true", JSON_BOOL);
	case 'f':
		return parse_word(p, "false", JSON_BOOL);
	case 'n':
		return parse_word(p, "null", JSON_NULL);
	default:
		return *p->at == '-' || (*p->at >= '0' && *p->at <= '9') ? parse_number(p) : refuse(p, "a value is wanted");
	}
}

static int parse_error(const struct parser *p, const char *start, struct err *e)
{
	if (!p->wrong)
		return err_nomem(e);
	if (p->at >= p->end)
		return err_set(e, ERR_INVALID, "JSON ends after %td bytes in the middle of a value", p->end - start);
	return err_set(e, ERR_INVALID, "JSON is not valid at byte %td: %s", p->at - start, p->wrong);
}

static bool parse_document(struct parser *p, char *text)
{
	size_t node = add_node(p, JSON_NULL);

	if (node == SIZE_MAX)
		return false;
	p->items[node].text = text;
	if (!parse_value(p))
		return false;
	skip_space(p);
	return p->at == p->end || refuse(p, "more text behind the value");
}

int json_parse(const char *bytes, size_t len, struct json **ret, struct err *e)
{
	autofree char *text = NULL;
	struct parser p = { .items = NULL };
	int r = 0;

	if (len > INT32_MAX)
		return err_set(e, ERR_INVALID, "JSON of %zu bytes is too long", len);
	text = malloc(len + 1);
	if (!text)
		return err_nomem(e);
	memcpy(text, bytes, len);
	p.at = text;
	p.end = text + len;
	if (!parse_document(&p, text))
		r = parse_error(&p, text, e);
	if (r < 0 || p.items[1].kind == JSON_NULL) {
		free(p.items);
		*ret = r < 0 ? *ret : NULL;
		return r;
	}
	(void)take_ptr(text);
	*ret = p.items + 1;
	return 0;
}

void json_free(struct json *root)
{
	if (!root)
		return;
	free(root[-1].text);
	free(root - 1);
}
