/* SPDX-License-Identifier: Apache-2.0 */
#include "image/credential.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "base/decode.h"
#include "base/file.h"
#include "base/io.h"
#include "base/path.h"
#include "image/credential_helper.h"

enum { FILE_MAX = 4 << 20 };

static void clear(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void credential_done(struct credential *c)
{
	clear(&c->user);
	clear(&c->password);
	clear(&c->token);
}

/* ---- the files ---- */

struct login {
	char *key;
	char *auth, *user, *password, *token;
};

struct logins {
	struct { struct login *items; size_t n; } auths;
	struct strmap helpers;
	char *store;
};

PRIVATE_TABLE(login_table, struct login,
	DECODE_ROW(struct login, "auth", auth, DECODE_STRING),
	DECODE_ROW(struct login, "username", user, DECODE_STRING),
	DECODE_ROW(struct login, "password", password, DECODE_STRING),
	DECODE_ROW(struct login, "identitytoken", token, DECODE_STRING),
);

PRIVATE_TABLE(logins_table, struct logins,
	DECODE_ROW(struct logins, "auths", auths, DECODE_MAP, .table = &login_table),
	DECODE_ROW(struct logins, "credHelpers", helpers, DECODE_STRMAP),
	DECODE_ROW(struct logins, "credsStore", store, DECODE_STRING),
);

static void logins_done(struct logins *l)
{
	for (size_t i = 0; i < l->auths.n; i++) {
		struct login *login = &l->auths.items[i];

		clear(&login->auth);
		clear(&login->password);
		clear(&login->token);
	}
	decode_done(&logins_table, l);
}

static int add_place(struct strv *places, const char *directory, const char *name)
{
	return directory && directory[0] ? strv_addf(places, "%s/%s", directory, name) : 0;
}

/* The files that count, the first is the one that a login is kept in. */
static int places_of(const char *authfile, struct strv *ret, struct err *e)
{
	const char *home = getenv("HOME"), *docker = getenv("DOCKER_CONFIG"), *config = getenv("XDG_CONFIG_HOME");
	const char *one = authfile ? authfile : getenv("REGISTRY_AUTH_FILE");
	int r;

	if (one && one[0])
		return strv_add(ret, one) < 0 ? err_nomem(e) : 0;
	r = docker && docker[0] ? add_place(ret, docker, "config.json") : add_place(ret, home, ".docker/config.json");
	if (r == 0)
		r = add_place(ret, getenv("XDG_RUNTIME_DIR"), "containers/auth.json");
	if (r == 0)
		r = config && config[0] ? add_place(ret, config, "containers/auth.json") :
					  add_place(ret, home, ".config/containers/auth.json");
	return r < 0 ? err_nomem(e) : 0;
}

static int read_file(const char *path, struct str *to, struct err *e)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	int r;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	r = fd < 0 ? fd : io_read_all(fd, FILE_MAX, to);
	return r < 0 ? err_sys(e, -r, "read '%s'", path) : 0;
}

/* A file that is not there knows nothing. */
static int read_logins(const char *path, struct logins *ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	int r;

	*ret = (struct logins){ .store = NULL };
	if (read_file(path, &text, e) < 0)
		return -1;
	if (text.len == 0)
		return 0;
	r = decode_text(&logins_table, text.data, text.len, ret, e);
	explicit_bzero(text.data, text.len);
	return r < 0 ? err_prefix(e, "'%s'", path) : 0;
}

/* ---- keys ---- */

#define HUB_KEY "https://index.docker.io/v1/"

/* What a login of the host is filed under. */
static const char *key_of(const char *host)
{
	return str_eq(host, "docker.io") ? HUB_KEY : host;
}

/* "https://host/v1/" and "host" are one; a namespace behind the host stays. */
static void plain_key(const char *key, char *to, size_t size)
{
	const char *at = strstr(key, "://") ? strstr(key, "://") + 3 : key;
	size_t n = strlen(at);

	while (n && at[n - 1] == '/')
		n--;
	if (n >= 3 && (strncmp(at + n - 3, "/v1", 3) == 0 || strncmp(at + n - 3, "/v2", 3) == 0))
		n -= 3;
	if (n == 15 && strncmp(at, "index.docker.io", n) == 0) {
		at = "docker.io";
		n = 9;
	}
	if (n >= size)
		n = 0;
	memcpy(to, at, n);
	to[n] = '\0';
}

