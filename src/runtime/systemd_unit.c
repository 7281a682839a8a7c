/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/systemd_unit.h"

/*
 * Numbers are rows: where the limit is, which property says it, which controller must be v2's for it to be known there.
 * What no row can say has a function of its own: processor time (a ratio), CPU sets (bitmaps), devices (lists).
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bitlist.h"
#include "base/str.h"
#include "linux/cgroup_device.h"
#include "runtime/resources.h"

/* ---- names ---- */

void systemd_unit_done(struct systemd_unit *unit)
{
	free(unit->slice);
	free(unit->name);
}

/* systemd.slice(5): a dash is a step down, so that each part between dashes has a name. "-.slice" is the root. */
static bool is_slice(const char *name)
{
	size_t len = strlen(name);

	if (str_eq(name, "-.slice"))
		return true;
	return str_ends(name, ".slice") && len > strlen(".slice") && !strchr(name, '/') && !strstr(name, "--") &&
	       name[0] != '-' && name[0] != '.' && !str_ends(name, "-.slice");
}

static int name_scope(const char *prefix, const char *name, const char *path, struct systemd_unit *unit, struct err *e)
{
	if (!name[0] || strchr(name, '/') || strchr(prefix, '/'))
		return err_set(e, ERR_INVALID, "linux.cgroupsPath '%.200s' gives no name for a scope", path);
	if (str_ends(name, ".slice"))
		return err_set(e, ERR_INVALID, "linux.cgroupsPath '%.200s' names a slice: a container is a scope", path);
	unit->name = str_format("%s%s%s.scope", prefix, prefix[0] ? "-" : "", name);
	return unit->name ? 0 : err_nomem(e);
}

int systemd_unit_parse(const char *path, const char *id, bool user, struct systemd_unit *ret, struct err *e)
{
	cleanup(systemd_unit_done) struct systemd_unit unit = { .slice = NULL };
	autofree char *copy = path && path[0] ? strdup(path) : str_format(":lighter:%s", id);
	char *prefix = copy ? strchr(copy, ':') : NULL, *name = prefix ? strchr(prefix + 1, ':') : NULL;

	if (!copy)
		return err_nomem(e);
	if (!name || strchr(name + 1, ':'))
		return err_set(e, ERR_INVALID, "linux.cgroupsPath '%.200s': the systemd cgroup driver wants "
			       "\"slice:prefix:name\"", copy);
	*prefix++ = '\0';
	*name++ = '\0';
	if (copy[0] && !is_slice(copy))
		return err_set(e, ERR_INVALID, "linux.cgroupsPath: '%.200s' is not the name of a slice", copy);
	unit.slice = strdup(copy[0] ? copy : user ? "user.slice" : "system.slice");
	if (!unit.slice)
		return err_nomem(e);
	if (name_scope(prefix, name, path && path[0] ? path : id, &unit, e) < 0)
		return -1;
	*ret = unit;
	unit = (struct systemd_unit){ .slice = NULL };
	return 0;
}

/* ---- words ---- */

static int add(struct strv *to, const char *name, const char *signature, const char *value, struct err *e)
{
	return strv_add(to, name) < 0 || strv_add(to, signature) < 0 || strv_add(to, value) < 0 ? err_nomem(e) : 0;
}

static int add_number(struct strv *to, const char *name, uint64_t value, struct err *e)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return add(to, name, "t", text, e);
}

/* An array whose elements come by and by: its head is written when they are counted. */
struct array {
	struct strv words;
	size_t n;
};

static void array_done(struct array *a)
{
	strv_done(&a->words);
}

static int add_array(struct strv *to, const char *name, const char *signature, const struct array *a, struct err *e)
{
	char count[32];

	(void)snprintf(count, sizeof(count), "%zu", a->n);
	return add(to, name, signature, count, e) < 0 || strv_copy(to, &a->words) < 0 ? err_nomem(e) : 0;
}

/* ---- limits ---- */

