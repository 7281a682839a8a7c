/* SPDX-License-Identifier: Apache-2.0 */

/* The config as tables. */

#include "oci/image_config.h"

#include "oci/manifest.h"

static int add_key(const char *key, const struct json *value, void *arg)
{
	return strv_add(arg, key);
}

static int set_decode(const struct json *value, void *field, struct err *e)
{
	struct oci_set *set = field;

	if (json_kind(value) != JSON_OBJECT)
		return err_set(e, ERR_INVALID, ": %s, an object is wanted", json_kind_name(json_kind(value)));
	return json_each(value, add_key, &set->keys) < 0 ? err_nomem(e) : 0;
}

static void set_encode(struct json_writer *w, const char *key, const void *field)
{
	const struct oci_set *set = field;

	if (set->keys.n == 0)
		return;
	json_object_begin(w, key);
	for (size_t i = 0; i < set->keys.n; i++) {
		json_object_begin(w, set->keys.items[i]);
		json_object_end(w);
	}
	json_object_end(w);
}

static void set_done(void *field)
{
	strv_done(&((struct oci_set *)field)->keys);
}

static const struct decode_custom set_custom = { set_decode, set_encode, set_done };

#define RUNTIME(name, member, kind, ...) DECODE_ROW(struct oci_image_runtime, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(runtime_table, struct oci_image_runtime,
	RUNTIME("User", user, DECODE_STRING),
	RUNTIME("ExposedPorts", exposed_ports, DECODE_CUSTOM, .custom = &set_custom),
	RUNTIME("Env", env, DECODE_STRV),
	RUNTIME("Entrypoint", entrypoint, DECODE_STRV),
	RUNTIME("Cmd", cmd, DECODE_STRV),
	RUNTIME("Volumes", volumes, DECODE_CUSTOM, .custom = &set_custom),
	RUNTIME("WorkingDir", working_dir, DECODE_STRING),
	RUNTIME("Labels", labels, DECODE_STRMAP),
	RUNTIME("StopSignal", stop_signal, DECODE_STRING),
);

PRIVATE_TABLE(rootfs_table, struct oci_image_rootfs,
	DECODE_ROW(struct oci_image_rootfs, "type", type, DECODE_STRING),
	DECODE_ROW(struct oci_image_rootfs, "diff_ids", diff_ids, DECODE_STRV),
);

#define HISTORY(name, member, kind) DECODE_ROW(struct oci_image_history, name, member, kind)

PRIVATE_TABLE(history_table, struct oci_image_history,
	HISTORY("created", created, DECODE_STRING),
	HISTORY("created_by", created_by, DECODE_STRING),
	HISTORY("author", author, DECODE_STRING),
	HISTORY("comment", comment, DECODE_STRING),
	HISTORY("empty_layer", empty_layer, DECODE_BOOL),
);

#define CONFIG(name, member, kind, ...) DECODE_ROW(struct oci_image_config, name, member, kind, ##__VA_ARGS__)

DECODE_TABLE(oci_image_config_table, struct oci_image_config,
	CONFIG("created", created, DECODE_STRING),
	CONFIG("author", author, DECODE_STRING),
	CONFIG("architecture", architecture, DECODE_STRING),
	CONFIG("os", os, DECODE_STRING),
	CONFIG("variant", variant, DECODE_STRING),
	CONFIG("config", config, DECODE_OBJECT, .table = &runtime_table),
	CONFIG("rootfs", rootfs, DECODE_OBJECT, .flags = DECODE_REQUIRED, .table = &rootfs_table),
	CONFIG("history", history, DECODE_ARRAY, .table = &history_table),
);

int oci_image_config_parse(const char *text, size_t len, struct oci_image_config *ret, struct err *e)
{
	if (oci_document_check(text, len, e) < 0)
		return -1;
	return decode_text(&oci_image_config_table, text, len, ret, e);
}
