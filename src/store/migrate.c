/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

/*
 * The schema as lists of steps: row N brings a database of version N to N + 1. A row that was released never changes.
 * The database of the run root lives for one boot, so it is always made anew: its list has one row, and a new form of it
 * has a new file name (db.c).
 */

#include <stdio.h>

#include "base/own.h"

static const char *const durable[] = {
	/* 1 */
	"CREATE TABLE images (id TEXT PRIMARY KEY, record TEXT NOT NULL, size INTEGER NOT NULL, created INTEGER NOT NULL,"
	" added INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE image_names (name TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE)"
	" WITHOUT ROWID;"
	"CREATE INDEX image_names_image ON image_names(image);"
	"CREATE TABLE image_layers (image TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE, layer TEXT NOT NULL,"
	" PRIMARY KEY (image, layer)) WITHOUT ROWID;"
	"CREATE INDEX image_layers_layer ON image_layers(layer);"
	"CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image TEXT NOT NULL,"
	" image_id TEXT NOT NULL, command TEXT NOT NULL, created INTEGER NOT NULL, slot INTEGER NOT NULL UNIQUE,"
	" remove INTEGER NOT NULL, boot_id TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX containers_created ON containers(created);"
	"CREATE INDEX containers_image ON containers(image_id);",
	/* 2: --rm containers moved to the run root; each index costs every creation a page */
	"DROP INDEX containers_created;"
	"DROP INDEX containers_image;"
	"DELETE FROM containers WHERE remove = 1;"
	"ALTER TABLE containers DROP COLUMN remove;"
	"ALTER TABLE containers DROP COLUMN boot_id;",
	/* 3: a list of images reads its own columns, not a page of every record */
	"CREATE INDEX images_listed ON images(created DESC, id, size, added);",
};

static const char *const one_boot[] = {
	"CREATE TABLE run.containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image TEXT NOT NULL,"
	" image_id TEXT NOT NULL, command TEXT NOT NULL, created INTEGER NOT NULL, slot INTEGER NOT NULL UNIQUE)"
	" WITHOUT ROWID;",
};

static const struct schema {
	const char *name; /* of the database in this connection */
	const char *const *steps;
	size_t n;
} schemas[] = {
	{ "main", durable, ARRAY_SIZE(durable) },
	{ "run", one_boot, ARRAY_SIZE(one_boot) },
};

static int read_version(sqlite3 *db, const char *name)
{
	char sql[64];
	sqlite3_stmt *statement = NULL;
	int version = -1;

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s.user_version", name);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	return version;
}

__attribute__((format(printf, 2, 3))) static bool run_pragma(sqlite3 *db, const char *format, ...)
{
	char sql[64];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sql, sizeof(sql), format, args);
	va_end(args);
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Two openers may arrive at once: the version is read again inside of the transaction. */
static int advance(struct store *store, const struct schema *s, struct err *e)
{
	sqlite3 *db = store->db;
	bool ok = run_pragma(db, "PRAGMA %s.journal_mode=WAL", s->name) &&
		  sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
	int version = ok ? read_version(db, s->name) : -1;

	for (size_t i = (size_t)version; ok && version >= 0 && i < s->n; i++)
		ok = sqlite3_exec(db, s->steps[i], NULL, NULL, NULL) == SQLITE_OK &&
		     run_pragma(db, "PRAGMA %s.user_version=%zu", s->name, i + 1);
	if (ok && version >= 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	(void)db_error(store, sqlite3_errcode(db), "bring up to date", e);
	(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int db_migrate(struct store *store, struct err *e)
{
	for (const struct schema *s = schemas; s < schemas + ARRAY_SIZE(schemas); s++) {
		int version = read_version(store->db, s->name);

		if (version < 0)
			return db_error(store, sqlite3_errcode(store->db), "read the version", e);
		if (version > (int)s->n)
			return err_set(e, ERR_UNSUPPORTED, "the database has version %d, this lighter knows %zu: it is older",
				       version, s->n);
		if (version < (int)s->n && advance(store, s, e) < 0)
			return -1;
	}
	return 0;
}
