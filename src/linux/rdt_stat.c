/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/rdt_stat.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { TEXT_MAX = 64 << 10 };

static int read_text(int dir, const char *path, struct str *to)
{
	autofd int fd = path_open(dir, path, PATH_OWN, O_RDONLY, 0);

	return fd < 0 ? fd : io_read_all(fd, TEXT_MAX, to);
}

/* "Unavailable" and "Error" are said where a counter has no value now: zero. */
static int read_number(int dir, const char *path, uint64_t *to)
{
	char line[64];
	int r = file_read_line(dir, path, line, sizeof(line));

	if (r == 0)
		*to = strtoull(line, NULL, 10);
	return r;
}

static int read_schemata(int dir, const char *path, struct strv *to)
{
	autostr struct str text = STR_INIT;
	int r = read_text(dir, path, &text);
	char *save = NULL;

	for (char *line = r < 0 || text.len == 0 ? NULL : strtok_r(text.data, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save))
		r = strv_add(to, line + strspn(line, " \t"));
	return r;
}

const char *rdt_stat_line(const struct strv *schemata, const char *resource)
{
	const char *found = NULL;

	for (size_t i = 0; i < schemata->n; i++)
		if (strstr(schemata->items[i], resource))
			found = schemata->items[i];
	return found;
}

static int read_info(int root, struct rdt_stat *to)
{
	const struct { const bool *there; const char *path; uint64_t *to; } rows[] = {
		{ &to->l3, "info/L3/min_cbm_bits", &to->l3_info.min_cbm_bits },
		{ &to->l3, "info/L3/num_closids", &to->l3_info.num_closids },
		{ &to->mb, "info/MB/bandwidth_gran", &to->mb_info.bandwidth_gran },
		{ &to->mb, "info/MB/delay_linear", &to->mb_info.delay_linear },
		{ &to->mb, "info/MB/min_bandwidth", &to->mb_info.min_bandwidth },
		{ &to->mb, "info/MB/num_closids", &to->mb_info.num_closids },
	};
	char line[64];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && r == 0; i++)
		r = *rows[i].there ? read_number(root, rows[i].path, rows[i].to) : 0;
	if (r == 0 && to->l3)
		r = file_read_line(root, "info/L3/cbm_mask", line, sizeof(line));
	if (r == 0 && to->l3)
		to->l3_info.cbm_mask = strdup(line);
	return r == 0 && to->l3 && !to->l3_info.cbm_mask ? -ENOMEM : r;
}

struct features { bool total, local, occupancy; };

static struct features read_features(int root)
{
	autostr struct str text = STR_INIT;

	if (read_text(root, "info/L3_MON/mon_features", &text) < 0)
		return (struct features){ false, false, false };
	return (struct features){ strstr(str_text(&text), "mbm_total_bytes"), strstr(str_text(&text), "mbm_local_bytes"),
				  strstr(str_text(&text), "llc_occupancy") };
}

static int read_domain(int data, const char *name, const struct features *f, struct rdt_stat *to)
{
	autofd int dir = path_open(data, name, PATH_OWN, O_PATH | O_DIRECTORY, 0);
	struct rdt_monitor *m = dir < 0 ? NULL : vec_add(&to->monitors);
	int r = 0;

	if (!m)
		return dir < 0 ? dir : -ENOMEM;
	if (f->total)
		r = read_number(dir, "mbm_total_bytes", &m->mbm_total_bytes);
	if (r == 0 && f->local)
		r = read_number(dir, "mbm_local_bytes", &m->mbm_local_bytes);
	if (r == 0 && f->occupancy)
		r = read_number(dir, "llc_occupancy", &m->llc_occupancy);
	return r;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int read_monitors(int data, const struct features *f, struct rdt_stat *to)
{
	struct dirent **entries;
	int n = scandirat(data, ".", &entries, not_hidden, alphasort), r = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		if (r == 0 && entries[i]->d_type == DT_DIR)
			r = read_domain(data, entries[i]->d_name, f, to);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return r;
}

static int read_group(int root, const struct rdt_group *group, const char *id, struct rdt_stat *to)
{
	autofd int dir = path_open(root, str_eq(group->name, "/") ? "." : group->name, PATH_OWN, O_PATH | O_DIRECTORY, 0);
	struct features f = read_features(root);
	char path[300] = "mon_data";
	autofd int data = -EBADF;
	int r = dir < 0 ? dir : read_schemata(dir, "schemata", &to->schemata);

	to->mbm = f.total || f.local;
	to->cmt = f.occupancy;
	if (r < 0 || (!to->mbm && !to->cmt))
		return r;
	if (group->monitor)
		(void)snprintf(path, sizeof(path), "mon_groups/%.255s/mon_data", id);
	data = path_open(dir, path, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	return data < 0 ? data : read_monitors(data, &f, to);
}

int rdt_stat_read(int root, const struct rdt_group *group, const char *id, struct rdt_stat *ret, struct err *e)
{
	struct rdt_stat stat = { .l3 = rdt_has(root, "L3"), .mb = rdt_has(root, "MB") };
	int r = read_schemata(root, "schemata", &stat.root_schemata);

	if (r == 0)
		r = read_info(root, &stat);
	if (r == 0)
		r = read_group(root, group, id, &stat);
	if (r < 0) {
		rdt_stat_done(&stat);
		return err_sys(e, -r, "read the statistics of resctrl group '%s'", group->name);
	}
	*ret = stat;
	return 0;
}

void rdt_stat_done(struct rdt_stat *stat)
{
	free(stat->l3_info.cbm_mask);
	strv_done(&stat->root_schemata);
	strv_done(&stat->schemata);
	free(stat->monitors.items);
	*stat = (struct rdt_stat){ .l3 = false };
}
