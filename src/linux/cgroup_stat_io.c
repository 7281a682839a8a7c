/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_stat.h"

/*
 * Block devices. v1 has several sets of files, and which of them counts depends on the scheduler: the first set whose
 * first file has something to say is taken, from the most telling one down.
 */

#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "base/vec.h"

static int add_count(struct cgroup_io_counts *to, uint64_t major, uint64_t minor, const char *op, uint64_t value)
{
	struct cgroup_io_count *item = vec_add(to);

	if (!item)
		return -ENOMEM;
	*item = (struct cgroup_io_count){ .major = major, .minor = minor, .value = value };
	(void)snprintf(item->op, sizeof(item->op), "%s", op);
	return 0;
}

/* ---- v1 ---- */

struct io_file { const char *file; enum cgroup_io_kind kind; };

static const struct io_file bfq_debug[] = {
	{ "blkio.bfq.sectors_recursive", IO_SECTORS },	   { "blkio.bfq.io_service_time_recursive", IO_SERVICE_TIME },
	{ "blkio.bfq.io_wait_time_recursive", IO_WAIT_TIME }, { "blkio.bfq.io_merged_recursive", IO_MERGED },
	{ "blkio.bfq.io_queued_recursive", IO_QUEUED },	   { "blkio.bfq.time_recursive", IO_TIME },
	{ "blkio.bfq.io_serviced_recursive", IO_SERVICED }, { "blkio.bfq.io_service_bytes_recursive", IO_BYTES },
	{ NULL },
};
static const struct io_file bfq[] = {
	{ "blkio.bfq.io_serviced_recursive", IO_SERVICED }, { "blkio.bfq.io_service_bytes_recursive", IO_BYTES }, { NULL },
};
static const struct io_file cfq[] = {
	{ "blkio.sectors_recursive", IO_SECTORS },	 { "blkio.io_service_time_recursive", IO_SERVICE_TIME },
	{ "blkio.io_wait_time_recursive", IO_WAIT_TIME }, { "blkio.io_merged_recursive", IO_MERGED },
	{ "blkio.io_queued_recursive", IO_QUEUED },	 { "blkio.time_recursive", IO_TIME },
	{ "blkio.io_serviced_recursive", IO_SERVICED },	 { "blkio.io_service_bytes_recursive", IO_BYTES },
	{ NULL },
};
static const struct io_file throttle_recursive[] = {
	{ "blkio.throttle.io_serviced_recursive", IO_SERVICED },
	{ "blkio.throttle.io_service_bytes_recursive", IO_BYTES },
	{ NULL },
};
static const struct io_file throttle[] = {
	{ "blkio.throttle.io_serviced", IO_SERVICED }, { "blkio.throttle.io_service_bytes", IO_BYTES }, { NULL },
};
static const struct io_file *const sets[] = { bfq_debug, bfq, cfq, throttle_recursive, throttle };

/* "8:0 Read 1282048", "8:0 6792"; "Total 3477504" at the end. */
static int read_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, const struct io_file *f,
		   struct cgroup_stat *to)
{
	autostr struct str text = STR_INIT;
	int r = target_text(t, h, f->file, &text);
	char *save = NULL;

	if (r < 0 || text.len == 0)
		return r == -ENOENT ? 0 : r;
	for (char *line = strtok_r(text.data, "\n", &save); line && r == 0; line = strtok_r(NULL, "\n", &save)) {
		unsigned long long major, minor, value;
		char op[16] = "";

		if (sscanf(line, "%llu:%llu %15[A-Za-z] %llu", &major, &minor, op, &value) == 4 ||
		    sscanf(line, "%llu:%llu %llu", &major, &minor, &value) == 3)
			r = add_count(&to->io.counts[f->kind], major, minor, op, value);
	}
	return r;
}

static int io_v1(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_stat *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		int r = read_v1(t, h, &sets[i][0], to);

		if (r == 0 && to->io.counts[sets[i][0].kind].n == 0)
			continue;
		for (const struct io_file *f = &sets[i][1]; f->file && r == 0; f++)
			r = read_v1(t, h, f, to);
		return r;
	}
	return 0;
}

/* ---- v2 ---- */

static int take_word(const char *word, unsigned long long major, unsigned long long minor, struct cgroup_stat *to)
{
	static const struct { const char *name, *op; enum cgroup_io_kind kind; } words[] = {
		{ "rbytes=", "Read", IO_BYTES },
		{ "wbytes=", "Write", IO_BYTES },
		{ "rios=", "Read", IO_SERVICED },
		{ "wios=", "Write", IO_SERVICED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_starts(word, words[i].name))
			return add_count(&to->io.counts[words[i].kind], major, minor, words[i].op,
					 strtoull(word + strlen(words[i].name), NULL, 10));
	return 0;
}

/* "8:0 rbytes=90112 wbytes=0 rios=22 wios=0 dbytes=0 dios=0" */
static int io_v2(const struct cgroup_target *t, const struct cgroup_hierarchy *h, struct cgroup_stat *to)
{
	autostr struct str text = STR_INIT;
	int r = target_text(t, h, "io.stat", &text);
	char *lines = NULL;

	if (r < 0 || text.len == 0)
		return r == -ENOENT ? 0 : r;
	for (char *line = strtok_r(text.data, "\n", &lines); line && r == 0; line = strtok_r(NULL, "\n", &lines)) {
		unsigned long long major, minor;
		char *words = NULL;

		if (sscanf(line, "%llu:%llu", &major, &minor) != 2)
			continue;
		for (char *word = strtok_r(line, " ", &words); word && r == 0; word = strtok_r(NULL, " ", &words))
			r = take_word(word, major, minor, to);
	}
	return r;
}

int cgroup_stat_io(const struct cgroup_target *t, struct cgroup_stat *to)
{
	const struct cgroup_hierarchy *v1 = cgroup_find(t->system, "blkio"), *v2 = cgroup_unified(t->system);
	int r = v1 ? io_v1(t, v1, to) : v2 ? io_v2(t, v2, to) : 0;

	return r < 0 || !v2 ? r : cgroup_stat_pressure(t, v2, "io.pressure", &to->io.pressure);
}
