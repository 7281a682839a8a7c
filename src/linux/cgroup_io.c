/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_limits.h"

/*
 * Block devices. Who weighs them depends on the kernel: CFQ's files on v1 are gone since 5.0, BFQ's are there with that
 * scheduler on both versions, v2's own io.weight is that of the iocost controller and counts to 10,000. The first of them
 * that exists is taken. Rates are one line a device and direction.
 */

#include <stdio.h>

#include "base/own.h"
#include "base/str.h"

enum { WEIGHT_LEAST = 10, WEIGHT_MOST = 1000, LINE = 96 };

uint32_t cgroup_io_weight(uint32_t weight)
{
	return 1 + (weight - WEIGHT_LEAST) * 9999 / (WEIGHT_MOST - WEIGHT_LEAST);
}

static bool is_given(const struct opt_u32 *weight)
{
	return weight->set && weight->value != 0;
}

/* The files of weights that this group has. */
struct weigher {
	const char *group, *device;
	bool convert;
};

static const struct weigher v1_weighers[] = { { "blkio.weight", "blkio.weight_device", false },
					      { "blkio.bfq.weight", "blkio.bfq.weight_device", false } };
static const struct weigher v2_weighers[] = { { "io.bfq.weight", "io.bfq.weight", false },
					      { "io.weight", "io.weight", true } };

static const struct weigher *find_weigher(const struct cgroup_target *t, const struct cgroup_hierarchy *h)
{
	const struct weigher *all = h->v2 ? v2_weighers : v1_weighers;

	for (size_t i = 0; i < ARRAY_SIZE(v1_weighers); i++)
		if (target_has(t, h, all[i].group))
			return &all[i];
	(void)err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: this kernel weighs no block devices: neither '%s' nor '%s' is there",
		      all[0].group, all[1].group);
	return NULL;
}

static int put_weight(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct weigher *w,
		      uint32_t weight)
{
	char line[LINE];

	(void)snprintf(line, sizeof(line), "%u", w->convert ? cgroup_io_weight(weight) : weight);
	return target_put(t, h, w->group, line);
}

static int put_device(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *file,
		      const struct cgroup_weight *device, uint32_t weight)
{
	char line[LINE];

	(void)snprintf(line, sizeof(line), "%lld:%lld %u", (long long)device->major, (long long)device->minor, weight);
	return target_put(t, h, file, line);
}

static bool wants_weigher(const struct cgroup_limits *l)
{
	bool wanted = is_given(&l->io.weight);

	for (size_t i = 0; i < l->io.devices.n; i++)
		wanted |= is_given(&l->io.devices.items[i].weight);
	return wanted;
}

static int apply_weights(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct cgroup_limits *l)
{
	const struct weigher *w;

	if (!wants_weigher(l))
		return 0;
	w = find_weigher(t, h);
	if (!w || (is_given(&l->io.weight) && put_weight(t, h, w, l->io.weight.value) < 0))
		return -1;
	for (size_t i = 0; i < l->io.devices.n; i++) {
		uint32_t weight = l->io.devices.items[i].weight.value;

		if (weight && put_device(t, h, w->device, &l->io.devices.items[i],
					 w->convert ? cgroup_io_weight(weight) : weight) < 0)
			return -1;
	}
	return 0;
}

/* CFQ alone knew what a leaf is. */
static int apply_leaf_weights(const struct cgroup_target *t, const struct cgroup_hierarchy *h,
			      const struct cgroup_limits *l)
{
	char text[LINE];

	if (h->v2 && is_given(&l->io.leaf_weight))
		return err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: 'blkio.leaf_weight' does not exist in cgroup v2");
	(void)snprintf(text, sizeof(text), "%u", l->io.leaf_weight.value);
	if (is_given(&l->io.leaf_weight) && target_put(t, h, "blkio.leaf_weight", text) < 0)
		return -1;
	for (size_t i = 0; i < l->io.devices.n; i++) {
		const struct cgroup_weight *device = &l->io.devices.items[i];

		if (!is_given(&device->leaf_weight))
			continue;
		if (h->v2)
			return err_set(t->e, ERR_UNSUPPORTED,
				       "cgroup limit: 'blkio.leaf_weight_device' does not exist in cgroup v2");
		if (put_device(t, h, "blkio.leaf_weight_device", device, device->leaf_weight.value) < 0)
			return -1;
	}
	return 0;
}

/* v1 takes a rate's rule back by a zero, v2 by "max". */
static int put_rates(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct cgroup_rates *rates,
		     const char *v1, const char *v2)
{
	for (size_t i = 0; i < rates->n; i++) {
		const struct cgroup_rate *r = &rates->items[i];
		char line[LINE], rate[TARGET_TEXT] = "max";

		if (r->rate || !h->v2)
			(void)snprintf(rate, sizeof(rate), "%llu", (unsigned long long)r->rate);
		(void)snprintf(line, sizeof(line), "%lld:%lld %s%s", (long long)r->major, (long long)r->minor,
			       h->v2 ? v2 : "", rate);
		if (target_put(t, h, h->v2 ? "io.max" : v1, line) < 0)
			return -1;
	}
	return 0;
}

int cgroup_limit_io(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	const struct { const struct cgroup_rates *rates; const char *v1, *v2; } rates[] = {
		{ &l->io.read_bps, "blkio.throttle.read_bps_device", "rbps=" },
		{ &l->io.write_bps, "blkio.throttle.write_bps_device", "wbps=" },
		{ &l->io.read_iops, "blkio.throttle.read_iops_device", "riops=" },
		{ &l->io.write_iops, "blkio.throttle.write_iops_device", "wiops=" },
	};
	bool any = is_given(&l->io.weight) || is_given(&l->io.leaf_weight) || l->io.devices.n > 0;
	const struct cgroup_hierarchy *h;

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		any |= rates[i].rates->n > 0;
	if (!any)
		return 0;
	h = cgroup_find(t->system, "blkio");
	h = h ? h : target_need(t, "io");
	if (!h || apply_weights(t, h, l) < 0 || apply_leaf_weights(t, h, l) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		if (put_rates(t, h, rates[i].rates, rates[i].v1, rates[i].v2) < 0)
			return -1;
	return 0;
}
