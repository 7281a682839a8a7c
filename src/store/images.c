/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/status.h"

static const char select_image[] = "SELECT id, record, size, created, added FROM images";

void store_image_done(struct store_image *image)
{
	free(image->id);
	free(image->record);
	strv_done(&image->names);
	*image = (struct store_image){ .id = NULL };
}

void store_images_done(struct store_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		store_image_done(&images->items[i]);
	free(images->items);
	*images = (struct store_images){ .items = NULL };
}

static int insert_all(struct store *store, const char *sql, const char *id, const struct strv *values, struct err *e)
{
	for (size_t i = 0; i < values->n; i++)
		if (DB_RUN(store, sql, NULL, NULL, e, DB_TEXT(id), DB_TEXT(values->items[i])) < 0)
			return -1;
	return 0;
}

static int put(struct store *store, const struct store_image *image, const struct strv *layers, struct err *e)
{
	if (DB_RUN(store, "INSERT INTO images (id, record, size, created, added) VALUES (?1, ?2, ?3, ?4, ?5)"
		   " ON CONFLICT (id) DO UPDATE SET record = ?2, size = ?3", NULL, NULL, e, DB_TEXT(image->id),
		   DB_TEXT(image->record), DB_INT((int64_t)image->size), DB_INT(image->created), DB_INT(image->added)) < 0)
		return -1;
	if (insert_all(store, "INSERT OR IGNORE INTO image_layers (image, layer) VALUES (?1, ?2)", image->id, layers, e) < 0)
		return -1;
	return insert_all(store, "INSERT INTO image_names (image, name) VALUES (?1, ?2)"
			  " ON CONFLICT (name) DO UPDATE SET image = ?1", image->id, &image->names, e);
}

int store_image_put(struct store *store, const struct store_image *image, const struct strv *layers, struct err *e)
{
	if (db_begin(store, e) < 0)
		return -1;
	if (put(store, image, layers, e) == 0)
		return db_commit(store, e);
	db_rollback(store);
	return -1;
}

static int take_image(sqlite3_stmt *row, void *arg, struct err *e)
{
	struct store_images *list = arg;
	struct store_image *image = vec_add(list);

	if (!image)
		return err_nomem(e);
	image->id = db_text(row, 0);
	image->record = db_text(row, 1);
	image->size = (uint64_t)sqlite3_column_int64(row, 2);
	image->created = sqlite3_column_int64(row, 3);
	image->added = sqlite3_column_int64(row, 4);
	return image->id && (image->record || sqlite3_column_type(row, 1) == SQLITE_NULL) ? 0 : err_nomem(e);
}

static int take_text(sqlite3_stmt *row, void *arg, struct err *e)
{
	return strv_take(arg, db_text(row, 0)) < 0 ? err_nomem(e) : 0;
}

static int read_names(struct store *store, struct store_image *image, struct err *e)
{
	return DB_RUN(store, "SELECT name FROM image_names WHERE image = ?1 ORDER BY name", take_text, &image->names, e,
		      DB_TEXT(image->id));
}

/* Images that a statement with one text parameter selects, with their names. */
static int select_images(struct store *store, const char *where, const char *value, struct store_images *ret, struct err *e)
{
	autofree char *sql = str_format("%s %s", select_image, where);
	int r;

	if (!sql)
		return err_nomem(e);
	r = DB_RUN(store, sql, take_image, ret, e, DB_TEXT(value));
	for (size_t i = 0; r == 0 && i < ret->n; i++)
		r = read_names(store, &ret->items[i], e);
	if (r < 0)
		store_images_done(ret);
	return r;
}

/* All names are one query: an image costs a step of a statement, not a statement. */
struct naming {
	struct store_images *images;
	struct store_image **by_id;
};

static int by_id(const void *a, const void *b)
{
	return strcmp((*(struct store_image *const *)a)->id, (*(struct store_image *const *)b)->id);
}

static int take_name(sqlite3_stmt *row, void *arg, struct err *e)
{
	const struct naming *n = arg;
	struct store_image wanted = { .id = (char *)(uintptr_t)sqlite3_column_text(row, 0) }, *key = &wanted;
	struct store_image **found = bsearch(&key, n->by_id, n->images->n, sizeof(*n->by_id), by_id);

	/* One that came between the two queries is not in the list. */
	if (!found)
		return 0;
	return strv_take(&(*found)->names, db_text(row, 1)) < 0 ? err_nomem(e) : 0;
}

static int read_all_names(struct store *store, struct store_images *images, struct err *e)
{
	autofree struct store_image **sorted = calloc(images->n, sizeof(*sorted));
	struct naming naming = { images, sorted };

	if (images->n == 0)
		return 0;
	if (!sorted)
		return err_nomem(e);
	for (size_t i = 0; i < images->n; i++)
		sorted[i] = &images->items[i];
	qsort(sorted, images->n, sizeof(*sorted), by_id);
	return DB_RUN(store, "SELECT image, name FROM image_names ORDER BY name", take_name, &naming, e);
}

int store_image_list(struct store *store, bool records, struct store_images *ret, struct err *e)
{
	static const char *const queries[] = {
		"SELECT id, NULL, size, created, added FROM images ORDER BY created DESC, id",
		"SELECT id, record, size, created, added FROM images ORDER BY created DESC, id",
	};
	cleanup(store_images_done) struct store_images list = { .items = NULL };

	if (DB_RUN(store, queries[records], take_image, &list, e) < 0 || read_all_names(store, &list, e) < 0)
		return -1;
	*ret = list;
	list = (struct store_images){ .items = NULL };
	return 0;
}

