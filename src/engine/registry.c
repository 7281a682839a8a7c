/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/registry.h"

#include "engine/record.h"

int engine_registry_serve(struct engine *engine, const struct registry_config *config, struct err *e)
{
	const struct instance *i = engine->instance;
	struct registry_config whole = *config;
	autofree char *root = str_format("%s/registry", i->root), *images = str_format("%s/images/blobs", i->root);
	autofree char *program = str_format("%s/lighter-registry", i->libexec);
	autofd int made = instance_dir(i, "images/blobs/sha256", e); /* the server cannot wait for the first pull */
	autostr struct str json = STR_INIT;

	if (made < 0)
		return -1;
	if (!program || !root || !images)
		return err_nomem(e);
	whole.root = config->root ? config->root : root;
	whole.images = config->images ? config->images : images;
	registry_config_print(&whole, &json);
	if (json.failed)
		return err_nomem(e);
	(void)execv(program, (char *[]){ program, json.data, NULL });
	return err_sys(e, errno, "start '%s'", program);
}
