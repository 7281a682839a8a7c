/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The three texts by which a group is found: mountinfo, /proc/PID/cgroup, and the path that a document gives. A path that is
 * accepted stays below where it is put.
 */

#include "linux/cgroup.h"

#include "base/fuzz.h"
#include "linux/cgroup_member.h"

static void check_system(const char *text)
{
	cleanup(cgroup_system_done) struct cgroup_system system = { .items = NULL };
	char file[PATH_MAX];

	if (cgroup_system_parse(text, &system) < 0 || system.n > CGROUP_HIERARCHIES)
		abort();
	for (size_t i = 0; i < system.n; i++)
		if (!cgroup_file(&system.items[i], "/group", "file", file)[0] && system.items[i].mount[0])
			abort();
	(void)cgroup_find(&system, "cpu");
	if (cgroup_unified(&system) && !cgroup_unified(&system)->v2)
		abort();
}

static void check_path(const char *text)
{
	autofree char *clean = cgroup_path_clean(text);
	struct err e = ERR_INIT;

	if (!clean || clean[0] != '/')
		abort();
	if (cgroup_path_check(text, &e) < 0)
		return e.code == ERR_INVALID ? (void)0 : abort();
	if (text[0] != '/' || !text[1] || strstr(text, "//") || strstr(text, "/../") || strcmp(text, clean) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);

	check_system(text);
	check_path(text);
	for (int v2 = 0; v2 < 2; v2++) {
		autofree char *path = NULL;

		if (cgroup_of_process_parse(text, v2, &path) == 0 && strchr(path, '\n'))
			abort();
	}
	return 0;
}