static bool is_v2(const struct cgroup_system *cgroups, const char *controller)
{
	const struct cgroup_hierarchy *h = cgroup_find(cgroups, controller);

	return h && h->v2;
}

#define LIMIT(field) offsetof(struct cgroup_limits, field)

enum kind { LIMIT_I64, LIMIT_SHARES, LIMIT_WEIGHT };

static const struct limit {
	const char *property, *property_v1; /* NULL: systemd has no such thing there */
	const char *controller;
	enum kind kind;
	size_t offset;
} limits[] = {
	{ "MemoryMax", "MemoryMax", "memory", LIMIT_I64, LIMIT(memory.limit) },
	{ "MemoryLow", NULL, "memory", LIMIT_I64, LIMIT(memory.reservation) },
	{ "TasksMax", "TasksMax", "pids", LIMIT_I64, LIMIT(pids) },
	{ "CPUWeight", "CPUShares", "cpu", LIMIT_SHARES, LIMIT(cpu.shares) },
	{ "IOWeight", "BlockIOWeight", "io", LIMIT_WEIGHT, LIMIT(io.weight) },
};

/* False: nothing is given, or what systemd does not count as a limit. */
static bool value_of(const struct cgroup_limits *l, const struct limit *row, bool v2, uint64_t *ret)
{
	const void *field = (const char *)l + row->offset;

	if (row->kind == LIMIT_WEIGHT) {
		const struct opt_u32 *weight = field;

		*ret = v2 ? cgroup_io_weight(weight->value) : weight->value;
		return weight->set && weight->value;
	}
	if (row->kind == LIMIT_SHARES) {
		const struct opt_u64 *shares = field;

		*ret = v2 ? cgroup_cpu_weight(shares->value) : shares->value;
		return shares->set && shares->value;
	}
	*ret = ((const struct opt_i64 *)field)->value < 0 ? UINT64_MAX : (uint64_t)((const struct opt_i64 *)field)->value;
	return ((const struct opt_i64 *)field)->set && *ret;
}

static int add_limits(const struct cgroup_limits *l, const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		bool v2 = is_v2(cgroups, limits[i].controller);
		const char *property = v2 ? limits[i].property : limits[i].property_v1;
		uint64_t value;

		if (value_of(l, &limits[i], v2, &value) && property && add_number(to, property, value, e) < 0)
			return -1;
	}
	return 0;
}

/* v2 counts swap apart; v1's systemd does not know it. */
static int add_swap(const struct cgroup_limits *l, const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	int64_t sum = l->memory.swap.value, limit = l->memory.limit.value;

	if (!l->memory.swap.set || !sum || !is_v2(cgroups, "memory"))
		return 0;
	if (sum < 0)
		return add_number(to, "MemorySwapMax", UINT64_MAX, e);
	return l->memory.limit.set && limit > 0 && limit <= sum ?
		       add_number(to, "MemorySwapMax", (uint64_t)(sum - limit), e) : 0;
}

/* An idle group has no weight; systemd calls that weight 0 (since 252). */
static int add_idle(const struct cgroup_limits *l, const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	return l->cpu.idle.set && l->cpu.idle.value == 1 && is_v2(cgroups, "cpu") ? add_number(to, "CPUWeight", 0, e) : 0;
}

/* systemd keeps the time in each second, not the quota: it must be told anew whenever the period changes. */
static int add_cpu_time(const struct cgroup_limits *l, const struct systemd_cpu_time *now, struct strv *to, struct err *e)
{
	bool period_given = l->cpu.period.set && l->cpu.period.value, quota_given = l->cpu.quota.set && l->cpu.quota.value;
	uint64_t period = period_given ? l->cpu.period.value : now->period;
	int64_t quota = quota_given ? l->cpu.quota.value : now->quota;
	uint64_t per_second = UINT64_MAX;

	if (!period_given && !quota_given)
		return 0;
	if (quota > 0 && period > 0)
		per_second = (uint64_t)quota * 1000000 / period;
	if (period_given && add_number(to, "CPUQuotaPeriodUSec", period, e) < 0)
		return -1;
	return add_number(to, "CPUQuotaPerSecUSec", per_second, e);
}

