/* SPDX-License-Identifier: Apache-2.0 */

/* A pushed manifest: what is accepted has a media type, safe digests, and its record is read again. The first line is the
 * request's Content-Type. */

#include "base/fuzz.h"
#include "registry/about.h"
#include "registry/digest.h"
#include "registry/document.h"

static void assert_safe(const char *text)
{
	struct digest digest;

	if (digest_parse(text, &digest) < 0 || strchr(digest.text, '/') || strstr(digest.path, ".."))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	char *line = strchr(text, '\n');
	struct document d;
	struct about about;
	autostr struct str record = STR_INIT;

	if (about_parse(text, strlen(text), &about) == 0 && strlen(about.media_type) >= sizeof(about.media_type))
		abort();
	if (!line)
		return 0;
	*line++ = '\0';
	if (document_parse(line, strlen(line), text, &d, NULL) < 0)
		return 0;
	if (!d.media_type)
		abort();
	for (size_t i = 0; i < d.layers.n; i++) {
		assert_safe(d.layers.items[i].digest);
		(void)document_is_foreign(&d.layers.items[i]);
	}
	if (d.subject.digest)
		assert_safe(d.subject.digest);
	about_print(&d, "sha256:x", 3, &record);
	if (about_parse(record.data, record.len, &about) < 0 || !str_eq(about.media_type, d.media_type))
		abort();
	document_done(&d);
	return 0;
}