static int find_by_id(struct store *store, const char *text, struct store_images *list, struct err *e)
{
	const char *digits = str_starts(text, "sha256:") ? text + strlen("sha256:") : text;
	autofree char *pattern = NULL;

	if (!id_is_prefix(digits))
		return 0;
	pattern = str_format("sha256:%s*", digits);
	return pattern ? select_images(store, "WHERE id GLOB ?1 LIMIT 2", pattern, list, e) : err_nomem(e);
}

int store_image_find(struct store *store, const char *name_or_id, struct store_image *ret, struct err *e)
{
	cleanup(store_images_done) struct store_images list = { .items = NULL };

	if (select_images(store, "WHERE id = (SELECT image FROM image_names WHERE name = ?1)", name_or_id, &list, e) < 0)
		return -1;
	if (list.n == 0 && find_by_id(store, name_or_id, &list, e) < 0)
		return -1;
	if (list.n == 0)
		return err_set(e, ERR_NOT_FOUND, "no such image: %s", name_or_id);
	if (list.n > 1)
		return err_set(e, ERR_CONFLICT, "image id '%s' is ambiguous: more than one begins so", name_or_id);
	*ret = list.items[0];
	list.items[0] = (struct store_image){ .id = NULL };
	return 0;
}

static int take_number(sqlite3_stmt *row, void *arg, struct err *e)
{
	*(int64_t *)arg = sqlite3_column_int64(row, 0);
	return 0;
}

static int untag(struct store *store, const char *name, int64_t *ret_left, struct err *e)
{
	struct strv image = STRV_INIT;
	int r = DB_RUN(store, "DELETE FROM image_names WHERE name = ?1 RETURNING image", take_text, &image, e, DB_TEXT(name));

	if (r == 0 && image.n == 0)
		r = err_set(e, ERR_NOT_FOUND, "no such image: %s", name);
	if (r == 0)
		r = DB_RUN(store, "SELECT count(*) FROM image_names WHERE image = ?1", take_number, ret_left, e,
			   DB_TEXT(image.items[0]));
	strv_done(&image);
	return r;
}

int store_image_untag(struct store *store, const char *name, int64_t *ret_left, struct err *e)
{
	if (db_begin(store, e) < 0)
		return -1;
	if (untag(store, name, ret_left, e) == 0)
		return db_commit(store, e);
	db_rollback(store);
	return -1;
}

struct user {
	char *id;
	uint32_t slot;
};

struct users {
	struct user *items;
	size_t n;
};

static void users_done(struct users *users)
{
	for (size_t i = 0; i < users->n; i++)
		free(users->items[i].id);
	free(users->items);
}

static int take_user(sqlite3_stmt *row, void *arg, struct err *e)
{
	struct user *user = vec_add((struct users *)arg);

	if (!user)
		return err_nomem(e);
	user->id = db_text(row, 0);
	user->slot = (uint32_t)sqlite3_column_int64(row, 1);
	return user->id ? 0 : err_nomem(e);
}

static bool is_running(const struct status_map *map, const struct user *user)
{
	struct status s;

	return map->base && status_read(map, user->slot, &s) == 1 && str_eq(s.id, user->id) && s.state == STATUS_RUNNING;
}

int store_image_user(struct store *store, const char *id, char ret_container[static ID_TEXT], bool *ret_running,
		     struct err *e)
{
	cleanup(users_done) struct users users = { .items = NULL };
	autostatus struct status_map map = STATUS_MAP_INIT;
	const struct user *found = NULL;

	if (DB_RUN(store, "SELECT id, slot FROM main.containers WHERE image_id = ?1 UNION ALL"
		   " SELECT id, slot FROM run.containers WHERE image_id = ?1", take_user, &users, e, DB_TEXT(id)) < 0)
		return -1;
	(void)status_open(store->instance->run_fd, false, &map, NULL);
	*ret_running = false;
	for (size_t i = 0; i < users.n && !*ret_running; i++) {
		*ret_running = is_running(&map, &users.items[i]);
		if (!found || *ret_running)
			found = &users.items[i];
	}
	if (!found)
		return 0;
	(void)snprintf(ret_container, ID_TEXT, "%s", found->id);
	return 1;
}

/* A stopped container may lose its image by force; under a running one the layers stay. */
static int refuse_used(struct store *store, const char *id, bool force, struct err *e)
{
	char container[ID_TEXT];
	bool running;
	int used = store_image_user(store, id, container, &running, e);

	if (used <= 0 || (force && !running))
		return used < 0 ? -1 : 0;
	return err_set(e, ERR_CONFLICT, "conflict: unable to delete %.12s (%s be forced) - image is being used by %s container %.12s",
		       id + strlen("sha256:"), running ? "cannot" : "must", running ? "running" : "stopped", container);
}

static int delete_image(struct store *store, const char *id, bool force, struct strv *layers, struct err *e)
{
	if (refuse_used(store, id, force, e) < 0)
		return -1;
	if (DB_RUN(store, "SELECT layer FROM image_layers WHERE image = ?1 AND layer NOT IN"
		   " (SELECT layer FROM image_layers WHERE image <> ?1)", take_text, layers, e, DB_TEXT(id)) < 0)
		return -1;
	return DB_RUN(store, "DELETE FROM images WHERE id = ?1", NULL, NULL, e, DB_TEXT(id));
}

int store_image_delete(struct store *store, const char *id, bool force, struct strv *ret_layers, struct err *e)
{
	struct strv layers = STRV_INIT;

	if (db_begin(store, e) < 0)
		return -1;
	if (delete_image(store, id, force, &layers, e) < 0) {
		db_rollback(store);
		strv_done(&layers);
		return -1;
	}
	if (db_commit(store, e) < 0) {
		strv_done(&layers);
		return -1;
	}
	*ret_layers = layers;
	return 0;
}
