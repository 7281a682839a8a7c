/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/resources.h"

/*
 * Limits are written to the kernel and read from there; two facts the kernel does not keep are in the container's record:
 * the sum of memory and swap, which v2 takes apart, and which device rules were applied. Engines send the whole list of
 * rules with every update; as long as it is the one that was applied, nothing is touched, so that what a vendor's hook has
 * added since stays.
 */

#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/cgroup_device.h"
#include "linux/cgroup_limits.h"
#include "linux/userns.h"

/* Devices that a container is always given (config-linux.md, "Default devices"), the ptys, and mknod without use. */
static const struct cgroup_device defaults[] = {
	{ true, 'c', -1, -1, false, false, true }, { true, 'b', -1, -1, false, false, true },
	{ true, 'c', 1, 3, true, true, true },	   { true, 'c', 1, 5, true, true, true },
	{ true, 'c', 1, 7, true, true, true },	   { true, 'c', 1, 8, true, true, true },
	{ true, 'c', 1, 9, true, true, true },	   { true, 'c', 5, 0, true, true, true },
	{ true, 'c', 5, 2, true, true, true },	   { true, 'c', 136, -1, true, true, true },
};

static struct cgroup_device convert(const struct oci_device_rule *rule)
{
	const char *access = rule->access && rule->access[0] ? rule->access : "rwm";

	return (struct cgroup_device){
		.allow = rule->allow,
		.type = rule->type && rule->type[0] ? rule->type[0] : 'a',
		.major = rule->major.set ? rule->major.value : -1,
		.minor = rule->minor.set ? rule->minor.value : -1,
		.read = strchr(access, 'r') != NULL,
		.write = strchr(access, 'w') != NULL,
		.mknod = strchr(access, 'm') != NULL,
	};
}

bool resources_is_everything(const struct cgroup_device *rule)
{
	return rule->allow && rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->read && rule->write &&
	       rule->mknod;
}

void resources_rules_done(struct resources_rules *rules)
{
	free(rules->items);
}

int resources_rules(const struct oci_resources *r, struct resources_rules *ret, struct err *e)
{
	size_t n = r ? r->devices.n : 0;

	ret->items = calloc(n + ARRAY_SIZE(defaults), sizeof(*ret->items));
	if (!ret->items)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		ret->items[i] = convert(&r->devices.items[i]);
	ret->n = n;
	if (n > 0 && resources_is_everything(&ret->items[n - 1]))
		return 0;
	memcpy(ret->items + n, defaults, sizeof(defaults));
	ret->n += ARRAY_SIZE(defaults);
	return 0;
}

static uint32_t rules_digest(const struct resources_rules *rules)
{
	uint32_t digest = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct cgroup_device *d = &rules->items[i];
		const int64_t words[] = { d->allow, d->type, d->major, d->minor, d->read, d->write, d->mknod };

		digest = crc32c(digest, words, sizeof(words));
	}
	return digest;
}

/* In a user namespace no device can be made, and its owner may not filter them either; nor may an ordinary user. */
static int apply_rules(const struct cgroup_system *system, const char *path, int v2, const struct resources_rules *rules,
		       struct err *e)
{
	struct err refused = ERR_INIT;

	if (cgroup_devices(system, path, v2, rules->items, rules->n, &refused) == 0)
		return 0;
	if ((refused.number == EPERM || refused.number == EACCES) && !userns_is_machine_root())
		return 0;
	if (e)
		*e = refused;
	return -1;
}

/* The same shapes by other names: oci/ knows documents, linux/ groups. */
#define SAME_SHAPE(a, b) _Static_assert(sizeof(struct a) == sizeof(struct b), #a " and " #b)
SAME_SHAPE(oci_throttle, cgroup_rate);
SAME_SHAPE(oci_weight, cgroup_weight);
SAME_SHAPE(oci_hugepage, cgroup_hugepage);
SAME_SHAPE(oci_priority, cgroup_priority);
SAME_SHAPE(oci_rdma, cgroup_rdma);

static struct cgroup_rates rates_of(const struct oci_throttles *t)
{
	return (struct cgroup_rates){ (const struct cgroup_rate *)t->items, t->n };
}

static void convert_memory(const struct oci_memory *m, struct cgroup_limits *to)
{
	to->memory.limit = m->limit;
	to->memory.reservation = m->reservation;
	to->memory.swap = m->swap;
	to->memory.kernel = m->kernel;
	to->memory.kernel_tcp = m->kernel_tcp;
	to->memory.swappiness = m->swappiness;
	to->memory.disable_oom_killer = m->disable_oom_killer;
	to->memory.use_hierarchy = m->use_hierarchy;
	to->memory.check_before_update = m->check_before_update.value;
}

