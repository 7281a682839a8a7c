/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/*
 * What a power cut, a reboot or a killed keeper leaves is found by looking, not by a journal: a directory without a row is
 * rubbish (the row comes before it and goes after it), a --rm container whose keeper is gone was not cleaned up. Nothing
 * here fails a command: what cannot be recovered now is looked at again by the next one.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"

typedef void (*recover_entry)(struct engine *engine, int dir, const char *name);

static void each_entry(struct engine *engine, int root, const char *path, recover_entry entry)
{
	int dir = path_open(root, path, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	DIR *list = dir < 0 ? NULL : fdopendir(dir);

	if (!list) {
		own_close(&dir);
		return;
	}
	for (struct dirent *d; (d = readdir(list)) != NULL;)
		if (d->d_name[0] != '.')
			entry(engine, dir, d->d_name);
	(void)closedir(list);
}

/* Of containers/ and trash/. */
static void drop_rubbish(struct engine *engine, int dir, const char *name)
{
	struct store_container row;
	struct err e = ERR_INIT;
	int r;

	if (store_container_find(engine->store, name, &row, &e) == 0) {
		store_container_done(&row);
		return;
	}
	if (e.code != ERR_NOT_FOUND)
		return;
	r = path_remove_tree(dir, name);
	if (r < 0 && r != -ENOENT)
		log_warn("remove what is left of container '%s': %s, ignoring", name, strerror(-r));
}

static void drop_other_boot(struct engine *engine, int dir, const char *name)
{
	if (str_starts(name, STORE_RUN_PREFIX) && !strstr(name, engine->instance->boot_id))
		(void)unlinkat(dir, name, 0);
	else if (str_starts(name, "recovered-") && !str_ends(name, engine->instance->boot_id))
		(void)unlinkat(dir, name, 0);
}

void recover_boot(struct engine *engine)
{
	const struct instance *i = engine->instance;
	char mark[sizeof("recovered-") + sizeof(i->boot_id)];
	autofd int fd = -EBADF;

	(void)snprintf(mark, sizeof(mark), "recovered-%s", i->boot_id);
	fd = path_open(i->run_fd, mark, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return;
	each_entry(engine, i->root_fd, "containers", drop_rubbish);
	each_entry(engine, i->root_fd, "trash", drop_rubbish);
	each_entry(engine, i->run_fd, ".", drop_other_boot);
}

void recover_lost(struct engine *engine, const struct strv *ids)
{
	for (size_t i = 0; i < ids->n; i++) {
		autocontainer struct container c = CONTAINER_INIT;
		struct err e = ERR_INIT;

		/* Whoever holds the lock sees to it. */
		if (container_open(engine, ids->items[i], &c, &e) < 0 || container_try_lock(&c) < 0)
			continue;
		if (container_erase(&c, &e) < 0)
			log_warn("clean up after container '%s': %s, ignoring", c.row.name, e.text);
	}
}
