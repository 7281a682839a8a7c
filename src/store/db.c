/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lock.h"
#include "base/own.h"
#include "base/path.h"
#include "base/proc_stat.h"
#include "base/str.h"
#include "base/weaken.h"

static const char *const databases[] = { "main", "run" };

enum { BUSY_MS = 10000, WAL_PAGES = 128 };

/* SQLite's locks of a database are POSIX locks on the file beside it: the kernel knows whose they are. */
static pid_t db_holder(const struct store *store)
{
	pid_t holder = 0;

	for (size_t i = 0; i < ARRAY_SIZE(databases) && holder == 0; i++) {
		const char *path = sqlite3_db_filename(store->db, databases[i]);
		autofree char *beside = path ? str_format("%s-shm", path) : NULL;
		autofd int fd = beside ? path_open(AT_FDCWD, beside, PATH_HOST, O_PATH, 0) : -EBADF;
		struct stat st;

		if (fd >= 0 && fstat(fd, &st) == 0)
			holder = lock_holder(&st);
	}
	return holder;
}

static int db_busy(const struct store *store, struct err *e)
{
	pid_t holder = db_holder(store);
	struct proc_stat stat;

	if (holder == 0 || proc_stat_read(holder, &stat) < 0)
		return err_set(e, ERR_DEADLINE, "'%s/lighter.db' is busy", store->instance->root);
	return err_set(e, ERR_DEADLINE, "'%s/lighter.db' is busy: process %d (%s%s) holds its lock", store->instance->root, holder,
		       stat.name, stat.state == 'T' || stat.state == 't' ? ", stopped" : "");
}

int db_error(struct store *store, int code, const char *what, struct err *e)
{
	static const struct { int code; enum err_code err; } codes[] = {
		{ SQLITE_FULL, ERR_EXHAUSTED },	  { SQLITE_NOMEM, ERR_EXHAUSTED }, { SQLITE_READONLY, ERR_DENIED },
		{ SQLITE_PERM, ERR_DENIED },	  { SQLITE_CANTOPEN, ERR_UNAVAILABLE }, { SQLITE_CONSTRAINT, ERR_CONFLICT },
	};
	enum err_code err = ERR_INTERNAL;

	/* PROTOCOL: a reader has looked for too long at an index that another one is to make. */
	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_PROTOCOL)
		return db_busy(store, e);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == (code & 0xff))
			err = codes[i].err;
	return err_set(e, err, "%s in '%s/lighter.db': %s", what, store->instance->root,
		       store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code));
}

static int db_bind(sqlite3_stmt *statement, const struct db_value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int at = (int)i + 1;
		int code = !values[i].is_text ? sqlite3_bind_int64(statement, at, values[i].number) :
			   values[i].text     ? sqlite3_bind_text(statement, at, values[i].text, -1, SQLITE_STATIC) :
						sqlite3_bind_null(statement, at);

		if (code != SQLITE_OK)
			return code;
	}
	return SQLITE_OK;
}

static int db_run_opened(struct store *store, const char *sql, const struct db_value *values, size_t n, db_row row,
			 void *arg, struct err *e)
{
	sqlite3_stmt *statement = NULL;
	int code, r = 0;

	code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = db_bind(statement, values, n);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW && row)
			r = row(statement, arg, e);
		if (r < 0)
			break;
	}
	if (r == 0 && code != SQLITE_DONE)
		r = db_error(store, code, "statement", e);
	(void)sqlite3_finalize(statement);
	return r;
}

#define DB_OPENED(store, sql, e, ...)                                                              \
	({                                                                                         \
		const struct db_value values_[] = { __VA_ARGS__ };                                 \
		db_run_opened(store, sql, values_, sizeof(values_) / sizeof(values_[0]), NULL, NULL, e); \
	})

/* The boot is in the name: after a reboot, or a power cut that tore it, nobody looks at the file again. */
static int db_attach(struct store *store, struct err *e)
{
	autofree char *path = str_format("%s/" STORE_RUN_PREFIX "%s.db", store->instance->run_root, store->instance->boot_id);
	int r = path ? DB_OPENED(store, "ATTACH DATABASE ?1 AS run", e, DB_TEXT(path)) : err_nomem(e);

	return r < 0 ? err_prefix(e, "attach '%s'", path ? path : "") : 0;
}

/*
 * The last connection's close would checkpoint and sync: a command line that wrote one row cannot wait for that. The
 * log is kept short instead, because the first connection reads it whole.
 */
static int db_settings(struct store *store, struct err *e)
{
	static const char *const pragmas[] = { "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF",
					       "PRAGMA run.synchronous=OFF" };
	int on = 1;

	(void)sqlite3_busy_timeout(store->db, BUSY_MS);
	(void)sqlite3_wal_autocheckpoint(store->db, WAL_PAGES);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (db_attach(store, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(databases); i++)
		(void)sqlite3_file_control(store->db, databases[i], SQLITE_FCNTL_PERSIST_WAL, &on);
	for (size_t i = 0; i < ARRAY_SIZE(pragmas); i++)
		if (DB_OPENED(store, pragmas[i], e) < 0)
			return -1;
	if (weakened("store-sync") && DB_OPENED(store, "PRAGMA main.synchronous=OFF", e) < 0)
		return -1;
	return db_migrate(store, e);
}

/* Ctrl-Z would stop us with a lock for which every other command line waits: it comes when the lock is gone. */
static void db_hold(struct store *store)
{
	sigset_t stop;

	if (store->holds++ > 0)
		return;
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &stop, &store->before);
}

static void db_release(struct store *store)
{
	if (--store->holds == 0)
		(void)sigprocmask(SIG_SETMASK, &store->before, NULL);
}

static int db_open(struct store *store, struct err *e)
{
	autofree char *path = NULL;
	int code;

	path = str_format("%s/lighter.db", store->instance->root);
	if (!path)
		return err_nomem(e);
	code = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		(void)db_error(store, code, "open", e);
	if (code == SQLITE_OK && db_settings(store, e) == 0)
		return 0;
	(void)sqlite3_close_v2(take_ptr(store->db));
	return -1;
}

int db_need(struct store *store, struct err *e)
{
	int r = 0;

	if (!store->db) {
		db_hold(store);
		r = db_open(store, e);
		db_release(store);
	}
	return r;
}

int db_run(struct store *store, const char *sql, const struct db_value *values, size_t n, db_row row, void *arg,
	   struct err *e)
{
	int r;

	db_hold(store);
	r = db_need(store, e) < 0 ? -1 : db_run_opened(store, sql, values, n, row, arg, e);
	db_release(store);
	return r;
}

int db_begin(struct store *store, struct err *e)
{
	db_hold(store);
	if (DB_RUN(store, "BEGIN IMMEDIATE", NULL, NULL, e) == 0)
		return 0;
	db_release(store);
	return -1;
}

int db_commit(struct store *store, struct err *e)
{
	if (DB_RUN(store, "COMMIT", NULL, NULL, e) < 0) {
		db_rollback(store);
		return -1;
	}
	db_release(store);
	return 0;
}

void db_rollback(struct store *store)
{
	(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	db_release(store);
}

char *db_text(sqlite3_stmt *row, int column)
{
	const unsigned char *text = sqlite3_column_text(row, column);

	return text ? strdup((const char *)text) : NULL;
}

int store_open(struct instance *instance, struct store **ret, struct err *e)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return err_nomem(e);
	store->instance = instance;
	*ret = store;
	return 0;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	(void)sqlite3_close_v2(store->db);
	free(store);
}

struct instance *store_instance(struct store *store)
{
	return store->instance;
}
