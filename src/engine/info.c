/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* Facts about the instance and the machine, in the order in which they are printed. */

#include <stdio.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "base/own.h"

struct facts {
	struct engine *engine;
	struct strmap *to;
};

static int add(const struct facts *f, const char *label, char *value, struct err *e)
{
	autofree char *owned = value;

	return owned && strmap_set(f->to, label, owned) == 0 ? 0 : err_nomem(e);
}

static int add_containers(const struct facts *f, struct err *e)
{
	cleanup(container_list_done) struct container_list list = { .items = NULL };
	size_t running = 0;

	if (engine_list(f->engine, true, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		running += list.items[i].state == CONTAINER_RUNNING;
	if (add(f, "Containers", str_format("%zu", list.n), e) < 0 || add(f, " Running", str_format("%zu", running), e) < 0)
		return -1;
	return add(f, " Stopped", str_format("%zu", list.n - running), e);
}

static int add_images(const struct facts *f, struct err *e)
{
	cleanup(image_list_done) struct image_list list = { .items = NULL };

	if (image_list(f->engine->store, &list, e) < 0)
		return -1;
	return add(f, "Images", str_format("%zu", list.n), e);
}

static int add_cgroups(const struct facts *f, struct err *e)
{
	cleanup(cgroup_system_done) struct cgroup_system system = { .items = NULL };
	size_t v1 = 0;

	if (cgroup_system_read(&system, e) < 0)
		return -1;
	for (size_t i = 0; i < system.n; i++)
		v1 += !system.items[i].v2;
	return add(f, "Cgroup Version", str_format("%s", v1 == 0 ? "2" : v1 == system.n ? "1" : "1 (hybrid)"), e);
}

static int add_machine(const struct facts *f, struct err *e)
{
	struct utsname machine;
	struct sysinfo memory;

	if (uname(&machine) < 0 || sysinfo(&memory) < 0)
		return err_sys(e, errno, "look at the machine");
	if (add(f, "Kernel Version", str_format("%s", machine.release), e) < 0 ||
	    add(f, "Architecture", str_format("%s", machine.machine), e) < 0 ||
	    add(f, "CPUs", str_format("%d", get_nprocs()), e) < 0)
		return -1;
	return add(f, "Total Memory", str_format("%.2fGiB", (double)memory.totalram * memory.mem_unit / (1 << 30)), e);
}

int engine_info(struct engine *engine, struct strmap *ret, struct err *e)
{
	const struct instance *i = engine->instance;
	const struct facts f = { .engine = engine, .to = ret };
	bool root = geteuid() == 0;

	if (add_containers(&f, e) < 0 || add_images(&f, e) < 0 ||
	    add(&f, "Server Version", str_format("%s", LIGHTER_VERSION), e) < 0 ||
	    add(&f, "Storage Driver", str_format("%s", snapshot_default()->name), e) < 0 ||
	    add(&f, "Logging Driver", str_format("json-file"), e) < 0 ||
	    add(&f, "Cgroup Driver", str_format("cgroupfs"), e) < 0 || add_cgroups(&f, e) < 0)
		return -1;
	if (root ? add(&f, "User Namespaces", str_format("private by default, ids %u to %u", i->id_base,
							 i->id_base + i->id_ranges * 65536 - 1), e) :
		   add(&f, "User Namespaces", str_format("the caller's"), e))
		return -1;
	if (add_machine(&f, e) < 0)
		return -1;
	return add(&f, "Data Root", str_format("%s", i->root), e) < 0 ? -1 :
									 add(&f, "Run Root", str_format("%s", i->run_root), e);
}
