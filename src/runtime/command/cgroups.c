/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/cgroups.h"

#include <unistd.h>

#include "linux/userns.h"
#include "runtime/systemd_call.h"

/* A boolean, or what we find ourselves: everyone but the machine's own root may lack permission. */
static int read_rootless(const char *text, bool *ret, struct err *e)
{
	if (!text || !text[0] || str_eq(text, "auto")) {
		*ret = !userns_is_machine_root();
		return 0;
	}
	if (opt_type_flag.set(ret, text, NULL) < 0)
		return err_set(e, ERR_INVALID, "--rootless '%.50s' is not true, false or auto", text);
	return 0;
}

int cgroups_choose(const struct command_globals *g, struct runtime_create *how, struct err *e)
{
	static const struct { const char *name; enum runtime_cgroups cgroups; } managers[] = {
		{ "cgroupfs", RUNTIME_CGROUPFS }, { "systemd", RUNTIME_SYSTEMD }, { "disabled", RUNTIME_NO_CGROUP },
	};
	const char *name = g->systemd_cgroup ? "systemd" : g->cgroup_manager ? g->cgroup_manager : "cgroupfs";
	size_t i = 0;

	if (read_rootless(g->rootless, &how->cgroups_if_permitted, e) < 0)
		return -1;
	while (i < ARRAY_SIZE(managers) && !str_eq(managers[i].name, name))
		i++;
	if (i == ARRAY_SIZE(managers))
		return err_set(e, ERR_INVALID, "--cgroup-manager '%.50s' is not cgroupfs, systemd or disabled", name);
	how->cgroups = managers[i].cgroups;
	how->systemd_user = how->cgroups == RUNTIME_SYSTEMD && systemd_is_foreign();
	return 0;
}
