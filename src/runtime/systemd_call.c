/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/systemd_call.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"

enum { SAID_MAX = 4096 };

/* A sealed program's own file has no name but "/" (a mount of its own) or that of a memory file. */
static char *own_program(const char *started_as)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = '\0';
	if (len > 1 && self[0] == '/' && !str_starts(self, "/memfd:"))
		return strdup(self);
	return started_as ? realpath(started_as, NULL) : NULL;
}

/* Beside our own program, or in ../libexec/lighter: never through PATH. */
static char *find_program(const char *started_as, struct err *e)
{
	autofree char *own = own_program(started_as);
	char *slash = own ? strrchr(own, '/') : NULL, *found;

	if (!slash) {
		(void)err_set(e, ERR_INTERNAL, "find lighter-systemd: our own program '%s' is not known by its path",
			      started_as ? started_as : "");
		return NULL;
	}
	*slash = '\0';
	found = str_format("%s/lighter-systemd", own);
	if (found && access(found, X_OK) < 0) {
		free(found);
		found = str_format("%s/../libexec/lighter/lighter-systemd", own);
	}
	if (!found)
		(void)err_nomem(e);
	return found;
}

static int build_arguments(const struct systemd_caller *caller, const struct strv *words, struct strv *to)
{
	int r = strv_add(to, "lighter-systemd");

	if (r == 0 && caller->user)
		r = strv_add(to, "--user");
	return r < 0 ? r : strv_copy(to, words);
}

static int spawn(const char *path, const struct strv *arguments, int said, struct proc *ret, struct err *e)
{
	autofd int null = path_open(AT_FDCWD, "/dev/null", PATH_HOST, O_RDWR, 0);
	const int keep[] = { null, 0, null, 1, said, 2 };
	const struct proc_spawn how = { .path = path, .argv = arguments->items, .keep = keep, .n_keep = 3 };

	return null < 0 ? err_sys(e, -null, "open '/dev/null'") : proc_spawn(&how, ret, e);
}

/* Its exit status is the code of its error, its only line the text. */
static int result(struct proc *child, int said, struct err *e)
{
	autostr struct str text = STR_INIT;
	int r = io_read_all(said, SAID_MAX, &text), status = proc_wait(child, 0);

	if (r < 0 || status < 0)
		return err_sys(e, r < 0 ? -r : -status, "wait for lighter-systemd");
	if (status == 0)
		return 0;
	if (status >= ERR_CODES || text.len == 0)
		return err_set(e, ERR_INTERNAL, "lighter-systemd ended with status %d", status);
	return err_set(e, (enum err_code)status, "%.*s", (int)strcspn(str_text(&text), "\n"), str_text(&text));
}

int systemd_call(const struct systemd_caller *caller, const struct strv *words, struct err *e)
{
	autofree char *path = find_program(caller->started_as, e);
	autostrv struct strv arguments = STRV_INIT;
	autoproc struct proc child = PROC_INIT;
	autofd int read_end = -EBADF, write_end = -EBADF;
	int ends[2];

	if (!path)
		return -1;
	if (build_arguments(caller, words, &arguments) < 0)
		return err_nomem(e);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe");
	read_end = ends[0];
	write_end = ends[1];
	if (spawn(path, &arguments, write_end, &child, e) < 0)
		return -1;
	(void)close(take_fd(write_end));
	return result(&child, read_end, e);
}

bool systemd_is_foreign(void)
{
	struct stat st;

	/* A container that has a systemd of its own has it in its user namespace, too. */
	return geteuid() != 0 || (stat("/run/systemd/system", &st) == 0 && st.st_uid != 0);
}
