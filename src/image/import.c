/* SPDX-License-Identifier: Apache-2.0 */

/* Importing a root file system: a load whose config is made here and whose one layer is the archive itself. */

#include <string.h>

#include "base/clock.h"
#include "image/change.h"
#include "image/content.h"
#include "image/image.h"
#include "image/load.h"
#include "image/names.h"
#include "oci/platform.h"

static int set(char **to, const char *from, size_t len, struct err *e)
{
	*to = strndup(from, len);
	return *to ? 0 : err_nomem(e);
}

static int set_whole(char **to, const char *from, struct err *e)
{
	return set(to, from, strlen(from), e);
}

/* "os[/architecture[/variant]]"; what is not said is this machine's. */
static int set_platform(const char *typed, struct oci_image_config *to, struct err *e)
{
	char **const parts[] = { &to->os, &to->architecture, &to->variant };
	size_t i = 0;

	for (const char *at = typed ? typed : "linux";; i++) {
		size_t len = strcspn(at, "/");

		if (len == 0 || i == ARRAY_SIZE(parts))
			return err_set(e, ERR_INVALID, "invalid platform '%s': os[/architecture[/variant]] is wanted", typed);
		if (set(parts[i], at, len, e) < 0)
			return -1;
		if (!at[len])
			break;
		at += len + 1;
	}
	return to->architecture ? 0 : set_whole(&to->architecture, oci_platform_architecture(), e);
}

static int fill(const struct image_import *how, struct oci_image_config *to, struct err *e)
{
	struct oci_image_history *step = vec_add(&to->history);
	char now[CLOCK_TEXT];

	if (!step)
		return err_nomem(e);
	(void)clock_format(clock_wall(), now);
	if (set_whole(&to->created, now, e) < 0 || set_whole(&step->created, now, e) < 0 ||
	    set_whole(&step->comment, how->message, e) < 0 || set_whole(&to->rootfs.type, "layers", e) < 0 ||
	    set_platform(how->platform, to, e) < 0)
		return -1;
	for (size_t i = 0; i < how->changes->n; i++)
		if (change_apply(how->changes->items[i], &to->config, e) < 0)
			return -1;
	return 0;
}

static int make_config(const struct image_import *how, struct str *to, struct err *e)
{
	struct oci_image_config config = { NULL };
	struct json_writer w = { .out = to };
	int r = fill(how, &config, e);

	if (r == 0)
		encode(&oci_image_config_table, &config, &w, NULL);
	decode_done(&oci_image_config_table, &config);
	return r < 0 ? -1 : to->failed ? err_nomem(e) : 0;
}

static int read_name(const char *typed, struct strv *ret, struct err *e)
{
	autofree char *name = NULL;

	if (!typed)
		return 0;
	if (names_normalise(typed, &name, e) < 0)
		return -1;
	if (strchr(name, '@'))
		return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
	return strv_add(ret, name) < 0 ? err_nomem(e) : 0;
}

int image_import(struct store *store, const struct image_import *how, int fd, const struct image_progress_sink *sink,
		 char **ret_id, struct err *e)
{
	cleanup(content_images_done) struct content_images images = { 0 };
	autostr struct str config = STR_INIT;
	autostrv struct strv names = STRV_INIT;
	struct load_how load = { .job = "import", .names = &names, .sink = sink };

	if (read_name(how->reference, &names, e) < 0 || make_config(how, &config, e) < 0)
		return -1;
	load.config = str_text(&config);
	if (load_archive(store, fd, &load, &images, e) < 0)
		return -1;
	*ret_id = strdup(images.items[0].record.id);
	return *ret_id ? 0 : err_nomem(e);
}
