/* SPDX-License-Identifier: Apache-2.0 */

/* A request and what follows it: however the bytes are cut, head and body are the same; nothing outside them is borrowed. */

#include <stdio.h>

#include "base/fuzz.h"
#include "base/str.h"
#include "wire/http1.h"

static void borrowed(struct http1_slice s, const char *bytes, size_t len)
{
	if (s.at && (s.at < bytes || s.at + s.len > bytes + len))
		abort();
}

static void look(const struct http1_request *r, const char *bytes, size_t used)
{
	static const char *const names[] = { "digest", "n", "last", "mount" };
	char to[256];
	uint64_t n;

	borrowed(r->method, bytes, used);
	borrowed(r->path, bytes, used);
	borrowed(r->query, bytes, used);
	for (size_t i = 0; i < r->n_fields; i++) {
		borrowed(r->fields[i].name, bytes, used);
		borrowed(r->fields[i].value, bytes, used);
		(void)http1_list_has(r->fields[i].value, "close");
		(void)http1_number(r->fields[i].value, &n);
	}
	if (http1_decode(r->path, to, sizeof(to)) >= 0 && strlen(to) > r->path.len)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)http1_parameter(r, names[i], 0, to, sizeof(to));
	if (r->chunked && r->length)
		abort();
	(void)http1_field(r, "host");
}

/* The body's data in steps; the result of the reader at the end. */
static int read_body(const struct http1_request *r, const char *bytes, size_t len, size_t step, struct str *to)
{
	struct http1_body b = http1_body_of(r);
	size_t at = 0;

	while (at < len && !http1_body_is_done(&b)) {
		size_t used = 0, n = len - at < step ? len - at : step;
		struct http1_slice data;
		int result = http1_body_read(&b, bytes + at, n, &used, &data);

		if (result < 0)
			return result;
		if (used == 0 || used > n)
			abort();
		borrowed(data, bytes, len);
		str_add_bytes(to, data.at, data.len);
		at += used;
	}
	return http1_body_is_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *bytes = malloc(size + 1);
	autostr struct str whole = STR_INIT, pieces = STR_INIT;
	struct http1_request r, again;
	size_t used = 0, most = 0;
	int result;

	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	result = http1_parse(bytes, size, &r, &used);
	if (result < 0)
		(void)http1_reason(-result);
	if (result <= 0)
		return 0;
	look(&r, bytes, used);
	for (size_t n = used > 64 ? used - 64 : 0; n < used; n++)
		if (http1_parse(bytes, n, &again, &most) != 0)
			abort();
	result = read_body(&r, bytes + used, size - used, size, &whole);
	if (read_body(&r, bytes + used, size - used, 1 + size % 7, &pieces) != result)
		abort();
	if (result >= 0 && (whole.len != pieces.len || memcmp(str_text(&whole), str_text(&pieces), whole.len) != 0))
		abort();
	return 0;
}
