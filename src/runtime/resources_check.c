/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/resources.h"

/* The values of linux.resources and linux.intelRdt that no kernel takes, refused before anything is made. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bitlist.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/rdt.h"

#define AT "linux.resources."

enum { WEIGHT_LEAST = 10, WEIGHT_MOST = 1000 };

static int check_devices(const struct oci_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->devices.n; i++) {
		const struct oci_device_rule *d = &r->devices.items[i];
		const char *type = d->type && d->type[0] ? d->type : "a", *access = d->access ? d->access : "";

		if (strlen(type) != 1 || !strchr("abc", type[0]))
			return err_set(e, ERR_INVALID, AT "devices[%zu].type: '%.20s' is not a, b or c", i, type);
		if (strspn(access, "rwm") != strlen(access))
			return err_set(e, ERR_INVALID, AT "devices[%zu].access: '%.20s' is not of r, w, m", i, access);
	}
	return 0;
}

static int check_memory(const struct oci_memory *m, struct err *e)
{
	const struct { const char *field; const struct opt_i64 *value; } limits[] = {
		{ "limit", &m->limit },	  { "reservation", &m->reservation },
		{ "swap", &m->swap },	  { "kernel", &m->kernel },
		{ "kernelTCP", &m->kernel_tcp },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].value->set && limits[i].value->value < -1)
			return err_set(e, ERR_INVALID, AT "memory.%s: %" PRId64 " is neither bytes nor -1 (unlimited)",
				       limits[i].field, limits[i].value->value);
	if (m->limit.value > 0 && m->swap.value > 0 && m->swap.value < m->limit.value)
		return err_set(e, ERR_INVALID, AT "memory.swap: %" PRId64 ": memory+swap limit should be >= memory limit",
			       m->swap.value);
	if (m->swappiness.set && m->swappiness.value > 100 && m->swappiness.value != UINT64_MAX)
		return err_set(e, ERR_INVALID, AT "memory.swappiness: %" PRIu64 " is not within 0 to 100",
			       m->swappiness.value);
	return 0;
}

static int check_list(const char *field, const char *list, struct err *e)
{
	struct bitlist bits;
	int r = list ? bitlist_parse(list, &bits) : 0;

	return r == -EINVAL ? err_set(e, ERR_INVALID, AT "cpu.%s: '%.100s' is not a list as 0-3,7", field, list) : 0;
}

static int check_cpu(const struct oci_cpu *c, struct err *e)
{
	if (check_list("cpus", c->cpus, e) < 0 || check_list("mems", c->mems, e) < 0)
		return -1;
	if (c->idle.set && c->idle.value != 0 && c->idle.value != 1)
		return err_set(e, ERR_INVALID, AT "cpu.idle: %" PRId64 " is neither 0 nor 1", c->idle.value);
	if (c->burst.set && c->quota.set && c->quota.value > 0 && c->burst.value > (uint64_t)c->quota.value)
		return err_set(e, ERR_INVALID, AT "cpu.burst: %" PRIu64 " is more than the quota, %" PRId64, c->burst.value,
			       c->quota.value);
	return 0;
}

static int check_weight(const char *field, const struct opt_u32 *weight, struct err *e)
{
	if (!weight->set || weight->value == 0 || (weight->value >= WEIGHT_LEAST && weight->value <= WEIGHT_MOST))
		return 0;
	return err_set(e, ERR_INVALID, AT "blockIO.%s: %u is not within %d to %d", field, weight->value, WEIGHT_LEAST,
		       WEIGHT_MOST);
}

static int check_device_number(const char *field, size_t i, int64_t major, int64_t minor, struct err *e)
{
	if (major >= 0 && major <= UINT32_MAX && minor >= 0 && minor <= UINT32_MAX)
		return 0;
	return err_set(e, ERR_INVALID, AT "blockIO.%s[%zu]: %" PRId64 ":%" PRId64 " is not a device number", field, i, major,
		       minor);
}

static int check_weight_devices(const struct oci_block_io *b, struct err *e)
{
	for (size_t i = 0; i < b->weight_device.n; i++) {
		const struct oci_weight *w = &b->weight_device.items[i];
		char field[64];

		if (!w->weight.set && !w->leaf_weight.set)
			return err_set(e, ERR_INVALID, AT "blockIO.weightDevice[%zu]: neither weight nor leafWeight is given", i);
		if (check_device_number("weightDevice", i, w->major, w->minor, e) < 0)
			return -1;
		(void)snprintf(field, sizeof(field), "weightDevice[%zu].weight", i);
		if (check_weight(field, &w->weight, e) < 0)
			return -1;
		(void)snprintf(field, sizeof(field), "weightDevice[%zu].leafWeight", i);
		if (check_weight(field, &w->leaf_weight, e) < 0)
			return -1;
	}
	return 0;
}

static int check_block_io(const struct oci_block_io *b, struct err *e)
{
	const struct { const char *field; const struct oci_throttles *t; } throttles[] = {
		{ "throttleReadBpsDevice", &b->read_bps },
		{ "throttleWriteBpsDevice", &b->write_bps },
		{ "throttleReadIOPSDevice", &b->read_iops },
		{ "throttleWriteIOPSDevice", &b->write_iops },
	};

	for (size_t i = 0; i < ARRAY_SIZE(throttles); i++)
		for (size_t k = 0; k < throttles[i].t->n; k++)
			if (check_device_number(throttles[i].field, k, throttles[i].t->items[k].major,
						throttles[i].t->items[k].minor, e) < 0)
				return -1;
	if (check_weight("weight", &b->weight, e) < 0 || check_weight("leafWeight", &b->leaf_weight, e) < 0)
		return -1;
	return check_weight_devices(b, e);
}

/* A size as the kernel names its files: 64KB, 2MB, 1GB. */
static bool is_page_size(const char *size)
{
	size_t digits = strspn(size, "0123456789");

	return digits > 0 && digits < 10 && strlen(size) == digits + 2 && strchr("KMG", size[digits]) && size[digits + 1] == 'B';
}

