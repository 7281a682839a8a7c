/* SPDX-License-Identifier: Apache-2.0 */

/* Each line is one option: what is not known is data as it was given, and no attribute is set and cleared at once. */

#include "linux/mount_options.h"

#include <sys/mount.h>

#include "base/fuzz.h"

static void check(const struct mount_options *o, const struct strv *words)
{
	uint64_t both = (o->set & o->clear) | (o->set_recursive & o->clear_recursive);

	if (both & ~(uint64_t)MOUNT_ATTR__ATIME)
		abort();
	if (o->data.n + o->propagation.n > words->n || (o->idmap_text && !o->idmap && !o->idmap_recursive))
		abort();
	for (size_t i = 0; i < o->data.n; i++)
		if (!strv_contains(words, o->data.items[i]))
			abort();
	if (mount_options_are_bind(o) != (o->bind || o->bind_recursive))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	autofree char *text = fuzz_text(data, size);
	autostrv struct strv words = STRV_INIT;

	fuzz_lines(text, &words);
	if (size && mount_option_name(data[0]) && strv_add(&words, mount_option_name(data[0])) < 0)
		abort();
	if (mount_options_parse(&words, &o) < 0)
		abort();
	check(&o, &words);
	return 0;
}
