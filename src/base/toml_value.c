/* SPDX-License-Identifier: Apache-2.0 */
#include "base/toml_value.h"

#include <ctype.h>
#include <string.h>

#include "base/own.h"
#include "base/toml.h"

enum { NUMBER_MAX = 64 };

static bool starts(const struct toml_reader *r, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(r->end - r->at) >= n && strncmp(r->at, word, n) == 0;
}

/* ---- strings ---- */

static void add_utf8(struct str *to, uint32_t c)
{
	if (c < 0x80) {
		str_add_char(to, (char)c);
	} else if (c < 0x800) {
		str_add_char(to, (char)(0xc0 | c >> 6));
		str_add_char(to, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		str_add_char(to, (char)(0xe0 | c >> 12));
		str_add_char(to, (char)(0x80 | (c >> 6 & 63)));
		str_add_char(to, (char)(0x80 | (c & 63)));
	} else {
		str_add_char(to, (char)(0xf0 | c >> 18));
		str_add_char(to, (char)(0x80 | (c >> 12 & 63)));
		str_add_char(to, (char)(0x80 | (c >> 6 & 63)));
		str_add_char(to, (char)(0x80 | (c & 63)));
	}
}

static int read_code(struct toml_reader *r, int digits, struct str *to, struct err *e)
{
	uint32_t code = 0;

	for (int i = 0; i < digits; i++, r->at++) {
		if (r->at == r->end || !isxdigit((unsigned char)*r->at))
			return toml_wrong(r, "hexadecimal digits are wanted in an escape", e);
		code = code << 4 | (uint32_t)(isdigit((unsigned char)*r->at) ? *r->at - '0' : (*r->at | 32) - 'a' + 10);
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return toml_wrong(r, "an escape that is no character", e);
	add_utf8(to, code);
	return 0;
}

/* Behind a backslash. */
static int read_escape(struct toml_reader *r, bool lines, struct str *to, struct err *e)
{
	static const char letters[] = "btnfre\"\\", meant[] = "\b\t\n\f\r\033\"\\";
	const char *found = r->at < r->end && *r->at ? strchr(letters, *r->at) : NULL;
	const char *look = r->at;

	if (found) {
		str_add_char(to, meant[found - letters]);
		r->at++;
		return 0;
	}
	if (r->at < r->end && (*r->at == 'u' || *r->at == 'U'))
		return read_code(r, *r->at++ == 'u' ? 4 : 8, to, e);
	/* At the end of a line: it and the blanks behind it are not there. */
	while (lines && look < r->end && (*look == ' ' || *look == '\t' || *look == '\r'))
		look++;
	if (!lines || look == r->end || *look != '\n')
		return toml_wrong(r, "an escape that does not exist", e);
	for (r->at = look; r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at; r->at++)
		r->line += *r->at == '\n';
	return 0;
}

/* Past the quotes that end a text of several lines; up to two in front of them belong to it. */
static bool ends_here(struct toml_reader *r, char quote, bool lines, struct str *to)
{
	size_t n = 0;

	if (!lines) {
		r->at++;
		return true;
	}
	while (n < 5 && r->at + n < r->end && r->at[n] == quote)
		n++;
	for (size_t i = n < 3 ? 0 : 3; i < n; i++)
		str_add_char(to, quote);
	r->at += n;
	return n >= 3;
}

static int read_string(struct toml_reader *r, bool may_have_lines, struct str *to, struct err *e)
{
	const char quote = *r->at;
	const char triple[] = { quote, quote, quote, '\0' };
	bool lines = may_have_lines && starts(r, triple);

	r->at += lines ? 3 : 1;
	if (lines && starts(r, "\r\n"))
		r->at++;
	if (lines && starts(r, "\n")) {
		r->at++;
		r->line++;
	}
	while (r->at < r->end) {
		char c = *r->at;

		if (c == quote) {
			if (ends_here(r, quote, lines, to))
				return to->failed ? err_nomem(e) : 0;
			continue;
		}
		if (((unsigned char)c < ' ' && c != '\t' && !(lines && (c == '\n' || c == '\r'))) || c == 127)
			return toml_wrong(r, "a control character in a string", e);
		r->at++;
		r->line += c == '\n';
		if (c == '\\' && quote == '"') {
			if (read_escape(r, lines, to, e) < 0)
				return -1;
		} else {
			str_add_char(to, c);
		}
	}
	return toml_wrong(r, "a string without an end", e);
}

int toml_read_key(struct toml_reader *r, char **ret, struct err *e)
{
	autostr struct str key = STR_INIT;
	const char *start = r->at;

	if (r->at < r->end && (*r->at == '"' || *r->at == '\'')) {
		if (read_string(r, false, &key, e) < 0)
			return -1;
		if (key.len && memchr(key.data, '\0', key.len))
			return toml_wrong(r, "a key with a NUL character", e);
		*ret = key.len ? str_take(&key) : strdup("");
		return *ret ? 0 : err_nomem(e);
	}
	while (r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '_' || *r->at == '-'))
		r->at++;
	if (r->at == start)
		return toml_wrong(r, "a key is wanted", e);
	*ret = strndup(start, (size_t)(r->at - start));
	return *ret ? 0 : err_nomem(e);
}

/* ---- numbers, dates, truths ---- */

static bool is_date(const char *text)
{
	return (isdigit((unsigned char)text[0]) && strlen(text) >= 5 && (text[4] == '-' || text[2] == ':'));
}

/* Underscores stand between digits only. */
static int drop_underscores(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (*at != '_') {
			*to++ = *at;
			continue;
		}
		if (at == text || !isxdigit((unsigned char)at[-1]) || !isxdigit((unsigned char)at[1]))
			return -EINVAL;
	}
	*to = '\0';
	return 0;
}

