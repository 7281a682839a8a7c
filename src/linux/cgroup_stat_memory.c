/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_stat.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

static int take_raw(const char *name, uint64_t value, void *arg)
{
	struct cgroup_stat *to = arg;
	struct cgroup_named_number *item = vec_add(&to->memory.raw);

	if (!item)
		return -ENOMEM;
	*item = (struct cgroup_named_number){ strdup(name), value };
	if (str_eq(name, "cache") || str_eq(name, "file"))
		to->memory.cache = value;
	return item->name ? 0 : -ENOMEM;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct cgroup_named_number *)a)->name, ((const struct cgroup_named_number *)b)->name);
}

static int read_raw(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_stat *to)
{
	int r = target_each(t, h, "memory.stat", take_raw, to);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	qsort(to->memory.raw.items, to->memory.raw.n, sizeof(*to->memory.raw.items), by_name);
	return 0;
}

/* memory.usage_in_bytes, memory.memsw.usage_in_bytes, ... What is not counted has no files. */
static int use_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const char *what,
		  struct cgroup_memory_use *to)
{
	const struct { const char *suffix; uint64_t *to; } rows[] = {
		{ "usage_in_bytes", &to->usage },
		{ "max_usage_in_bytes", &to->max },
		{ "failcnt", &to->failcnt },
		{ "limit_in_bytes", &to->limit },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && r == 0; i++) {
		char file[64];

		(void)snprintf(file, sizeof(file), "memory.%s%s", what, rows[i].suffix);
		r = target_count(t, h, file, rows[i].to);
	}
	return r;
}

static int memory_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_stat *to)
{
	const struct { const char *what; struct cgroup_memory_use *to; } rows[] = {
		{ "", &to->memory.usage },
		{ "memsw.", &to->memory.swap },
		{ "kmem.", &to->memory.kernel },
		{ "kmem.tcp.", &to->memory.kernel_tcp },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && r == 0; i++)
		r = use_v1(t, h, rows[i].what, rows[i].to);
	return r;
}

/* Peaks: memory since 5.19, swap since 6.5, but no peak of their sum. */
static int memory_v2(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_stat *to)
{
	struct cgroup_memory_use *memory = &to->memory.usage, *sum = &to->memory.swap;
	int r = target_count(t, h, "memory.current", &memory->usage);

	if (r == 0)
		r = target_count(t, h, "memory.max", &memory->limit);
	if (r == 0)
		r = target_count(t, h, "memory.peak", &memory->max);
	if (r == 0)
		r = target_count(t, h, "memory.swap.current", &sum->usage);
	if (r == 0)
		r = target_count(t, h, "memory.swap.max", &sum->limit);
	sum->usage += memory->usage;
	sum->limit = sum->limit == UINT64_MAX || memory->limit == UINT64_MAX ? UINT64_MAX : sum->limit + memory->limit;
	return r;
}

int cgroup_stat_memory(const struct cgroup_target *t, struct cgroup_stat *to)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, "memory"), *v2 = cgroup_unified(t->system);
	int r = h ? read_raw(t, h, to) : 0;

	if (r == 0 && h)
		r = (h->v2 ? memory_v2 : memory_v1)(t, h, to);
	if (r == 0 && v2)
		r = cgroup_stat_pressure(t, v2, "memory.pressure", &to->memory.pressure);
	return r;
}

/* ---- huge pages ---- */

static int take_max(const char *name, uint64_t value, void *arg)
{
	uint64_t *to = arg;

	if (str_eq(name, "max"))
		*to = value;
	return 0;
}

/* Reservations where they are counted (5.7), else what is mapped. */
static int hugepages_of(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_hugepage_use *to)
{
	const char *rsvd = ".rsvd", *usage = h->v2 ? "current" : "usage_in_bytes";
	char file[80];
	int r;

	(void)snprintf(file, sizeof(file), "hugetlb.%s%s.%s", to->size, rsvd, usage);
	if (!target_has(t, h, file)) {
		rsvd = "";
		(void)snprintf(file, sizeof(file), "hugetlb.%s.%s", to->size, usage);
	}
	r = target_count(t, h, file, &to->usage);
	if (r < 0)
		return r;
	if (h->v2) {
		(void)snprintf(file, sizeof(file), "hugetlb.%s.events", to->size);
		r = target_each(t, h, file, take_max, &to->failcnt);
		return r == -ENOENT ? 0 : r;
	}
	(void)snprintf(file, sizeof(file), "hugetlb.%s%s.max_usage_in_bytes", to->size, rsvd);
	r = target_count(t, h, file, &to->max);
	(void)snprintf(file, sizeof(file), "hugetlb.%s%s.failcnt", to->size, rsvd);
	return r < 0 ? r : target_count(t, h, file, &to->failcnt);
}

/* "hugetlb.2MB.max": the size in it, or NULL. */
static char *size_of(const char *file, bool v2)
{
	const char *suffix = v2 ? ".max" : ".limit_in_bytes";
	size_t head = strlen("hugetlb."), len = strlen(file), tail = strlen(suffix);
	const char *end;

	if (!str_starts(file, "hugetlb.") || len <= head + tail || !str_eq(file + len - tail, suffix))
		return NULL;
	end = strchr(file + head, '.');
	return end == file + len - tail ? strndup(file + head, (size_t)(end - file) - head) : NULL;
}

static int by_size(const void *a, const void *b)
{
	return strcmp(((const struct cgroup_hugepage_use *)a)->size, ((const struct cgroup_hugepage_use *)b)->size);
}

static int list_sizes(DIR *entries, bool v2, struct cgroup_stat *to)
{
	struct dirent *entry;

	while ((entry = readdir(entries))) {
		autofree char *size = size_of(entry->d_name, v2);
		struct cgroup_hugepage_use *item = size ? vec_add(&to->hugepages) : NULL;

		if (size && !item)
			return -ENOMEM;
		if (item)
			item->size = take_ptr(size);
	}
	return 0;
}

int cgroup_stat_hugepages(const struct cgroup_target *t, struct cgroup_stat *to)
{
	const struct cgroup_hierarchy *h = cgroup_find(t->system, "hugetlb");
	autofd int dir = h ? cgroup_open(h, t->path) : -ENOENT, list = -EBADF;
	DIR *entries;
	int r;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	list = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	entries = list < 0 ? NULL : fdopendir(list);
	if (!entries)
		return list < 0 ? list : -errno;
	(void)take_fd(list);
	r = list_sizes(entries, h->v2, to);
	(void)closedir(entries);
	for (size_t i = 0; i < to->hugepages.n && r == 0; i++)
		r = hugepages_of(t, h, &to->hugepages.items[i]);
	if (to->hugepages.n > 0)
		qsort(to->hugepages.items, to->hugepages.n, sizeof(*to->hugepages.items), by_size);
	return r;
}
