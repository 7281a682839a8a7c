/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A helper that knows nothing says so by a text and a status of 1. What it says otherwise is told with its name, except
 * what `get` says, which may be a secret.
 */

#include "image/credential_helper.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/decode.h"
#include "base/io.h"
#include "base/path.h"
#include "base/proc_run.h"

enum { ANSWER_MAX = 1 << 20, PATIENCE_SECONDS = 60, NAME_MAX_LEN = 64 };

static bool is_program(const char *path)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST, O_PATH, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && faccessat(fd, "", X_OK, AT_EMPTY_PATH) == 0;
}

static bool name_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LEN &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len;
}

static int find_program(const char *name, char **ret, struct err *e)
{
	const char *at = getenv("PATH");

	if (!name_valid(name))
		return err_set(e, ERR_INVALID, "credential helper '%.100s': a name has letters, digits, '-', '_' and '.'", name);
	while (at && *at) {
		size_t n = strcspn(at, ":");
		autofree char *path = str_format("%.*s/docker-credential-%s", (int)n, at, name);

		if (!path)
			return err_nomem(e);
		if (at[0] == '/' && is_program(path)) {
			*ret = take_ptr(path);
			return 0;
		}
		at += n + (at[n] == ':');
	}
	return err_set(e, ERR_NOT_FOUND, "credential helper 'docker-credential-%s' is not in PATH", name);
}

/* The status of the helper's end; what it said is in `said`. */
static int run(const char *name, const char *verb, const char *input, struct str *said, int *ret_status, struct err *e)
{
	autofree char *path = NULL;
	autofd int in = memfd_create("request", MFD_CLOEXEC), null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR, 0);
	char *argv[3];
	int r;

	if (find_program(name, &path, e) < 0)
		return -1;
	argv[0] = path;
	argv[1] = (char *)(uintptr_t)verb;
	argv[2] = NULL;
	r = in < 0 ? -errno : null < 0 ? null : io_write_full(in, input, strlen(input));
	if (r < 0 || lseek(in, 0, SEEK_SET) < 0)
		return err_sys(e, r < 0 ? -r : errno, "credential helper '%s'", name);
	if (proc_run(&(struct proc_spawn){ .path = path, .argv = argv }, (const int[]){ in, -1, null },
		     clock_boot() + PATIENCE_SECONDS * NSEC_PER_SEC, ANSWER_MAX, said, ret_status, e) < 0)
		return -1;
	if (*ret_status == -ETIMEDOUT)
		return err_set(e, ERR_DEADLINE, "credential helper '%s' did not answer in %d seconds", name, PATIENCE_SECONDS);
	return 0;
}

static bool knows_nothing(const struct str *said)
{
	return strstr(str_text(said), "credentials not found");
}

struct answer {
	char *user, *secret;
};

PRIVATE_TABLE(answer_table, struct answer,
	DECODE_ROW(struct answer, "Username", user, DECODE_STRING),
	DECODE_ROW(struct answer, "Secret", secret, DECODE_STRING, .flags = DECODE_REQUIRED),
);

int credential_helper_get(const char *name, const char *server, struct credential *ret, struct err *e)
{
	autostr struct str said = STR_INIT;
	struct answer answer;
	int status = 0, r;

	if (run(name, "get", server, &said, &status, e) < 0)
		return -1;
	if (status != 0)
		return knows_nothing(&said) ? 0 : err_set(e, ERR_UNAVAILABLE, "credential helper '%s' failed with status %d",
							  name, status);
	r = decode_text(&answer_table, str_text(&said), said.len, &answer, NULL);
	explicit_bzero(said.data, said.len);
	if (r < 0)
		return err_set(e, ERR_INVALID, "credential helper '%s': its answer is no JSON with a Secret", name);
	if (answer.user && str_eq(answer.user, "<token>")) {
		ret->token = take_ptr(answer.secret);
	} else {
		ret->user = take_ptr(answer.user);
		ret->password = take_ptr(answer.secret);
	}
	decode_done(&answer_table, &answer);
	return 1;
}

int credential_helper_store(const char *name, const char *server, const struct credential *c, struct err *e)
{
	autostr struct str said = STR_INIT, input = STR_INIT;
	struct json_writer w = { .out = &input };
	int status = 0, r;

	json_object_begin(&w, NULL);
	json_add_string(&w, "ServerURL", server);
	json_add_string(&w, "Username", c->token ? "<token>" : c->user);
	json_add_string(&w, "Secret", c->token ? c->token : c->password);
	json_object_end(&w);
	if (input.failed)
		return err_nomem(e);
	r = run(name, "store", input.data, &said, &status, e);
	explicit_bzero(input.data, input.len);
	if (r < 0 || status == 0)
		return r;
	return err_set(e, ERR_UNAVAILABLE, "credential helper '%s': %.200s (status %d)", name, str_text(&said), status);
}

int credential_helper_erase(const char *name, const char *server, struct err *e)
{
	autostr struct str said = STR_INIT;
	int status = 0;

	if (run(name, "erase", server, &said, &status, e) < 0)
		return -1;
	if (status == 0)
		return 1;
	return knows_nothing(&said) ? 0 : err_set(e, ERR_UNAVAILABLE, "credential helper '%s': %.200s (status %d)", name,
						  str_text(&said), status);
}