static int read_prefixed(const char *text, struct str *to)
{
	static const struct { const char *prefix, *digits; int base; } bases[] = {
		{ "0x", "0123456789abcdefABCDEF", 16 }, { "0o", "01234567", 8 }, { "0b", "01", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		unsigned long long value;

		if (!str_starts(text, bases[i].prefix))
			continue;
		if (!text[2] || text[2 + strspn(text + 2, bases[i].digits)])
			return -EINVAL;
		errno = 0;
		value = strtoull(text + 2, NULL, bases[i].base);
		if (errno || value > INT64_MAX)
			return -ERANGE;
		str_addf(to, "%llu", value);
		return 0;
	}
	return -ENOENT;
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* [+-]digits[.digits][e[+-]digits] without zeros in front, as JSON has it but for the '+'. */
static int read_decimal(const char *text, struct str *to)
{
	const char *at = text + (text[0] == '+' || text[0] == '-');
	size_t n = digits(at);

	if (n == 0 || (n > 1 && at[0] == '0'))
		return -EINVAL;
	at += n;
	if (*at == '.') {
		n = digits(at + 1);
		if (n == 0)
			return -EINVAL;
		at += 1 + n;
	}
	if (*at == 'e' || *at == 'E') {
		at += 1 + (at[1] == '+' || at[1] == '-');
		n = digits(at);
		if (n == 0)
			return -EINVAL;
		at += n;
	}
	if (*at)
		return -EINVAL;
	str_add(to, text + (text[0] == '+'));
	return 0;
}

static int read_word(struct toml_reader *r, struct toml_node *node, struct err *e)
{
	char text[NUMBER_MAX];
	size_t n = 0;
	int result;

	/* A date and its time may have one blank between them. */
	while (r->at < r->end && n < sizeof(text) - 1 &&
	       (isalnum((unsigned char)*r->at) || strchr("+-.:_", *r->at ? *r->at : '=') ||
		(*r->at == ' ' && n == 10 && is_date((text[n] = '\0', text)) && r->at + 1 < r->end &&
		 isdigit((unsigned char)r->at[1]))))
		text[n++] = *r->at++;
	text[n] = '\0';
	node->kind = TOML_RAW;
	if (str_eq(text, "true") || str_eq(text, "false")) {
		str_add(&node->text, text);
		return 0;
	}
	if (is_date(text)) {
		node->kind = TOML_STRING;
		str_add(&node->text, text);
		return 0;
	}
	result = n ? drop_underscores(text) : -EINVAL;
	if (result == 0)
		result = read_prefixed(text, &node->text);
	if (result == -ENOENT)
		result = read_decimal(text, &node->text);
	return result < 0 ? toml_wrong(r, "a value is wanted: a string, a number, a list, a table, true or false", e) : 0;
}

/* ---- lists and tables ---- */

static int read_array(struct toml_reader *r, struct toml_node *node, unsigned depth, struct err *e)
{
	node->kind = TOML_ARRAY;
	node->closed = true;
	r->at++;
	for (;;) {
		struct toml_node *element;

		if (toml_skip_lines(r, e) < 0)
			return -1;
		if (starts(r, "]"))
			break;
		element = toml_add(node, NULL, TOML_STRING);
		if (!element)
			return err_nomem(e);
		if (toml_read_value(r, element, depth + 1, e) < 0 || toml_skip_lines(r, e) < 0)
			return -1;
		if (starts(r, ","))
			r->at++;
		else if (!starts(r, "]"))
			return toml_wrong(r, "',' or ']' is wanted in a list", e);
	}
	r->at++;
	return 0;
}

static void close_all(struct toml_node *node)
{
	node->closed = true;
	for (size_t i = 0; i < node->children.n; i++)
		close_all(&node->children.items[i]);
}

static int read_inline(struct toml_reader *r, struct toml_node *node, unsigned depth, struct err *e)
{
	node->kind = TOML_TABLE;
	r->at++;
	toml_skip_blanks(r);
	while (!starts(r, "}")) {
		if (toml_read_pair(r, node, depth + 1, e) < 0)
			return -1;
		toml_skip_blanks(r);
		if (starts(r, "}"))
			break;
		if (!starts(r, ","))
			return toml_wrong(r, "',' or '}' is wanted in a table", e);
		r->at++;
		toml_skip_blanks(r);
		if (starts(r, "}"))
			return toml_wrong(r, "a key is wanted", e);
	}
	r->at++;
	close_all(node);
	return 0;
}

int toml_read_value(struct toml_reader *r, struct toml_node *node, unsigned depth, struct err *e)
{
	if (depth > TOML_DEPTH)
		return toml_wrong(r, "too many levels", e);
	if (starts(r, "\"") || starts(r, "'")) {
		node->kind = TOML_STRING;
		return read_string(r, true, &node->text, e);
	}
	if (starts(r, "["))
		return read_array(r, node, depth, e);
	return starts(r, "{") ? read_inline(r, node, depth, e) : read_word(r, node, e);
}
