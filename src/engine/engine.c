/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "engine/record.h"

int engine_open(const struct engine_options *options, struct engine **ret, struct err *e)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return err_nomem(e);
	if (instance_open(options->root, options->run_root, &engine->instance, e) < 0 ||
	    store_open(engine->instance, &engine->store, e) < 0) {
		engine_free(engine);
		return -1;
	}
	*ret = engine;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	store_free(engine->store);
	instance_free(engine->instance);
	free(engine);
}

struct store *engine_store(struct engine *engine)
{
	return engine->store;
}

int engine_find(struct engine *engine, const char *name, char ret_id[static ENGINE_ID], struct err *e)
{
	struct store_container row;

	if (store_container_find(engine->store, name, &row, e) < 0)
		return -1;
	memcpy(ret_id, row.id, ENGINE_ID);
	store_container_done(&row);
	return 0;
}
