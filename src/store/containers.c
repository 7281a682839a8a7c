/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <string.h>

#include "base/id.h"
#include "base/own.h"
#include "base/str.h"

/* The containers of both files; SQLite moves a WHERE into both halves. */
#define COLUMNS "id, name, image, image_id, command, created, slot"
#define ALL_CONTAINERS                                                                             \
	" FROM (SELECT " COLUMNS ", 0 AS remove FROM main.containers UNION ALL"                    \
	" SELECT " COLUMNS ", 1 AS remove FROM run.containers)"

static const char select_container[] = "SELECT " COLUMNS ", remove" ALL_CONTAINERS;

void store_container_done(struct store_container *c)
{
	free(c->id);
	free(c->name);
	free(c->image);
	free(c->image_id);
	free(c->command);
	*c = (struct store_container){ .id = NULL };
}

void store_containers_done(struct store_containers *list)
{
	for (size_t i = 0; i < list->n; i++)
		store_container_done(&list->items[i]);
	free(list->items);
	*list = (struct store_containers){ .items = NULL };
}

static int take_container(sqlite3_stmt *row, void *arg, struct err *e)
{
	struct store_containers *list = arg;
	struct store_container *c = vec_add(list);

	if (!c)
		return err_nomem(e);
	c->id = db_text(row, 0);
	c->name = db_text(row, 1);
	c->image = db_text(row, 2);
	c->image_id = db_text(row, 3);
	c->command = db_text(row, 4);
	c->created = sqlite3_column_int64(row, 5);
	c->slot = (uint32_t)sqlite3_column_int64(row, 6);
	c->remove = sqlite3_column_int(row, 7);
	return c->id && c->name && c->image && c->image_id && c->command ? 0 : err_nomem(e);
}

static int select_containers(struct store *store, const char *where, const char *value, struct store_containers *ret,
			     struct err *e)
{
	autofree char *sql = str_format("%s %s", select_container, where);
	int r;

	if (!sql)
		return err_nomem(e);
	r = value ? DB_RUN(store, sql, take_container, ret, e, DB_TEXT(value)) :
		    DB_RUN(store, sql, take_container, ret, e);
	if (r < 0)
		store_containers_done(ret);
	return r;
}

static int take_number(sqlite3_stmt *row, void *arg, struct err *e)
{
	*(int64_t *)arg = sqlite3_column_int64(row, 0);
	return 0;
}

static int refuse_taken(struct store *store, const char *name, struct err *e)
{
	cleanup(store_containers_done) struct store_containers owner = { .items = NULL };

	if (select_containers(store, "WHERE name = ?1", name, &owner, e) < 0)
		return -1;
	if (owner.n == 0)
		return 0;
	return err_set(e, ERR_CONFLICT, "Conflict. The container name \"/%s\" is already in use by container \"%s\". "
		       "You have to remove (or rename) that container to be able to reuse that name.", name,
		       owner.items[0].id);
}

/* The lowest free slot: the status file stays short. */
static const char next_slot[] =
	"WITH taken(slot) AS (SELECT slot FROM main.containers UNION ALL SELECT slot FROM run.containers)"
	" SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM taken WHERE slot = 0) THEN 0 ELSE"
	" (SELECT min(a.slot) + 1 FROM taken a WHERE NOT EXISTS (SELECT 1 FROM main.containers WHERE slot = a.slot + 1)"
	" AND NOT EXISTS (SELECT 1 FROM run.containers WHERE slot = a.slot + 1)) END";

static int add(struct store *store, struct store_container *c, struct err *e)
{
	static const char values[] = "(" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
	autofree char *insert = str_format("INSERT INTO %s.containers %s", c->remove ? "run" : "main", values);
	int64_t slot = 0;

	if (!insert)
		return err_nomem(e);
	if (refuse_taken(store, c->name, e) < 0 || DB_RUN(store, next_slot, take_number, &slot, e) < 0)
		return -1;
	c->slot = (uint32_t)slot;
	return DB_RUN(store, insert, NULL, NULL, e, DB_TEXT(c->id), DB_TEXT(c->name), DB_TEXT(c->image),
		      DB_TEXT(c->image_id), DB_TEXT(c->command), DB_INT(c->created), DB_INT(c->slot));
}

int store_container_add(struct store *store, struct store_container *container, struct err *e)
{
	if (db_begin(store, e) < 0)
		return -1;
	if (add(store, container, e) == 0)
		return db_commit(store, e);
	db_rollback(store);
	return -1;
}

int store_container_delete(struct store *store, const char *id, struct err *e)
{
	if (db_begin(store, e) < 0)
		return -1;
	if (DB_RUN(store, "DELETE FROM run.containers WHERE id = ?1", NULL, NULL, e, DB_TEXT(id)) == 0 &&
	    DB_RUN(store, "DELETE FROM main.containers WHERE id = ?1", NULL, NULL, e, DB_TEXT(id)) == 0)
		return db_commit(store, e);
	db_rollback(store);
	return -1;
}

int store_container_find(struct store *store, const char *name_or_prefix, struct store_container *ret, struct err *e)
{
	cleanup(store_containers_done) struct store_containers list = { .items = NULL };
	const char *name = name_or_prefix[0] == '/' ? name_or_prefix + 1 : name_or_prefix;
	autofree char *pattern = str_format("%s*", name);

	if (!pattern)
		return err_nomem(e);
	if (select_containers(store, "WHERE name = ?1", name, &list, e) < 0)
		return -1;
	if (list.n == 0 && id_is_prefix(name) && select_containers(store, "WHERE id GLOB ?1 LIMIT 2", pattern, &list, e) < 0)
		return -1;
	if (list.n == 0)
		return err_set(e, ERR_NOT_FOUND, "no such container: %s", name_or_prefix);
	if (list.n > 1)
		return err_set(e, ERR_CONFLICT, "Multiple IDs found with provided prefix: %s", name_or_prefix);
	*ret = list.items[0];
	list.items[0] = (struct store_container){ .id = NULL };
	return 0;
}

int store_container_list(struct store *store, struct store_containers *ret, struct err *e)
{
	struct store_containers list = { .items = NULL };

	if (select_containers(store, "ORDER BY created DESC, id", NULL, &list, e) < 0)
		return -1;
	*ret = list;
	return 0;
}
