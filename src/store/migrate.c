/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

/*
 * The schema as a list of steps: row N brings a database of version N to N + 1. A row that was released never changes.
 */

#include "base/own.h"
#include "base/str.h"

static const char *const steps[] = {
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
};

static int read_version(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	(void)sqlite3_finalize(statement);
	return version;
}

/* Two openers may arrive at once: the version is read again inside of the transaction. */
static int advance(sqlite3 *db, struct err *e)
{
	int version;
	bool ok = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;

	version = ok ? read_version(db) : -1;
	for (size_t i = (size_t)version; ok && version >= 0 && i < ARRAY_SIZE(steps); i++) {
		autofree char *mark = str_format("PRAGMA user_version=%zu", i + 1);

		ok = mark && sqlite3_exec(db, steps[i], NULL, NULL, NULL) == SQLITE_OK &&
		     sqlite3_exec(db, mark, NULL, NULL, NULL) == SQLITE_OK;
	}
	if (ok && version >= 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	(void)err_set(e, ERR_INTERNAL, "bring the database up to date: %s", sqlite3_errmsg(db));
	(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int db_migrate(sqlite3 *db, struct err *e)
{
	int version = read_version(db);

	if (version < 0)
		return err_set(e, ERR_INTERNAL, "the database cannot be read: %s", sqlite3_errmsg(db));
	if (version > (int)ARRAY_SIZE(steps))
		return err_set(e, ERR_UNSUPPORTED, "the database has version %d, this lighter knows %zu: it is older", version,
			       ARRAY_SIZE(steps));
	return version == (int)ARRAY_SIZE(steps) ? 0 : advance(db, e);
}
