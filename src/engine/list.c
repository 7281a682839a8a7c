/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* Lists: one query and the status file; no lock, no word to any monitor. */

#include <string.h>

#include "base/own.h"

void container_list_done(struct container_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].id);
		free(list->items[i].name);
		free(list->items[i].image);
		free(list->items[i].image_id);
		free(list->items[i].command);
	}
	free(list->items);
	*list = (struct container_list){ .items = NULL };
}

static int add_entry(struct engine *engine, const struct status_map *map, struct store_container *row, bool all,
		     struct container_list *to, struct strv *lost, struct err *e)
{
	struct container_live live;
	struct container_entry *entry;

	live_of(engine, map, row, &live);
	if (row->remove && live.keeper_gone && live.state == CONTAINER_EXITED)
		return strv_add(lost, row->id) < 0 ? err_nomem(e) : 0;
	if (!all && live.state != CONTAINER_RUNNING)
		return 0;
	entry = vec_add(to);
	if (!entry)
		return err_nomem(e);
	*entry = (struct container_entry){
		.id = take_ptr(row->id),
		.name = take_ptr(row->name),
		.image = take_ptr(row->image),
		.image_id = take_ptr(row->image_id),
		.command = str_format("\"%s\"", row->command),
		.created = row->created,
		.started = live.started,
		.finished = live.finished,
		.state = live.state,
		.exit_code = live.exit_code,
		.exit_unknown = live.exit_unknown,
		.pid = live.pid,
	};
	return entry->command ? 0 : err_nomem(e);
}

int engine_list(struct engine *engine, bool all, struct container_list *ret, struct err *e)
{
	cleanup(store_containers_done) struct store_containers rows = { .items = NULL };
	cleanup(container_list_done) struct container_list list = { .items = NULL };
	autostatus struct status_map map = STATUS_MAP_INIT;
	autostrv struct strv lost = STRV_INIT;

	if (store_container_list(engine->store, &rows, e) < 0)
		return -1;
	(void)status_open(engine->instance->run_fd, false, &map, NULL);
	for (size_t i = 0; i < rows.n; i++)
		if (add_entry(engine, &map, &rows.items[i], all, &list, &lost, e) < 0)
			return -1;
	recover_lost(engine, &lost);
	*ret = list;
	list = (struct container_list){ .items = NULL };
	return 0;
}