/* A bitmap, least byte first, as long as it has to be. */
static int add_set(const char *list, const char *property, struct strv *to, struct err *e)
{
	cleanup(array_done) struct array bytes = { .n = 0 };
	struct bitlist set;

	if (!list || !list[0] || bitlist_parse(list, &set) < 0)
		return 0;
	for (size_t i = 0; i < BITLIST_BITS / 8; i++)
		if (set.words[i / 8] >> (i % 8 * 8) & 0xff)
			bytes.n = i + 1;
	for (size_t i = 0; i < bytes.n; i++)
		if (strv_addf(&bytes.words, "%u", (unsigned)(set.words[i / 8] >> (i % 8 * 8) & 0xff)) < 0)
			return err_nomem(e);
	return add_array(to, property, "ay", &bytes, e);
}

static int add_sets(const struct cgroup_limits *l, const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	if (!is_v2(cgroups, "cpuset"))
		return 0;
	return add_set(l->cpu.cpus, "AllowedCPUs", to, e) < 0 ? -1 : add_set(l->cpu.mems, "AllowedMemoryNodes", to, e);
}

/* ---- block devices ---- */

static int add_rate(struct array *a, int64_t major, int64_t minor, uint64_t value, struct err *e)
{
	a->n++;
	return strv_addf(&a->words, "/dev/block/%lld:%lld", (long long)major, (long long)minor) < 0 ||
	       strv_addf(&a->words, "%llu", (unsigned long long)value) < 0 ? err_nomem(e) : 0;
}

static int add_rates(const struct cgroup_rates *rates, const char *property, struct strv *to, struct err *e)
{
	cleanup(array_done) struct array a = { .n = 0 };

	for (size_t i = 0; i < rates->n; i++) {
		const struct cgroup_rate *r = &rates->items[i];

		if (add_rate(&a, r->major, r->minor, r->rate ? r->rate : UINT64_MAX, e) < 0)
			return -1;
	}
	return a.n ? add_array(to, property, "a(st)", &a, e) : 0;
}

static int add_io(const struct cgroup_limits *l, const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	cleanup(array_done) struct array weights = { .n = 0 };

	if (!is_v2(cgroups, "io"))
		return 0;
	for (size_t i = 0; i < l->io.devices.n; i++) {
		const struct cgroup_weight *w = &l->io.devices.items[i];

		if (w->weight.value && add_rate(&weights, w->major, w->minor, cgroup_io_weight(w->weight.value), e) < 0)
			return -1;
	}
	if (weights.n && add_array(to, "IODeviceWeight", "a(st)", &weights, e) < 0)
		return -1;
	return add_rates(&l->io.read_bps, "IOReadBandwidthMax", to, e) < 0 ||
	       add_rates(&l->io.write_bps, "IOWriteBandwidthMax", to, e) < 0 ||
	       add_rates(&l->io.read_iops, "IOReadIOPSMax", to, e) < 0 ||
	       add_rates(&l->io.write_iops, "IOWriteIOPSMax", to, e) < 0 ? -1 : 0;
}

/* ---- linux.resources.unified ---- */

/* Files that systemd writes, too. */
static const struct { const char *file, *property; } unified[] = {
	{ "memory.min", "MemoryMin" },	 { "memory.low", "MemoryLow" },		 { "memory.high", "MemoryHigh" },
	{ "memory.max", "MemoryMax" },	 { "memory.swap.max", "MemorySwapMax" }, { "pids.max", "TasksMax" },
	{ "cpu.weight", "CPUWeight" },
};