/* What becomes a word of a line that the kernel reads. */
static bool is_word(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 100 && strcspn(name, " \t\n/") == len;
}

static int check_names(const struct oci_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->hugepage_limits.n; i++)
		if (!is_page_size(r->hugepage_limits.items[i].page_size))
			return err_set(e, ERR_INVALID, AT "hugepageLimits[%zu].pageSize: '%.50s' is not like 64KB, 2MB or 1GB", i,
				       r->hugepage_limits.items[i].page_size);
	for (size_t i = 0; r->network && i < r->network->priorities.n; i++)
		if (!is_word(r->network->priorities.items[i].name))
			return err_set(e, ERR_INVALID, AT "network.priorities[%zu].name: '%.50s' is not an interface", i,
				       r->network->priorities.items[i].name);
	for (size_t i = 0; i < r->rdma.n; i++) {
		const struct oci_rdma *d = &r->rdma.items[i];

		if (!is_word(d->device))
			return err_set(e, ERR_INVALID, AT "rdma: '%.50s' is not a device", d->device);
		if (!d->hca_handles.set && !d->hca_objects.set)
			return err_set(e, ERR_INVALID, AT "rdma.%s: neither hcaHandles nor hcaObjects is given", d->device);
	}
	return 0;
}

static int check_unified(const struct strmap *unified, struct err *e)
{
	for (size_t i = 0; i + 1 < unified->pairs.n; i += 2) {
		const char *file = unified->pairs.items[i];

		if (strchr(file, '/') || !strchr(file, '.') || file[0] == '.')
			return err_set(e, ERR_INVALID, AT "unified: '%.100s' is not a file of a controller", file);
	}
	return 0;
}

int resources_check(const struct oci_resources *r, struct err *e)
{
	if (check_devices(r, e) < 0 || (r->memory && check_memory(r->memory, e) < 0) || (r->cpu && check_cpu(r->cpu, e) < 0) ||
	    (r->block_io && check_block_io(r->block_io, e) < 0) || check_names(r, e) < 0)
		return -1;
	return check_unified(&r->unified, e);
}

/* ---- linux.intelRdt ---- */

static int check_line(const char *field, const char *line, const char *begin, struct err *e)
{
	if (!line || !line[0])
		return 0;
	if (strchr(line, '\n') || !str_starts(line, begin))
		return err_set(e, ERR_INVALID, "linux.intelRdt.%s: '%.100s' is not one line%s%s", field, line,
			       begin[0] ? " that begins with " : "", begin);
	return 0;
}

int resources_check_rdt(const struct oci_intel_rdt *r, struct err *e)
{
	if (r->clos_id && r->clos_id[0] && !str_eq(r->clos_id, "/") && !rdt_is_name(r->clos_id))
		return err_set(e, ERR_INVALID, "linux.intelRdt.closID: '%.100s' is not the name of a group", r->clos_id);
	if (check_line("l3CacheSchema", r->l3_cache_schema, "", e) < 0 ||
	    check_line("memBwSchema", r->mem_bw_schema, "MB:", e) < 0)
		return -1;
	for (size_t i = 0; i < r->schemata.n; i++) {
		char field[40];

		(void)snprintf(field, sizeof(field), "schemata[%zu]", i);
		if (check_line(field, r->schemata.items[i], "", e) < 0)
			return -1;
	}
	return 0;
}
