/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/path.h"

enum { CONFIG_MAX = 16 << 20 };

void bundle_options_done(struct bundle_options *options)
{
	free(options->bundle);
	free(options->console_socket);
	free(options->pid_file);
}

static int read_config(const char *path, struct oci_spec *ret, struct err *e)
{
	autofd int dir = path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	autostr struct str text = STR_INIT;

	if (dir < 0)
		return err_sys(e, -dir, "open bundle '%s'", path);
	if (file_read(dir, "config.json", CONFIG_MAX, &text, e) < 0)
		return err_prefix(e, "bundle '%s'", path);
	if (oci_spec_parse(str_text(&text), text.len, ret, e) < 0)
		return err_prefix(e, "config.json");
	return 0;
}

int bundle_open(struct bundle *bundle, const struct bundle_options *options, struct err *e)
{
	const char *path = options->bundle ? options->bundle : ".";

	bundle->path = realpath(path, NULL);
	if (!bundle->path)
		return err_sys(e, errno, "bundle '%s'", path);
	if (read_config(bundle->path, &bundle->spec, e) < 0)
		return -1;
	bundle->read = true;
	return 0;
}

void bundle_done(struct bundle *bundle)
{
	if (bundle->read)
		oci_spec_done(&bundle->spec);
	free(bundle->path);
}

int bundle_create(const struct bundle *bundle, struct runtime_root *root, const char *id,
		  const struct bundle_options *options, int console, struct proc *ret, struct err *e)
{
	const struct runtime_create how = {
		.id = id,
		.spec = &bundle->spec,
		.bundle = bundle->path,
		.stdio = { 0, 1, 2 },
		.console_socket = console,
		.pid_file = options->pid_file,
		.preserve_fds = options->preserve_fds.value,
		.no_pivot = options->no_pivot,
		.no_new_keyring = options->no_new_keyring,
	};

	return runtime_create(root, &how, ret, e);
}
