/* SPDX-License-Identifier: Apache-2.0 */

/* Copying by rows: what the two structs have in common is one table of strings and one of lists. */

#include "fetch/parse_image.h"

#include <string.h>

#include "base/own.h"

static int copy_text(const char *from, char **to)
{
	if (!from || !from[0])
		return 0;
	*to = strdup(from);
	return *to ? 0 : -ENOMEM;
}

static int copy_strings(const struct oci_image_config *from, struct image_record *to)
{
	const struct {
		const char *from;
		char **to;
	} rows[] = {
		{ from->architecture, &to->architecture },
		{ from->os, &to->os },
		{ from->variant, &to->variant },
		{ from->created, &to->created },
		{ from->author, &to->author },
		{ from->config.user, &to->user },
		{ from->config.working_dir, &to->working_dir },
		{ from->config.stop_signal, &to->stop_signal },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (copy_text(rows[i].from, rows[i].to) < 0)
			return -ENOMEM;
	return 0;
}

static int copy_lists(const struct oci_image_config *from, struct image_record *to)
{
	const struct {
		const struct strv *from;
		struct strv *to;
	} rows[] = {
		{ &from->config.entrypoint, &to->entrypoint },
		{ &from->config.cmd, &to->cmd },
		{ &from->config.env, &to->env },
		{ &from->config.labels.pairs, &to->labels.pairs },
		{ &from->config.exposed_ports.keys, &to->exposed_ports },
		{ &from->config.volumes.keys, &to->volumes },
		{ &from->rootfs.diff_ids, &to->layers },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t k = 0; k < rows[i].from->n; k++)
			if (strv_add(rows[i].to, rows[i].from->items[k]) < 0)
				return -ENOMEM;
	return 0;
}

static int copy_history(const struct oci_image_config *from, struct image_record *to)
{
	for (size_t i = 0; i < from->history.n; i++) {
		const struct oci_image_history *step = &from->history.items[i];
		struct image_history *copy = vec_add(&to->history);

		if (!copy)
			return -ENOMEM;
		copy->empty_layer = step->empty_layer;
		if (copy_text(step->created, &copy->created) < 0 || copy_text(step->created_by, &copy->created_by) < 0 ||
		    copy_text(step->author, &copy->author) < 0 || copy_text(step->comment, &copy->comment) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_once(struct strv *to, const char *digest)
{
	return strv_contains(to, digest) ? 0 : strv_add(to, digest);
}

static int copy_identity(const struct oci_manifest *manifest, const char *digest, const char *type,
			 struct image_record *to)
{
	to->id = strdup(manifest->config.digest);
	to->manifest = strdup(digest);
	to->manifest_type = strdup(manifest->media_type ? manifest->media_type : type ? type : OCI_TYPE_MANIFEST);
	if (!to->id || !to->manifest || !to->manifest_type)
		return -ENOMEM;
	if (add_once(&to->blobs, digest) < 0 || add_once(&to->blobs, to->id) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < manifest->layers.n; i++)
		if (add_once(&to->blobs, manifest->layers.items[i].digest) < 0 ||
		    strv_add(&to->layer_blobs, manifest->layers.items[i].digest) < 0)
			return -ENOMEM;
	return 0;
}

int parse_image(const struct oci_image_config *config, const struct oci_manifest *manifest, const char *manifest_digest,
		const char *manifest_type, uint64_t manifest_size, struct image_record *ret, struct err *e)
{
	struct image_record record = { .version = IMAGE_RECORD_VERSION, .manifest_size = manifest_size };

	if (copy_strings(config, &record) < 0 || copy_lists(config, &record) < 0 || copy_history(config, &record) < 0 ||
	    copy_identity(manifest, manifest_digest, manifest_type, &record) < 0) {
		image_record_done(&record);
		return err_nomem(e);
	}
	*ret = record;
	return 0;
}
