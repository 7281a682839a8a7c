/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template_tree.h"

/*
 * Go's printf: %v %s %q %d %t %x %X %f %e %g %c %% with - + # 0 and blank, width and precision. A verb that its value does not
 * have prints as Go does, %!d(string=abc); nothing is an error.
 */

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { WIDTH_MAX = 4096 };

struct verb {
	bool left, plus, zero;
	int width, precision; /* -1: none */
	char letter;
};

static int number(const char **at)
{
	int n = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		n = n * 10 + (**at - '0') > WIDTH_MAX ? WIDTH_MAX : n * 10 + (**at - '0');
	return n;
}

/* Behind the '%'. */
static void read_verb(const char **at, struct verb *v)
{
	*v = (struct verb){ .precision = -1 };
	for (; **at && strchr("-+#0 ", **at); (*at)++) {
		v->left |= **at == '-';
		v->plus |= **at == '+';
		v->zero |= **at == '0';
	}
	v->width = number(at);
	if (**at == '.') {
		(*at)++;
		v->precision = number(at);
	}
	v->letter = **at;
	*at += **at != '\0';
}

static void add_padded(struct str *to, const struct verb *v, const char *text, size_t len)
{
	int columns = (int)text_width(text), missing = v->width > columns ? v->width - columns : 0;

	if (v->left) {
		str_add_bytes(to, text, len);
		str_addf(to, "%*s", missing, "");
	} else {
		for (int i = 0; v->zero && i < missing; i++)
			str_add_char(to, '0');
		str_addf(to, "%*s", v->zero ? 0 : missing, "");
		str_add_bytes(to, text, len);
	}
}

static void print_hex(struct str *to, const struct verb *v, const struct value *value)
{
	for (size_t i = 0; i < value->len; i++)
		str_addf(to, v->letter == 'X' ? "%02X" : "%02x", (unsigned char)value->text[i]);
}

static bool print_text(struct str *to, const struct verb *v, const struct value *value)
{
	size_t len = v->precision >= 0 && (size_t)v->precision < value->len ? (size_t)v->precision : value->len;

	switch (v->letter) {
	case 's':
	case 'v':
		str_add_bytes(to, value->text, len);
		return true;
	case 'q':
		json_quote(to, value->text, len);
		return true;
	case 'x':
	case 'X':
		print_hex(to, v, value);
		return true;
	default:
		return false;
	}
}

/* Zeros go between the sign and the digits. */
static bool print_int(struct str *to, struct verb *v, const struct value *value)
{
	int zeros = v->zero && !v->left ? v->width : 0;

	switch (v->letter) {
	case 'd':
	case 'v':
		str_addf(to, v->plus ? "%+0*lld" : "%0*lld", zeros, (long long)value->integer);
		break;
	case 'x':
		str_addf(to, "%s%llx", value->integer < 0 ? "-" : "", (unsigned long long)llabs((long long)value->integer));
		break;
	case 'X':
		str_addf(to, "%s%llX", value->integer < 0 ? "-" : "", (unsigned long long)llabs((long long)value->integer));
		break;
	case 'c':
		str_add_char(to, value->integer > 0 && value->integer < 128 ? (char)value->integer : '?');
		break;
	default:
		return false;
	}
	return true;
}

static bool print_float(struct str *to, const struct verb *v, const struct value *value)
{
	int precision = v->precision >= 0 ? v->precision : 6;

	if (v->letter == 'f' || v->letter == 'F')
		str_addf(to, v->plus ? "%+.*f" : "%.*f", precision, value->fraction);
	else if (v->letter == 'e')
		str_addf(to, "%.*e", precision, value->fraction);
	else if (v->letter == 'g' && v->precision >= 0)
		str_addf(to, "%.*g", precision, value->fraction);
	else if (v->letter == 'v' || v->letter == 'g')
		value_print_float(value->fraction, to);
	else
		return false;
	return true;
}

static bool print_any(struct str *to, struct verb *v, const struct value *value)
{
	struct value text = value_text("%!s(<nil>)");

	switch (value->kind) {
	case VALUE_TEXT:
		return print_text(to, v, value);
	case VALUE_INT:
		return print_int(to, v, value);
	case VALUE_FLOAT:
		return print_float(to, v, value);
	case VALUE_NONE:
		if (v->letter == 'v')
			text = value_text("<nil>");
		str_add_bytes(to, text.text, text.len);
		return true;
	case VALUE_BOOL:
	case VALUE_JSON:
		if (v->letter != 'v' && v->letter != (value->kind == VALUE_BOOL ? 't' : 's'))
			return false;
		value_print(value, to);
		return true;
	}
	return false;
}

static void print_value(struct str *to, struct verb *v, const struct value *value)
{
	autostr struct str text = STR_INIT;

	if (!print_any(&text, v, value)) {
		str_addf(&text, "%%!%c(%s=", v->letter, value_type(value));
		value_print(value, &text);
		str_add_char(&text, ')');
	}
	to->failed |= text.failed;
	add_padded(to, v, str_text(&text), text.len);
}

static void print_extra(struct str *to, const struct value *args, size_t n)
{
	str_add(to, "%!(EXTRA ");
	for (size_t i = 0; i < n; i++) {
		str_addf(to, "%s%s=", i ? ", " : "", value_type(&args[i]));
		value_print(&args[i], to);
	}
	str_add_char(to, ')');
}

void template_printf(const struct value *args, size_t n, struct str *to)
{
	const char *at = args[0].text;
	size_t next = 1;

	while (*at) {
		size_t plain = strcspn(at, "%");
		struct verb v;

		str_add_bytes(to, at, plain);
		at += plain;
		if (!*at)
			break;
		at++;
		read_verb(&at, &v);
		if (v.letter == '%')
			str_add_char(to, '%');
		else if (!v.letter)
			str_add(to, "%!(NOVERB)");
		else if (next < n)
			print_value(to, &v, &args[next++]);
		else
			str_addf(to, "%%!%c(MISSING)", v.letter);
	}
	if (next < n)
		print_extra(to, args + next, n - next);
}