static void convert_cpu(const struct oci_cpu *c, struct cgroup_limits *to)
{
	to->cpu.shares = c->shares;
	to->cpu.period = c->period;
	to->cpu.burst = c->burst;
	to->cpu.realtime_period = c->realtime_period;
	to->cpu.quota = c->quota;
	to->cpu.realtime_runtime = c->realtime_runtime;
	to->cpu.idle = c->idle;
	to->cpu.cpus = c->cpus;
	to->cpu.mems = c->mems;
}

static void convert_io(const struct oci_block_io *b, struct cgroup_limits *to)
{
	to->io.weight = b->weight;
	to->io.leaf_weight = b->leaf_weight;
	to->io.devices.items = (const struct cgroup_weight *)b->weight_device.items;
	to->io.devices.n = b->weight_device.n;
	to->io.read_bps = rates_of(&b->read_bps);
	to->io.write_bps = rates_of(&b->write_bps);
	to->io.read_iops = rates_of(&b->read_iops);
	to->io.write_iops = rates_of(&b->write_iops);
}

void resources_limits(const struct oci_resources *r, struct cgroup_limits *to)
{
	if (r->memory)
		convert_memory(r->memory, to);
	if (r->cpu)
		convert_cpu(r->cpu, to);
	if (r->pids)
		to->pids = r->pids->limit;
	if (r->block_io)
		convert_io(r->block_io, to);
	to->hugepages.items = (const struct cgroup_hugepage *)r->hugepage_limits.items;
	to->hugepages.n = r->hugepage_limits.n;
	if (r->network) {
		to->class_id = r->network->class_id;
		to->priorities.items = (const struct cgroup_priority *)r->network->priorities.items;
		to->priorities.n = r->network->priorities.n;
	}
	to->rdma.items = (const struct cgroup_rdma *)r->rdma.items;
	to->rdma.n = r->rdma.n;
	to->unified = &r->unified;
}

int resources_apply(const struct cgroup_system *system, const char *path, int v2, const struct oci_resources *r,
		    struct resources_memo *memo, struct err *e)
{
	cleanup(resources_rules_done) struct resources_rules rules = { .items = NULL };
	struct cgroup_limits limits = { .unified = NULL };

	if (r)
		resources_limits(r, &limits);
	if (resources_rules(r, &rules, e) < 0 || cgroup_limit(system, path, &limits, e) < 0)
		return -1;
	memo->memory_swap = limits.memory.swap;
	memo->device_rules = rules_digest(&rules);
	return apply_rules(system, path, v2, &rules, e);
}

/* A new memory limit keeps the sum that was given with the old one. */
static void keep_sum(struct cgroup_limits *limits, const struct resources_memo *memo)
{
	if (limits->memory.limit.set && limits->memory.limit.value > 0 && !limits->memory.swap.set)
		limits->memory.swap = memo->memory_swap;
}

int resources_update(const struct cgroup_system *system, const char *path, const struct oci_resources *r,
		     struct resources_memo *memo, struct err *e)
{
	cleanup(resources_rules_done) struct resources_rules rules = { .items = NULL };
	struct cgroup_limits limits = { .unified = NULL };

	resources_limits(r, &limits);
	keep_sum(&limits, memo);
	if (cgroup_limit(system, path, &limits, e) < 0)
		return -1;
	if (r->memory && r->memory->swap.set)
		memo->memory_swap = r->memory->swap;
	else if (r->memory && r->memory->limit.set && r->memory->limit.value == -1)
		memo->memory_swap = (struct opt_i64){ .set = false };
	if (r->devices.n == 0)
		return 0;
	if (resources_rules(r, &rules, e) < 0)
		return -1;
	if (rules_digest(&rules) == memo->device_rules)
		return 0;
	memo->device_rules = rules_digest(&rules);
	return apply_rules(system, path, -EBADF, &rules, e);
}

static bool is_any(const void *object, size_t size)
{
	const char *bytes = object;

	for (size_t i = 0; object && i < size; i++)
		if (bytes[i])
			return true;
	return false;
}

bool resources_are_limits(const struct oci_resources *r)
{
	if (!r)
		return false;
	return is_any(r->memory, sizeof(*r->memory)) || is_any(r->cpu, sizeof(*r->cpu)) || is_any(r->pids, sizeof(*r->pids)) ||
	       is_any(r->block_io, sizeof(*r->block_io)) || is_any(r->network, sizeof(*r->network)) || r->hugepage_limits.n > 0 ||
	       r->rdma.n > 0 || r->unified.pairs.n > 0;
}
