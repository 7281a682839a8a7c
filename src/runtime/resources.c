/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/resources.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"

/* Devices that a container is always given (config-linux.md, "Default devices"), the ptys, and mknod without use. */
static const struct cgroup_device defaults[] = {
	{ true, 'c', -1, -1, false, false, true }, { true, 'b', -1, -1, false, false, true },
	{ true, 'c', 1, 3, true, true, true },	   { true, 'c', 1, 5, true, true, true },
	{ true, 'c', 1, 7, true, true, true },	   { true, 'c', 1, 8, true, true, true },
	{ true, 'c', 1, 9, true, true, true },	   { true, 'c', 5, 0, true, true, true },
	{ true, 'c', 5, 2, true, true, true },	   { true, 'c', 136, -1, true, true, true },
};

static int convert(const struct oci_device_rule *rule, size_t i, struct cgroup_device *to, struct err *e)
{
	const char *type = rule->type && rule->type[0] ? rule->type : "a", *access = rule->access ? rule->access : "rwm";

	if (strlen(type) != 1 || !strchr("abc", type[0]))
		return err_set(e, ERR_INVALID, "linux.resources.devices[%zu].type: '%.20s' is not a, b or c", i, type);
	if (strspn(access, "rwm") != strlen(access))
		return err_set(e, ERR_INVALID, "linux.resources.devices[%zu].access: '%.20s' is not of r, w, m", i, access);
	*to = (struct cgroup_device){
		.allow = rule->allow,
		.type = type[0],
		.major = rule->major.set ? rule->major.value : -1,
		.minor = rule->minor.set ? rule->minor.value : -1,
		.read = strchr(access, 'r') || !access[0],
		.write = strchr(access, 'w') || !access[0],
		.mknod = strchr(access, 'm') || !access[0],
	};
	return 0;
}

static bool allows_everything(const struct oci_resources *r)
{
	const struct oci_device_rule *last = r->devices.n ? &r->devices.items[r->devices.n - 1] : NULL;

	return last && last->allow && (!last->type || !last->type[0] || str_eq(last->type, "a")) && !last->major.set &&
	       !last->minor.set;
}

static int apply_devices(const struct cgroup_system *system, const char *path, const struct oci_resources *r,
			 struct err *e)
{
	autofree struct cgroup_device *rules = calloc(r->devices.n + ARRAY_SIZE(defaults), sizeof(*rules));
	size_t n = r->devices.n;

	if (!rules)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		if (convert(&r->devices.items[i], i, &rules[i], e) < 0)
			return -1;
	if (n > 0 && !allows_everything(r)) {
		memcpy(rules + n, defaults, sizeof(defaults));
		n += ARRAY_SIZE(defaults);
	}
	return cgroup_devices(system, path, rules, n, e);
}

int resources_apply(const struct cgroup_system *system, const char *path, const struct oci_resources *r, struct err *e)
{
	struct cgroup_limits limits = { .memory = { .set = false } };

	if (!r)
		return 0;
	if (r->memory) {
		limits.memory = r->memory->limit;
		limits.memory_reservation = r->memory->reservation;
		limits.memory_swap = r->memory->swap;
		limits.memory_swappiness = r->memory->swappiness;
	}
	if (r->cpu) {
		limits.cpu_shares = r->cpu->shares;
		limits.cpu_period = r->cpu->period;
		limits.cpu_burst = r->cpu->burst;
		limits.cpu_quota = r->cpu->quota;
		limits.cpu_idle = r->cpu->idle;
		limits.cpuset_cpus = r->cpu->cpus;
		limits.cpuset_mems = r->cpu->mems;
	}
	if (r->pids)
		limits.pids = r->pids->limit;
	limits.unified = &r->unified;
	if (cgroup_limit(system, path, &limits, e) < 0)
		return -1;
	return apply_devices(system, path, r, e);
}