/* As the kernel reads it (memparse): a number, perhaps with the letter of a power of 1024; "max" is UINT64_MAX. */
static bool read_number(const char *text, uint64_t *ret)
{
	static const char letters[] = "kmgtpe";
	const char *letter;
	unsigned long long value;
	unsigned shift = 0;
	char *end;

	if (str_eq(text, "max")) {
		*ret = UINT64_MAX;
		return true;
	}
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || text[0] < '0' || text[0] > '9')
		return false;
	letter = *end ? strchr(letters, *end | 0x20) : NULL;
	if (letter) {
		shift = 10 * (unsigned)(letter - letters + 1);
		end++;
	}
	if (*end || value > UINT64_MAX >> shift)
		return false;
	*ret = value << shift;
	return true;
}

static int not_a_number(const char *file, const char *text, struct err *e)
{
	return err_set(e, ERR_INVALID, "linux.resources.unified: '%.50s' has no number: '%.50s'", file, text);
}

static int add_unified_number(const char *file, const char *text, struct strv *to, struct err *e)
{
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(unified); i++) {
		if (!str_eq(unified[i].file, file))
			continue;
		return read_number(text, &value) ? add_number(to, unified[i].property, value, e) :
						   not_a_number(file, text, e);
	}
	return 0;
}

/* "QUOTA" or "QUOTA PERIOD" */
static int add_unified_cpu_max(const char *text, struct strv *to, struct err *e)
{
	struct cgroup_limits l = { .cpu.quota = { true, -1 } };
	const struct systemd_cpu_time usual = { 100000, -1 };
	autofree char *copy = strdup(text);
	char *space = copy ? strchr(copy, ' ') : NULL;
	uint64_t quota;

	if (!copy)
		return err_nomem(e);
	if (space)
		*space++ = '\0';
	l.cpu.period.set = space != NULL;
	if (!read_number(copy, &quota) || (space && !read_number(space, &l.cpu.period.value)))
		return not_a_number("cpu.max", text, e);
	l.cpu.quota.value = quota > INT64_MAX ? -1 : (int64_t)quota;
	return add_cpu_time(&l, &usual, to, e);
}

static int add_unified(const struct strmap *files, const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	for (size_t i = 0; i + 1 < files->pairs.n; i += 2) {
		const char *file = files->pairs.items[i], *text = files->pairs.items[i + 1];
		struct cgroup_limits l = { .cpu.idle = { true, strtoll(text, NULL, 10) } };
		int r;

		if (str_eq(file, "cpu.max"))
			r = add_unified_cpu_max(text, to, e);
		else if (str_eq(file, "cpu.idle"))
			r = add_idle(&l, cgroups, to, e);
		else if (str_eq(file, "cpuset.cpus"))
			r = add_set(text, "AllowedCPUs", to, e);
		else if (str_eq(file, "cpuset.mems"))
			r = add_set(text, "AllowedMemoryNodes", to, e);
		else
			r = add_unified_number(file, text, to, e);
		if (r < 0)
			return -1;
	}
	return 0;
}

int systemd_unit_limits(const struct oci_resources *resources, const struct systemd_cpu_time *now,
			const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	struct cgroup_limits l = { .unified = NULL };

	if (!resources)
		return 0;
	resources_limits(resources, &l);
	if (add_limits(&l, cgroups, to, e) < 0 || add_swap(&l, cgroups, to, e) < 0 || add_idle(&l, cgroups, to, e) < 0 ||
	    add_cpu_time(&l, now, to, e) < 0 || add_sets(&l, cgroups, to, e) < 0 || add_io(&l, cgroups, to, e) < 0)
		return -1;
	return add_unified(&resources->unified, cgroups, to, e);
}

/* ---- devices ---- */

/* What systemd can say is a list of what is allowed. A rule with a minor number and any major cannot be said, nor one
 * that takes something back: then its list is the longer one, and the filter of resources.c is the exact one. */
