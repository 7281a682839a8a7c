/* SPDX-License-Identifier: Apache-2.0 */

/* The launch record as a decode table. Strict: it is our own document, so an unknown key means another version. */

#include "formats/launch.h"

#include "base/file.h"

static const struct decode_field rootfs_fields[] = {
	{ "layers", DECODE_STRV, offsetof(struct launch_rootfs, layers), DECODE_REQUIRED },
	{ "state", DECODE_STRING, offsetof(struct launch_rootfs, state), DECODE_REQUIRED },
	{ "read_only", DECODE_BOOL, offsetof(struct launch_rootfs, read_only) },
	{ "volatile", DECODE_BOOL, offsetof(struct launch_rootfs, volatile_) },
};

static const struct decode_table rootfs_table = {
	.size = sizeof(struct launch_rootfs),
	.fields = rootfs_fields,
	.n = ARRAY_SIZE(rootfs_fields),
	.strict = true,
};

static const struct decode_field file_fields[] = {
	{ "source", DECODE_STRING, offsetof(struct launch_file, source), DECODE_REQUIRED },
	{ "destination", DECODE_STRING, offsetof(struct launch_file, destination), DECODE_REQUIRED },
};

static const struct decode_table file_table = {
	.size = sizeof(struct launch_file),
	.fields = file_fields,
	.n = ARRAY_SIZE(file_fields),
	.strict = true,
};

static const struct decode_field log_fields[] = {
	{ "path", DECODE_STRING, offsetof(struct launch_log, path) },
	{ "max_size", DECODE_U64, offsetof(struct launch_log, max_size) },
	{ "max_files", DECODE_U32, offsetof(struct launch_log, max_files) },
};

static const struct decode_table log_table = {
	.size = sizeof(struct launch_log),
	.fields = log_fields,
	.n = ARRAY_SIZE(log_fields),
	.strict = true,
};

static const struct decode_field launch_fields[] = {
	{ "version", DECODE_U32, offsetof(struct launch, version), DECODE_REQUIRED },
	{ "id", DECODE_STRING, offsetof(struct launch, id), DECODE_REQUIRED },
	{ "container_dir", DECODE_STRING, offsetof(struct launch, container_dir), DECODE_REQUIRED },
	{ "run_root", DECODE_STRING, offsetof(struct launch, run_root), DECODE_REQUIRED },
	{ "spec", DECODE_OBJECT, offsetof(struct launch, spec), DECODE_REQUIRED, .table = &oci_spec_table },
	{ "rootfs", DECODE_OBJECT, offsetof(struct launch, rootfs), DECODE_REQUIRED, .table = &rootfs_table },
	{ "files", DECODE_ARRAY, offsetof(struct launch, files), .table = &file_table },
	{ "user", DECODE_STRING, offsetof(struct launch, user) },
	{ "create_cwd", DECODE_BOOL, offsetof(struct launch, create_cwd) },
	{ "default_seccomp", DECODE_BOOL, offsetof(struct launch, default_seccomp) },
	{ "log", DECODE_OBJECT, offsetof(struct launch, log), .table = &log_table },
	{ "open_stdin", DECODE_BOOL, offsetof(struct launch, open_stdin) },
	{ "remove", DECODE_BOOL, offsetof(struct launch, remove) },
	{ "slot", DECODE_U32, offsetof(struct launch, slot), DECODE_ALWAYS },
	{ "cleanup", DECODE_STRING, offsetof(struct launch, cleanup) },
	{ "cleanup_args", DECODE_STRV, offsetof(struct launch, cleanup_args) },
};

const struct decode_table launch_table = {
	.size = sizeof(struct launch),
	.fields = launch_fields,
	.n = ARRAY_SIZE(launch_fields),
	.strict = true,
};

int launch_write(int run_dir, const struct launch *launch, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	encode(&launch_table, launch, &w, NULL);
	if (text.failed)
		return err_nomem(e);
	return file_replace(run_dir, LAUNCH_FILE, text.data, text.len, 0600, FILE_ATOMIC, e);
}

static int launch_check(const struct launch *launch, struct err *e)
{
	if (launch->version != LAUNCH_VERSION)
		return err_set(e, ERR_UNSUPPORTED, "version %u is not known, only %d", launch->version, LAUNCH_VERSION);
	if (launch->container_dir[0] != '/' || launch->run_root[0] != '/' || launch->rootfs.state[0] != '/')
		return err_set(e, ERR_INVALID, "a directory is not absolute");
	return launch->rootfs.layers.n ? 0 : err_set(e, ERR_INVALID, "rootfs.layers is empty");
}

int launch_read(int run_dir, struct launch *ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct launch launch;

	if (file_read(run_dir, LAUNCH_FILE, LAUNCH_MAX, &text, e) < 0)
		return -1;
	if (decode_text(&launch_table, text.data ? text.data : "", text.len, &launch, e) < 0)
		return err_prefix(e, LAUNCH_FILE);
	if (launch_check(&launch, e) < 0) {
		launch_done(&launch);
		return err_prefix(e, LAUNCH_FILE);
	}
	*ret = launch;
	return 0;
}

void launch_done(struct launch *launch)
{
	decode_done(&launch_table, launch);
}
