/* SPDX-License-Identifier: Apache-2.0 */
#include "image/registries.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/io.h"
#include "base/path.h"
#include "base/toml.h"

PRIVATE_TABLE(mirror_table, struct registries_mirror,
	DECODE_ROW(struct registries_mirror, "location", location, DECODE_STRING, .flags = DECODE_REQUIRED),
	DECODE_ROW(struct registries_mirror, "insecure", insecure, DECODE_BOOL),
	DECODE_ROW(struct registries_mirror, "pull-from-mirror", pull, DECODE_STRING),
);

#define ENTRY(name, member, kind, ...) DECODE_ROW(struct registries_entry, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(entry_table, struct registries_entry,
	ENTRY("prefix", prefix, DECODE_STRING),
	ENTRY("location", location, DECODE_STRING),
	ENTRY("insecure", insecure, DECODE_BOOL),
	ENTRY("blocked", blocked, DECODE_BOOL),
	ENTRY("mirror-by-digest-only", by_digest, DECODE_BOOL),
	ENTRY("mirror", mirrors, DECODE_ARRAY, .table = &mirror_table),
);

PRIVATE_TABLE(registries_table, struct registries,
	DECODE_ROW(struct registries, "unqualified-search-registries", search, DECODE_STRV),
	DECODE_ROW(struct registries, "short-name-mode", short_mode, DECODE_STRING),
	DECODE_ROW(struct registries, "aliases", aliases, DECODE_STRMAP),
	DECODE_ROW(struct registries, "registry", entries, DECODE_ARRAY, .table = &entry_table),
);

void registries_done(struct registries *r)
{
	decode_done(&registries_table, r);
}

/* ---- one document ---- */

static bool known_word(const char *word, const char *const *words)
{
	if (!word)
		return true;
	for (; *words; words++)
		if (str_eq(word, *words))
			return true;
	return false;
}

static int check(const struct registries *r, struct err *e)
{
	static const char *const modes[] = { "enforcing", "permissive", "disabled", NULL };
	static const char *const pulls[] = { "all", "digest-only", "tag-only", NULL };

	if (!known_word(r->short_mode, modes))
		return err_set(e, ERR_INVALID, "short-name-mode: '%.100s' is not enforcing, permissive or disabled", r->short_mode);
	for (size_t i = 0; i < r->entries.n; i++) {
		const struct registries_entry *entry = &r->entries.items[i];

		if (!entry->prefix && !entry->location)
			return err_set(e, ERR_INVALID, "registry %zu has neither a prefix nor a location", i + 1);
		if (entry->prefix && str_starts(entry->prefix, "*.") && entry->location && entry->location[0] == '*')
			return err_set(e, ERR_INVALID, "registry '%.200s': a location has no '*'", entry->prefix);
		for (size_t k = 0; k < entry->mirrors.n; k++)
			if (!known_word(entry->mirrors.items[k].pull, pulls))
				return err_set(e, ERR_INVALID, "mirror '%.200s': pull-from-mirror: '%.100s' is not all, "
					       "digest-only or tag-only", entry->mirrors.items[k].location,
					       entry->mirrors.items[k].pull);
	}
	return 0;
}

static const char *prefix_of(const struct registries_entry *entry)
{
	return entry->prefix && entry->prefix[0] ? entry->prefix : entry->location;
}

static int put_entry(struct registries *r, struct registries_entry *new)
{
	struct registries_entry *at = NULL;

	for (size_t i = 0; i < r->entries.n; i++)
		if (str_eq(prefix_of(&r->entries.items[i]), prefix_of(new)))
			at = &r->entries.items[i];
	if (at)
		decode_done(&entry_table, at);
	else
		at = vec_add(&r->entries);
	if (!at)
		return -ENOMEM;
	*at = *new;
	*new = (struct registries_entry){ NULL };
	return 0;
}

static int merge(struct registries *r, struct registries *new)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < new->entries.n; i++)
		result = put_entry(r, &new->entries.items[i]);
	for (size_t i = 0; result == 0 && i + 1 < new->aliases.pairs.n; i += 2)
		result = strmap_set(&r->aliases, new->aliases.pairs.items[i], new->aliases.pairs.items[i + 1]);
	if (new->search.n) {
		strv_done(&r->search);
		r->search = new->search;
		new->search = (struct strv)STRV_INIT;
	}
	if (new->short_mode) {
		free(r->short_mode);
		r->short_mode = take_ptr(new->short_mode);
	}
	return result;
}

int registries_read(struct registries *r, const char *toml, size_t len, struct err *e)
{
	autostr struct str json = STR_INIT;
	struct registries new;
	int result;

	if (toml_to_json(toml, len, &json, e) < 0 || decode_text(&registries_table, str_text(&json), json.len, &new, e) < 0)
		return -1;
	result = check(&new, e);
	if (result == 0 && merge(r, &new) < 0)
		result = err_nomem(e);
	registries_done(&new);
	return result;
}

/* ---- files ---- */

