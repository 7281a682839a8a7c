/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The image record as a table, and the checks that make it trustworthy: whoever made it, its digests are well-formed
 * afterwards, because they become file names and keys of the store.
 */

#include "formats/image_record.h"

#include "base/id.h"

static const char digest_prefix[] = "sha256:";

#define STEP(name, member, kind, ...) DECODE_ROW(struct image_history, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(history_table, struct image_history,
	STEP("created", created, DECODE_STRING),
	STEP("createdBy", created_by, DECODE_STRING),
	STEP("author", author, DECODE_STRING),
	STEP("comment", comment, DECODE_STRING),
	STEP("emptyLayer", empty_layer, DECODE_BOOL),
);

#define ROW(name, member, kind, ...) DECODE_ROW(struct image_record, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(image_record_table, struct image_record,
	ROW("version", version, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW("id", id, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW("manifest", manifest, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW("manifestType", manifest_type, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW("manifestSize", manifest_size, DECODE_U64, .flags = DECODE_REQUIRED),
	ROW("architecture", architecture, DECODE_STRING),
	ROW("os", os, DECODE_STRING),
	ROW("variant", variant, DECODE_STRING),
	ROW("created", created, DECODE_STRING),
	ROW("author", author, DECODE_STRING),
	ROW("entrypoint", entrypoint, DECODE_STRV),
	ROW("cmd", cmd, DECODE_STRV),
	ROW("env", env, DECODE_STRV),
	ROW("user", user, DECODE_STRING),
	ROW("workingDir", working_dir, DECODE_STRING),
	ROW("stopSignal", stop_signal, DECODE_STRING),
	ROW("labels", labels, DECODE_STRMAP),
	ROW("exposedPorts", exposed_ports, DECODE_STRV),
	ROW("volumes", volumes, DECODE_STRV),
	ROW("layers", layers, DECODE_STRV),
	ROW("blobs", blobs, DECODE_STRV),
	ROW("layerBlobs", layer_blobs, DECODE_STRV),
	ROW("history", history, DECODE_ARRAY, .table = &history_table),
	ROW("size", size, DECODE_U64),
	ROW("greatestId", greatest_id, DECODE_U32),
);

void image_record_done(struct image_record *record)
{
	decode_done(&image_record_table, record);
}

void image_record_print(const struct image_record *record, struct str *to)
{
	struct json_writer w = { .out = to };

	encode(&image_record_table, record, &w, NULL);
}

bool image_digest_valid(const char *text)
{
	return text && str_starts(text, digest_prefix) && id_is_whole(text + sizeof(digest_prefix) - 1);
}

const char *image_digest_hex(const char *digest)
{
	return digest + sizeof(digest_prefix) - 1;
}

static int check_digests(const struct strv *list, const char *what, struct err *e)
{
	for (size_t i = 0; i < list->n; i++)
		if (!image_digest_valid(list->items[i]))
			return err_set(e, ERR_INVALID, "%s '%.100s' is not a sha256 digest", what, list->items[i]);
	return 0;
}

static int record_check(const struct image_record *record, struct err *e)
{
	if (record->version != IMAGE_RECORD_VERSION)
		return err_set(e, ERR_UNSUPPORTED, "version %u is not known, only %d", record->version,
			       IMAGE_RECORD_VERSION);
	if (!image_digest_valid(record->id))
		return err_set(e, ERR_INVALID, "id '%.100s' is not a sha256 digest", record->id);
	if (!image_digest_valid(record->manifest))
		return err_set(e, ERR_INVALID, "manifest '%.100s' is not a sha256 digest", record->manifest);
	if (check_digests(&record->layers, "layer", e) < 0 || check_digests(&record->blobs, "blob", e) < 0 ||
	    check_digests(&record->layer_blobs, "blob", e) < 0)
		return -1;
	if (!strv_contains(&record->blobs, record->id) || !strv_contains(&record->blobs, record->manifest))
		return err_set(e, ERR_INVALID, "config or manifest is missing among the blobs");
	return 0;
}

int image_record_parse(const char *text, size_t len, struct image_record *ret, struct err *e)
{
	struct image_record record;

	if (len > IMAGE_RECORD_MAX)
		return err_set(e, ERR_INVALID, "image record: %zu bytes are more than %d", len, IMAGE_RECORD_MAX);
	if (decode_text(&image_record_table, text, len, &record, e) < 0)
		return err_prefix(e, "image record");
	if (record_check(&record, e) < 0) {
		image_record_done(&record);
		return err_prefix(e, "image record");
	}
	*ret = record;
	return 0;
}
