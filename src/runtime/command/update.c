/* SPDX-License-Identifier: Apache-2.0 */

/* runc's flags, which are crun's, too. A file of resources takes the place of all but those of resctrl. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/path.h"
#include "base/quantity.h"
#include "runtime/command/command.h"
#include "runtime/running.h"

enum { RESOURCES_MAX = 16 << 20 };

struct update_options {
	char *resources, *cpuset_cpus, *cpuset_mems, *l3_cache_schema, *mem_bw_schema;
	struct opt_u32 blkio_weight;
	struct opt_u64 cpu_period, cpu_share, cpu_burst, cpu_rt_period;
	struct opt_i64 cpu_quota, cpu_rt_runtime, cpu_idle, pids_limit;
	struct opt_i64 memory, memory_reservation, memory_swap, kernel_memory, kernel_memory_tcp;
};

/* "-1": unlimited. An empty value is none, as in runc. */
static int limit_set(void *field, const char *value, struct err *e)
{
	struct opt_i64 *to = field;
	int64_t n = -1;

	if (!value[0])
		return 0;
	if (!str_eq(value, "-1") && quantity_size(value, &n) < 0)
		return err_set(e, ERR_INVALID, "a size like 512m or 2g, or -1, is wanted");
	*to = (struct opt_i64){ true, n };
	return 0;
}

static int number_set(void *field, const char *value, struct err *e)
{
	struct opt_i64 *to = field;
	int64_t n;

	if (!value[0])
		return 0;
	if (quantity_i64(value, &n) < 0)
		return err_set(e, ERR_INVALID, "an integer is wanted");
	*to = (struct opt_i64){ true, n };
	return 0;
}

static int count_set(void *field, const char *value, struct err *e)
{
	struct opt_u64 *to = field;
	int64_t n;

	if (!value[0])
		return 0;
	if (quantity_i64(value, &n) < 0 || n < 0)
		return err_set(e, ERR_INVALID, "an integer of at least 0 is wanted");
	*to = (struct opt_u64){ true, (uint64_t)n };
	return 0;
}

static const struct opt_type opt_type_limit = { "bytes", limit_set };
static const struct opt_type opt_type_number = { "int", number_set };
static const struct opt_type opt_type_count = { "int", count_set };

#define ROW(member, name, letter, type, ...) OPT(struct update_options, member, name, letter, type, __VA_ARGS__)

static const struct opt rows[] = {
	ROW(resources, "resources", 'r', text, "JSON of linux.resources instead of flags; - is standard input", "FILE"),
	ROW(blkio_weight, "blkio-weight", 0, uint, "block weight, 10 to 1000", "WEIGHT"),
	ROW(cpu_period, "cpu-period", 0, count, "period of the CPU quota, in microseconds"),
	ROW(cpu_quota, "cpu-quota", 0, number, "CPU time in a period, in microseconds; -1: unlimited"),
	ROW(cpu_burst, "cpu-burst", 0, count, "CPU time that may be saved up, in microseconds"),
	ROW(cpu_share, "cpu-share", 0, count, "CPU shares, relative to other containers"),
	ROW(cpu_rt_period, "cpu-rt-period", 0, count, "period of realtime processes, in microseconds"),
	ROW(cpu_rt_runtime, "cpu-rt-runtime", 0, number, "CPU time of realtime processes in their period"),
	ROW(cpuset_cpus, "cpuset-cpus", 0, text, "CPUs to use", "LIST"),
	ROW(cpuset_mems, "cpuset-mems", 0, text, "memory nodes to use", "LIST"),
	ROW(kernel_memory, "kernel-memory", 0, limit, NULL),
	ROW(kernel_memory_tcp, "kernel-memory-tcp", 0, limit, NULL),
	ROW(memory, "memory", 0, limit, "memory; -1: unlimited"),
	ROW(cpu_idle, "cpu-idle", 0, number, "1: only what others leave (SCHED_IDLE), 0: not"),
	ROW(memory_reservation, "memory-reservation", 0, limit, "memory that is spared when memory is short"),
	ROW(memory_swap, "memory-swap", 0, limit, "memory and swap together; -1: unlimited swap"),
	ROW(pids_limit, "pids-limit", 0, number, "number of processes; -1: unlimited"),
	ROW(l3_cache_schema, "l3-cache-schema", 0, text, "line of the resctrl group for the L3 cache", "LINE"),
	ROW(mem_bw_schema, "mem-bw-schema", 0, text, "line of the resctrl group for memory bandwidth", "LINE"),
};
VERB_OPTIONS(options_table, rows);

static int update_by_flags(const struct call *call, struct runtime_update *update, struct err *e)
{
	const struct update_options *o = call->options;
	struct oci_memory memory = { .limit = o->memory,
				     .reservation = o->memory_reservation,
				     .swap = o->memory_swap,
				     .kernel = o->kernel_memory,
				     .kernel_tcp = o->kernel_memory_tcp };
	struct oci_cpu cpu = { .shares = o->cpu_share,
			       .period = o->cpu_period,
			       .burst = o->cpu_burst,
			       .realtime_period = o->cpu_rt_period,
			       .quota = o->cpu_quota,
			       .realtime_runtime = o->cpu_rt_runtime,
			       .idle = o->cpu_idle,
			       .cpus = o->cpuset_cpus,
			       .mems = o->cpuset_mems };
	struct oci_pids pids = { .limit = o->pids_limit };
	struct oci_block_io io = { .weight = o->blkio_weight };
	const struct oci_resources resources = { .memory = &memory, .cpu = &cpu, .pids = &pids, .block_io = &io };

	update->resources = &resources;
	return runtime_update(call->root, call->operands[0], update, e);
}

static int read_resources(const char *path, struct str *to, struct err *e)
{
	bool is_stdin = str_eq(path, "-");
	autofd int fd = is_stdin ? -EBADF : path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_RDONLY | O_NOCTTY, 0);
	int r = !is_stdin && fd < 0 ? fd : io_read_all(is_stdin ? STDIN_FILENO : fd, RESOURCES_MAX, to);

	return r < 0 ? err_sys(e, -r, "read resources '%s'", path) : 0;
}

static int update_by_file(const struct call *call, const char *path, struct runtime_update *update, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct oci_resources resources;
	int r;

	if (read_resources(path, &text, e) < 0)
		return -1;
	if (decode_text(&oci_resources_table, str_text(&text), text.len, &resources, e) < 0)
		return err_prefix(e, "resources '%s'", path);
	update->resources = &resources;
	r = runtime_update(call->root, call->operands[0], update, e);
	decode_done(&oci_resources_table, &resources);
	return r;
}

static char *unless_empty(char *text)
{
	return text && text[0] ? text : NULL;
}

static int update_run(const struct call *call, struct err *e)
{
	const struct update_options *o = call->options;
	struct runtime_update update = { .l3_cache_schema = unless_empty(o->l3_cache_schema),
					 .mem_bw_schema = unless_empty(o->mem_bw_schema) };

	if (unless_empty(o->resources))
		return update_by_file(call, o->resources, &update, e);
	return update_by_flags(call, &update, e);
}

static void update_done(void *options)
{
	struct update_options *o = options;
	char *const owned[] = { o->resources, o->cpuset_cpus, o->cpuset_mems, o->l3_cache_schema, o->mem_bw_schema };

	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		free(owned[i]);
}

const struct verb verb_update = {
	.name = "update",
	.operands = "ID",
	.summary = "change the limits of a container",
	.options = &options_table,
	.size = sizeof(struct update_options),
	.min = 1, .max = 1,
	.run = update_run,
	.done = update_done,
};