/* How much of "host/namespace/name" the key covers; 0: it is another's. */
static size_t covers(const char *key, const char *whole, const char *host)
{
	char plain[512];
	size_t n;

	plain_key(key, plain, sizeof(plain));
	n = strlen(plain);
	if (n < strlen(host) || strncmp(plain, whole, n) != 0 || (whole[n] != '\0' && whole[n] != '/'))
		return 0;
	return n;
}

static int take_login(const struct login *login, struct credential *ret, struct err *e)
{
	autostr struct str pair = STR_INIT;
	char *colon;

	if (login->token && login->token[0]) {
		ret->token = strdup(login->token);
		return ret->token ? 0 : err_nomem(e);
	}
	if (login->auth && login->auth[0]) {
		if (base64_decode(&pair, login->auth, strlen(login->auth)) < 0 ||
		    !(colon = strchr(str_text(&pair), ':')))
			return err_set(e, ERR_INVALID, "the login for '%s' is no base64 of a name and a password", login->key);
		ret->user = strndup(pair.data, (size_t)(colon - pair.data));
		ret->password = strdup(colon + 1);
		explicit_bzero(pair.data, pair.len);
		return ret->user && ret->password ? 0 : err_nomem(e);
	}
	if (!login->user || !login->password)
		return 0;
	ret->user = strdup(login->user);
	ret->password = strdup(login->password);
	return ret->user && ret->password ? 0 : err_nomem(e);
}

static const struct login *best_login(const struct logins *l, const char *host, const char *repository)
{
	autofree char *whole = str_format("%s/%s", host, repository ? repository : "");
	const struct login *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; whole && i < l->auths.n; i++) {
		size_t n = covers(l->auths.items[i].key, whole, host);

		if (n > longest) {
			longest = n;
			best = &l->auths.items[i];
		}
	}
	return best;
}

static const char *helper_of(const struct logins *l, const char *host)
{
	const char *helper = strmap_get(&l->helpers, key_of(host));

	if (!helper)
		helper = strmap_get(&l->helpers, host);
	return helper ? helper : l->store;
}

static int find_in(const struct logins *l, const char *host, const char *repository, struct credential *ret, struct err *e)
{
	const char *helper = helper_of(l, host);
	const struct login *login;

	if (helper && helper[0]) {
		int r = credential_helper_get(helper, key_of(host), ret, e);

		if (r != 0)
			return r;
	}
	login = best_login(l, host, repository);
	return login ? take_login(login, ret, e) : 0;
}

int credential_find(const char *authfile, const char *host, const char *repository, struct credential *ret, struct err *e)
{
	autostrv struct strv places = STRV_INIT;

	if (places_of(authfile, &places, e) < 0)
		return -1;
	for (size_t i = 0; i < places.n; i++) {
		struct logins logins;
		int r;

		if (read_logins(places.items[i], &logins, e) < 0)
			return -1;
		r = find_in(&logins, host, repository, ret, e);
		logins_done(&logins);
		if (r < 0)
			return err_prefix(e, "'%s'", places.items[i]);
		if (ret->token || (ret->user && ret->password))
			return 0;
	}
	return 0;
}

/* ---- changing a file ---- */

struct edit {
	struct json_writer w;
	const char *key;	    /* the login that changes */
	const char *auth, *token; /* what it becomes; both NULL: nothing */
	bool found, in_auths;
};

static int copy_member(const char *key, const struct json *value, void *arg)
{
	struct edit *edit = arg;
	autostr struct str text = STR_INIT;

	if (edit->in_auths && str_eq(key, edit->key)) {
		edit->found = true;
		return 0;
	}
	json_print(value, &text);
	json_add_raw(&edit->w, key, str_text(&text));
	return text.failed ? -ENOMEM : 0;
}

static int edit_auths(struct edit *edit, const struct json *auths)
{
	int r = 0;

	json_object_begin(&edit->w, "auths");
	edit->in_auths = true;
	if (auths)
		r = json_each(auths, copy_member, edit);
	edit->in_auths = false;
	if (edit->auth || edit->token) {
		json_object_begin(&edit->w, edit->key);
		if (edit->auth)
			json_add_string(&edit->w, "auth", edit->auth);
		if (edit->token)
			json_add_string(&edit->w, "identitytoken", edit->token);
		json_object_end(&edit->w);
	}
	json_object_end(&edit->w);
	return r;
}

