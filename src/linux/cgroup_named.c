/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_limits.h"

/* Limits that are lists of named things: sizes of huge pages, interfaces, RDMA devices. */

#include <stdio.h>

#include "base/own.h"
#include "base/str.h"

enum { LINE = 192 };

/* What is mapped and, where the kernel counts it (5.7), what is reserved. */
static int put_hugepages(const struct cgroup_target *t, const struct cgroup_hierarchy *h,
			 const struct cgroup_hugepage *page)
{
	char file[LINE], text[TARGET_TEXT];
	int r;

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)page->limit);
	(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", page->size, h->v2 ? "max" : "limit_in_bytes");
	if (target_put(t, h, file, text) < 0)
		return -1;
	(void)snprintf(file, sizeof(file), "hugetlb.%s.rsvd.%s", page->size, h->v2 ? "max" : "limit_in_bytes");
	r = target_try(t, h, file, text);
	return r < 0 && r != -ENOENT ? target_failed(t, h, file, text, r) : 0;
}

static int apply_hugepages(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h = l->hugepages.n ? target_need(t, "hugetlb") : NULL;

	if (l->hugepages.n && !h)
		return -1;
	for (size_t i = 0; i < l->hugepages.n; i++)
		if (put_hugepages(t, h, &l->hugepages.items[i]) < 0)
			return -1;
	return 0;
}

/* v1 alone; on v2 packets are marked by BPF or nftables' cgroupv2 match. */
static const struct cgroup_hierarchy *need_network(const struct cgroup_target *t, const char *controller)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, controller);

	if (!h)
		(void)err_set(t->e, ERR_UNSUPPORTED, "cgroup limit: the '%s' controller of cgroup v1 is not available",
			      controller);
	return h;
}

static int apply_network(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	bool classified = l->class_id.set && l->class_id.value != 0;
	const struct cgroup_hierarchy *cls = classified ? need_network(t, "net_cls") : NULL;
	const struct cgroup_hierarchy *prio = l->priorities.n ? need_network(t, "net_prio") : NULL;
	char line[LINE];

	if ((classified && !cls) || (l->priorities.n && !prio))
		return -1;
	(void)snprintf(line, sizeof(line), "%u", l->class_id.value);
	if (cls && target_put(t, cls, "net_cls.classid", line) < 0)
		return -1;
	for (size_t i = 0; i < l->priorities.n; i++) {
		const struct cgroup_priority *p = &l->priorities.items[i];

		(void)snprintf(line, sizeof(line), "%s %u", p->interface, p->priority);
		if (target_put(t, prio, "net_prio.ifpriomap", line) < 0)
			return -1;
	}
	return 0;
}

static int apply_rdma(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	const struct cgroup_hierarchy *h = l->rdma.n ? target_need(t, "rdma") : NULL;

	if (l->rdma.n && !h)
		return -1;
	for (size_t i = 0; i < l->rdma.n; i++) {
		const struct cgroup_rdma *d = &l->rdma.items[i];
		autostr struct str line = STR_INIT;

		str_add(&line, d->device);
		if (d->handles.set)
			str_addf(&line, " hca_handle=%u", d->handles.value);
		if (d->objects.set)
			str_addf(&line, " hca_object=%u", d->objects.value);
		if (line.failed)
			return err_nomem(t->e);
		if (target_put(t, h, "rdma.max", line.data) < 0)
			return -1;
	}
	return 0;
}

int cgroup_limit_named(const struct cgroup_target *t, const struct cgroup_limits *l)
{
	return apply_hugepages(t, l) < 0 || apply_network(t, l) < 0 ? -1 : apply_rdma(t, l);
}
