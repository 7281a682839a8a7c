/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/about.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"

static void add_descriptor(const struct document *d, const char *digest, uint64_t size, struct str *to)
{
	struct json_writer w = { .out = to };

	json_object_begin(&w, NULL);
	json_add_string(&w, "mediaType", d->media_type);
	json_add_string(&w, "digest", digest);
	json_add_u64(&w, "size", size);
	if (d->annotations.pairs.n) {
		json_object_begin(&w, "annotations");
		for (size_t i = 0; i + 1 < d->annotations.pairs.n; i += 2)
			json_add_string(&w, d->annotations.pairs.items[i], d->annotations.pairs.items[i + 1]);
		json_object_end(&w);
	}
	if (d->artifact_type)
		json_add_string(&w, "artifactType", d->artifact_type);
	json_object_end(&w);
}

void about_print(const struct document *d, const char *digest, uint64_t size, struct str *to)
{
	str_addf(to, "%s\n%s\n", d->media_type, d->subject.digest ? d->subject.digest : "");
	if (d->artifact_type)
		json_quote(to, d->artifact_type, strlen(d->artifact_type));
	str_add_char(to, '\n');
	add_descriptor(d, digest, size, to);
	str_add_char(to, '\n');
}

/* The next line of the text, without its end; NULL when there is none. */
static const char *take_line(const char *text, size_t len, size_t *at, size_t *ret_len)
{
	const char *line = text + *at, *end = memchr(line, '\n', len - *at);

	if (!end)
		return NULL;
	*ret_len = (size_t)(end - line);
	*at += *ret_len + 1;
	return line;
}

static int copy_line(const char *line, size_t len, char *to, size_t size)
{
	if (!line || len >= size || memchr(line, '\0', len))
		return -EINVAL;
	memcpy(to, line, len);
	to[len] = '\0';
	return 0;
}

int about_parse(const char *text, size_t len, struct about *ret)
{
	struct about about = { .descriptor = 0 };
	size_t n = 0, at = 0;
	const char *line = take_line(text, len, &at, &n);

	if (copy_line(line, n, about.media_type, sizeof(about.media_type)) < 0 || !about.media_type[0])
		return -EINVAL;
	line = take_line(text, len, &at, &n);
	if (copy_line(line, n, about.subject, sizeof(about.subject)) < 0)
		return -EINVAL;
	about.artifact_type = take_line(text, len, &at, &about.artifact_type_len);
	if (!about.artifact_type)
		return -EINVAL;
	about.descriptor = at;
	*ret = about;
	return 0;
}