static int edit_member(const char *key, const struct json *value, void *arg)
{
	return str_eq(key, "auths") ? 0 : copy_member(key, value, arg);
}

static int write_file(const char *path, const struct str *text, struct err *e)
{
	const char *slash = strrchr(path, '/');
	autofree char *directory = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	autofd int dir = -EBADF;

	if (!directory)
		return err_nomem(e);
	dir = path_open(AT_FDCWD, directory, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	if (dir == -ENOENT && mkdirat(AT_FDCWD, directory, 0700) == 0)
		dir = path_open(AT_FDCWD, directory, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	if (dir < 0)
		return err_sys(e, -dir, "open '%s'", directory);
	return file_replace(dir, slash ? slash + 1 : path, text->data, text->len, 0600, FILE_DURABLE, e);
}

/* 1: the login was there before, 0, -1. What else the file says stays. */
static int edit_file(const char *path, struct edit *edit, struct err *e)
{
	autostr struct str text = STR_INIT, result = STR_INIT;
	autojson struct json *root = NULL;
	int r;

	if (read_file(path, &text, e) < 0)
		return -1;
	if (text.len && json_parse(text.data, text.len, &root, e) < 0)
		return err_prefix(e, "'%s'", path);
	if (root && json_kind(root) != JSON_OBJECT)
		return err_set(e, ERR_INVALID, "'%s': %s, an object is wanted", path, json_kind_name(json_kind(root)));
	edit->w = (struct json_writer){ .out = &result, .indent = JSON_TABS };
	json_object_begin(&edit->w, NULL);
	r = edit_auths(edit, root ? json_get(root, "auths") : NULL);
	if (r == 0 && root)
		r = json_each(root, edit_member, edit);
	json_object_end(&edit->w);
	str_add_char(&result, '\n');
	if (r < 0 || result.failed)
		return err_nomem(e);
	if ((edit->found || edit->auth || edit->token) && write_file(path, &result, e) < 0)
		return -1;
	explicit_bzero(result.data, result.len);
	return edit->found;
}

static int first_place(const char *authfile, char **ret_path, struct logins *ret, struct err *e)
{
	autostrv struct strv places = STRV_INIT;
	autofree char *path = NULL;

	if (places_of(authfile, &places, e) < 0)
		return -1;
	if (places.n == 0)
		return err_set(e, ERR_NOT_FOUND, "there is no HOME to keep a login in: say --authfile");
	path = strdup(places.items[0]);
	if (!path)
		return err_nomem(e);
	if (read_logins(path, ret, e) < 0)
		return -1;
	*ret_path = take_ptr(path);
	return 0;
}

int credential_store(const char *authfile, const char *host, const struct credential *c, char **ret_path, struct err *e)
{
	autofree char *path = NULL, *pair = NULL;
	autostr struct str auth = STR_INIT;
	struct edit edit = { .key = key_of(host), .token = c->token };
	struct logins logins;
	const char *helper;
	int r;

	if (first_place(authfile, &path, &logins, e) < 0)
		return -1;
	helper = helper_of(&logins, host);
	if (helper && helper[0]) {
		r = credential_helper_store(helper, key_of(host), c, e);
		logins_done(&logins);
		return r;
	}
	logins_done(&logins);
	pair = str_format("%s:%s", c->user ? c->user : "", c->password ? c->password : "");
	if (!pair)
		return err_nomem(e);
	base64_encode(&auth, pair, strlen(pair));
	explicit_bzero(pair, strlen(pair));
	edit.auth = str_text(&auth);
	r = edit_file(path, &edit, e);
	if (auth.data)
		explicit_bzero(auth.data, auth.len);
	*ret_path = r < 0 ? NULL : take_ptr(path);
	return r < 0 ? -1 : 0;
}

int credential_erase(const char *authfile, const char *host, struct err *e)
{
	struct edit edit = { .key = key_of(host) };
	autofree char *path = NULL;
	struct logins logins;
	const char *helper;
	int r = 0, erased;

	if (first_place(authfile, &path, &logins, e) < 0)
		return -1;
	helper = helper_of(&logins, host);
	if (helper && helper[0])
		r = credential_helper_erase(helper, key_of(host), e);
	logins_done(&logins);
	if (r < 0)
		return -1;
	erased = edit_file(path, &edit, e);
	return erased < 0 ? -1 : erased || r;
}