static int read_one(struct registries *r, int dir, const char *path, struct err *e)
{
	autostr struct str text = STR_INIT;
	autofd int fd = path_open(dir, path, PATH_HOST, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	int result;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 1;
	result = fd < 0 ? fd : io_read_all(fd, TOML_MAX, &text);
	if (result < 0)
		return err_sys(e, -result, "read '%s'", path);
	return registries_read(r, str_text(&text), text.len, e) < 0 ? err_prefix(e, "'%s'", path) : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_folder(struct registries *r, const char *path, struct err *e)
{
	int fd = path_open(AT_FDCWD, path, PATH_HOST, O_RDONLY | O_DIRECTORY, 0), result = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	autostrv struct strv names = STRV_INIT;
	struct dirent *entry;

	if (!d) {
		own_close(&fd);
		return fd == -ENOENT ? 0 : err_sys(e, fd < 0 ? -fd : errno, "read '%s'", path);
	}
	while (result == 0 && (entry = readdir(d)))
		if (str_ends(entry->d_name, ".conf") && strv_addf(&names, "%s/%s", path, entry->d_name) < 0)
			result = err_nomem(e);
	(void)closedir(d);
	if (names.n)
		qsort(names.items, names.n, sizeof(*names.items), by_name);
	for (size_t i = 0; result == 0 && i < names.n; i++)
		result = read_one(r, AT_FDCWD, names.items[i], e) < 0 ? -1 : 0;
	return result;
}

static int add_files(struct strv *to)
{
	const char *said = getenv("CONTAINERS_REGISTRIES_CONF"), *home = getenv("HOME");

	if (said && said[0])
		return strv_add(to, said);
	if (home && home[0] && strv_addf(to, "%s/.config/containers/registries.conf", home) < 0)
		return -ENOMEM;
	return strv_add(to, "/etc/containers/registries.conf");
}

int registries_load(struct registries *ret, struct err *e)
{
	autostrv struct strv files = STRV_INIT;
	struct registries r = { .short_mode = NULL };
	int result = 1;

	if (add_files(&files) < 0)
		return err_nomem(e);
	for (size_t i = 0; result == 1 && i < files.n; i++)
		result = read_one(&r, AT_FDCWD, files.items[i], e);
	/* The user's folder has the last word. */
	for (size_t i = files.n; result >= 0 && i-- > 0;) {
		autofree char *folder = str_format("%s.d", files.items[i]);

		result = folder ? read_folder(&r, folder, e) : err_nomem(e);
	}
	if (result < 0) {
		registries_done(&r);
		return -1;
	}
	*ret = r;
	return 0;
}

/* ---- looking up ---- */

/* How much of the name a prefix covers; 0: nothing. "*.example.com" covers hosts below it. */
static size_t covers(const char *prefix, const char *name)
{
	size_t n = strlen(prefix), host = strcspn(name, "/");

	if (str_starts(prefix, "*.")) {
		const char *rest = prefix + 1;
		size_t domain = strcspn(rest, "/"), len = strlen(rest);
		const char *at = host > domain ? name + host - domain : NULL;

		return at && strncmp(at, rest, len) == 0 && (at[len] == '\0' || strchr("/:@", at[len])) ?
			       (size_t)(at - name) + len : 0;
	}
	return strncmp(name, prefix, n) == 0 && (name[n] == '\0' || strchr("/:@", name[n])) ? n : 0;
}

const struct registries_entry *registries_find(const struct registries *r, const char *name)
{
	const struct registries_entry *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < r->entries.n; i++) {
		size_t n = covers(prefix_of(&r->entries.items[i]), name);

		if (n > longest) {
			longest = n;
			best = &r->entries.items[i];
		}
	}
	return best;
}

char *registries_moved(const struct registries_entry *entry, const char *location, const char *name)
{
	size_t n = covers(prefix_of(entry), name);

	return location && location[0] ? str_format("%s%s", location, name + n) : strdup(name);
}

static bool has_host(const char *typed)
{
	size_t n = strcspn(typed, "/");

	return typed[n] && (memchr(typed, '.', n) || memchr(typed, ':', n) || (n == 9 && strncmp(typed, "localhost", n) == 0));
}

static int several(const struct registries *r, const char *typed, struct err *e)
{
	autostr struct str names = STR_INIT;

	for (size_t i = 0; i < r->search.n; i++)
		str_addf(&names, "%s%s/%s", i ? ", " : "", r->search.items[i], typed);
	return err_set(e, ERR_INVALID, "short name '%s' may be %s: say which, or make an alias of it in registries.conf", typed,
		       str_text(&names));
}

int registries_short(const struct registries *r, const char *typed, char **ret, struct err *e)
{
	size_t n = strcspn(typed, ":@");
	autofree char *bare = strndup(typed, n);
	const char *alias;

	if (!bare)
		return err_nomem(e);
	if (has_host(typed))
		return 0;
	alias = strmap_get(&r->aliases, bare);
	if (alias)
		*ret = str_format("%s%s", alias, typed + n);
	else if (r->search.n > 1 && (!r->short_mode || str_eq(r->short_mode, "enforcing")))
		return several(r, typed, e);
	else if (r->search.n > 0)
		*ret = str_format("%s/%s", r->search.items[0], typed);
	else
		return 0;
	return *ret ? 0 : err_nomem(e);
}
