/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Each line is a --cgroup of exec, for a container whose groups nobody has made: every one ends with an error, and those that
 * came as far as the group's path name one below the container's.
 */

#include "runtime/exec_cgroup.h"

#include "base/fuzz.h"
#include "base/str.h"

#define OPENING "open cgroup '/nonexistent/group"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char controllers[] = "cpu,cpuacct", memory[] = "memory", all[] = "pids,io", mount[] = "/nonexistent", path[] = "/group";
	static struct cgroup_hierarchy items[] = { { controllers, mount, false }, { memory, mount, false }, { all, mount, true } };
	const struct cgroup_system system = { items, size % 2 ? ARRAY_SIZE(items) : ARRAY_SIZE(items) - 1 };
	const struct state state = { .cgroup = path };
	autofree char *text = fuzz_text(data, size);
	autostrv struct strv wanted = STRV_INIT;
	struct exec_cgroup group;
	struct err e = ERR_INIT;

	fuzz_lines(text, &wanted);
	if (exec_cgroup_open(&system, &state, &wanted, &group, &e) == 0 || e.code == ERR_NONE)
		abort();
	if (str_starts(e.text, "open cgroup") && (!str_starts(e.text, OPENING) || strstr(e.text, "/../")))
		abort();
	return 0;
}