static int add_device(struct array *a, const struct cgroup_device *rule, char type, struct err *e)
{
	const char *kind = type == 'c' ? "char" : "block";
	int r;

	if (rule->major < 0)
		r = strv_addf(&a->words, "%s-*", kind);
	else if (rule->minor < 0)
		r = strv_addf(&a->words, "%s-%lld", kind, (long long)rule->major);
	else
		r = strv_addf(&a->words, "/dev/%s/%lld:%lld", kind, (long long)rule->major, (long long)rule->minor);
	a->n++;
	if (r == 0)
		r = strv_addf(&a->words, "%s%s%s", rule->read ? "r" : "", rule->write ? "w" : "", rule->mknod ? "m" : "");
	return r < 0 ? err_nomem(e) : 0;
}

static int add_devices(const struct oci_resources *resources, struct strv *to, struct err *e)
{
	cleanup(resources_rules_done) struct resources_rules rules = { .items = NULL };
	cleanup(array_done) struct array allowed = { .n = 0 };

	if (resources_rules(resources, &rules, e) < 0)
		return -1;
	for (size_t i = 0; i < rules.n; i++) {
		const struct cgroup_device *rule = &rules.items[i];

		if (!rule->allow)
			continue;
		if (resources_is_everything(rule))
			return add(to, "DevicePolicy", "s", "auto", e);
		if ((rule->type != 'b' && add_device(&allowed, rule, 'c', e) < 0) ||
		    (rule->type != 'c' && add_device(&allowed, rule, 'b', e) < 0))
			return -1;
	}
	return add(to, "DevicePolicy", "s", "strict", e) < 0 ? -1 : add_array(to, "DeviceAllow", "a(ss)", &allowed, e);
}

/* ---- the scope ---- */

static const char annotation[] = "org.systemd.property.";

/* As runc: letters only, three at least, and GVariant's text. */
static int add_annotations(const struct oci_spec *spec, struct strv *to, struct err *e)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const struct strv *pairs = &spec->annotations.pairs;

	for (size_t i = 0; i + 1 < pairs->n; i += 2) {
		const char *name = pairs->items[i] + strlen(annotation);

		if (!str_starts(pairs->items[i], annotation))
			continue;
		if (strlen(name) < 3 || strspn(name, letters) != strlen(name))
			return err_set(e, ERR_INVALID, "annotation '%.200s' does not name a property", pairs->items[i]);
		if (add(to, name, "=", pairs->items[i + 1], e) < 0)
			return -1;
	}
	return 0;
}

static int add_scope(const struct systemd_unit *unit, const char *id, pid_t pid, struct strv *to, struct err *e)
{
	static const char *const yes[] = {
		"Delegate", "CPUAccounting", "MemoryAccounting", "TasksAccounting", "IOAccounting",
	};
	char text[512];

	(void)snprintf(text, sizeof(text), "lighter container %s", id);
	if (add(to, "Description", "s", text, e) < 0 || add(to, "Slice", "s", unit->slice, e) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%d", pid);
	if (add(to, "PIDs", "au", "1", e) < 0 || strv_add(to, text) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (add(to, yes[i], "b", "true", e) < 0)
			return -1;
	/* It ends with its container, not with the machine's targets, and its failure is nobody's to look at. */
	return add(to, "DefaultDependencies", "b", "false", e) < 0 ||
	       add(to, "CollectMode", "s", "inactive-or-failed", e) < 0 ? -1 : 0;
}

int systemd_unit_properties(const struct systemd_unit *unit, const struct oci_spec *spec, const char *id, pid_t pid,
			    const struct cgroup_system *cgroups, struct strv *to, struct err *e)
{
	const struct systemd_cpu_time usual = { 100000, -1 };
	const struct oci_resources *resources = spec->linux_->resources;

	if (add_scope(unit, id, pid, to, e) < 0 || add_devices(resources, to, e) < 0 ||
	    systemd_unit_limits(resources, &usual, cgroups, to, e) < 0)
		return -1;
	return add_annotations(spec, to, e);
}
