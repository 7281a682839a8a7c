/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_limits.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"

/* Zero is one, as in runc and systemd: a group of none could not even hold the first process (CLONE_INTO_CGROUP), and a
 * group of one can start no other. */
static int limit_pids(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h;
	char text[TARGET_TEXT];

	if (!l->pids.set)
		return 0;
	h = target_need(t, "pids");
	if (!h)
		return -1;
	return target_put(t, h, "pids.max", target_say(WORDS_MAX_IF_NEGATIVE, l->pids.value ? l->pids.value : 1, text));
}

/* A file that is not there is one of a controller that is not, or of none. */
static int unified_failed(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
			  const char *line, int r)
{
	size_t len = strcspn(file, ".");
	char controller[64];

	if (r != -ENOENT && r != -EACCES && r != -EPERM)
		return target_failed(t, h, file, line, r);
	if (!file[len])
		return err_set(t->e, ERR_INVALID, "unified resource '%.100s' must be in the form CONTROLLER.PARAMETER", file);
	if (len >= sizeof(controller))
		return target_failed(t, h, file, line, r);
	memcpy(controller, file, len);
	controller[len] = '\0';
	if (str_eq(controller, "cgroup") || cgroup_find(t->system, controller) == h)
		return target_failed(t, h, file, line, r);
	return err_set(t->e, ERR_UNSUPPORTED, "unified resource '%.100s' can't be set: controller '%s' not available", file,
		       controller);
}

/* The kernel reads one line a write. */
static int put_lines(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file, const char *value)
{
	autofree char *text = strdup(value);
	char *save = NULL;

	if (!text)
		return err_nomem(t->e);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		int r = target_try(t, h, file, line);

		if (r < 0)
			return unified_failed(t, h, file, line, r);
	}
	return 0;
}

static int limit_unified(const struct cgroup_target *t, const struct strmap *unified)
{
	const struct cgroup_hierarchy *h = cgroup_unified(t->system);

	if (!unified || unified->pairs.n == 0)
		return 0;
	if (!h)
		return err_set(t->e, ERR_UNSUPPORTED, "invalid configuration: cannot use unified on cgroup v1");
	for (size_t i = 0; i + 1 < unified->pairs.n; i += 2)
		if (put_lines(t, h, unified->pairs.items[i], unified->pairs.items[i + 1]) < 0)
			return -1;
	return 0;
}

int cgroup_limit(const struct cgroup_system *system, const char *path, const struct cgroup_limits *l, struct err *e)
{
	const struct cgroup_target t = { .system = system, .path = path, .e = e };

	if (cgroup_limit_memory(&t, l) < 0 || limit_pids(&t, l) < 0 || cgroup_limit_cpu(&t, l) < 0 ||
	    cgroup_limit_io(&t, l) < 0 || cgroup_limit_named(&t, l) < 0)
		return -1;
	return limit_unified(&t, l->unified);
}
