/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/exec_cgroup.h"

#include <fcntl.h>
#include <string.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

void exec_cgroup_done(struct exec_cgroup *group)
{
	for (size_t i = 0; i < group->n_tasks; i++)
		own_close(&group->tasks[i]);
	group->n_tasks = 0;
	own_close(&group->v2);
	group->v2 = -EBADF;
}

/* The groups below the container's by hierarchy, owned; NULL: the container's own. */
struct chosen {
	char *below[CGROUP_HIERARCHIES];
	bool exact_v2;
};

static void chosen_done(struct chosen *c)
{
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		free(c->below[i]);
}

static int choose(struct chosen *c, const struct cgroup_system *system, const struct cgroup_hierarchy *h,
		  const char *path, struct err *e)
{
	char **below = &c->below[h - system->items];
	autofree char *clean = cgroup_path_clean(path);

	if (!clean)
		return err_nomem(e);
	if (!str_eq(clean, "/") && cgroup_path_check(clean, e) < 0)
		return err_prefix(e, "bad sub cgroup path");
	if (*below && !str_eq(*below, clean))
		return err_set(e, ERR_INVALID, "invalid --cgroup argument(s): '%s' and '%s' are of one hierarchy", *below, clean);
	free(*below);
	*below = take_ptr(clean);
	return 0;
}

/* "cpu,cpuacct:PATH" */
static int choose_v1(struct chosen *c, const struct cgroup_system *system, const char *argument, struct err *e)
{
	autofree char *controllers = strdup(argument);
	char *path = controllers ? strchr(controllers, ':') : NULL, *save = NULL;

	if (!controllers)
		return err_nomem(e);
	*path++ = '\0';
	if (!controllers[0])
		return err_set(e, ERR_INVALID, "invalid --cgroup argument: %s", argument);
	for (char *name = strtok_r(controllers, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		const struct cgroup_hierarchy *h = cgroup_find(system, name);

		if (!h || h->v2)
			return err_set(e, ERR_INVALID, "invalid --cgroup argument: %s: there is no v1 hierarchy with '%s'",
				       argument, name);
		if (choose(c, system, h, path, e) < 0)
			return -1;
	}
	return 0;
}

static int choose_all(struct chosen *c, const struct cgroup_system *system, const struct strv *wanted, struct err *e)
{
	const struct cgroup_hierarchy *v2 = cgroup_unified(system);

	for (size_t i = 0; i < wanted->n; i++) {
		const char *argument = wanted->items[i];

		if (strchr(argument, ':')) {
			if (choose_v1(c, system, argument, e) < 0)
				return -1;
			continue;
		}
		if (wanted->n != 1 || !v2)
			return err_set(e, ERR_INVALID, "invalid --cgroup argument: %s (missing <controller>: prefix)", argument);
		c->exact_v2 = true;
		if (choose(c, system, v2, argument, e) < 0)
			return -1;
	}
	return 0;
}

static char *path_of(const struct state *state, const struct chosen *c, const struct cgroup_hierarchy *h, size_t i)
{
	const char *below = c->below[i];

	if (!below)
		return strdup(h->v2 ? state_process_cgroup(state) : state->cgroup);
	return str_format("%s%s", state->cgroup, str_eq(below, "/") ? "" : below);
}

static int open_one(const struct cgroup_hierarchy *h, const char *path, struct exec_cgroup *to)
{
	char name[PATH_MAX];
	int fd = h->v2 ? cgroup_open(h, path) :
			 path_open(AT_FDCWD, cgroup_file(h, path, "tasks", name), PATH_HOST, O_WRONLY, 0);

	if (fd >= 0 && h->v2)
		to->v2 = fd;
	else if (fd >= 0)
		to->tasks[to->n_tasks++] = fd;
	return fd;
}

int exec_cgroup_open(const struct cgroup_system *system, const struct state *state, const struct strv *wanted,
		     struct exec_cgroup *ret, struct err *e)
{
	cleanup(chosen_done) struct chosen chosen = { .exact_v2 = false };
	cleanup(exec_cgroup_done) struct exec_cgroup group = EXEC_CGROUP_INIT;

	if (wanted && choose_all(&chosen, system, wanted, e) < 0)
		return -1;
	for (size_t i = 0; i < system->n; i++) {
		const struct cgroup_hierarchy *h = &system->items[i];
		autofree char *path = path_of(state, &chosen, h, i);
		int r = path ? open_one(h, path, &group) : -ENOMEM;

		if (r < 0)
			return err_sys(e, -r, "open cgroup '%s%s'", h->mount, path ? path : "");
	}
	group.exact = chosen.exact_v2;
	*ret = group;
	group = (struct exec_cgroup)EXEC_CGROUP_INIT;
	return 0;
}
