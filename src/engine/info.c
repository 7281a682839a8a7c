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

	if (image_list(f->engine->store, false, &list, e) < 0)
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

/* ---- as a document ---- */

static int count(struct engine *engine, size_t *ret_running, size_t *ret_containers, size_t *ret_images, struct err *e)
{
	cleanup(container_list_done) struct container_list containers = { .items = NULL };
	cleanup(image_list_done) struct image_list images = { NULL };

	if (engine_list(engine, true, &containers, e) < 0 || image_list(engine->store, false, &images, e) < 0)
		return -1;
	*ret_running = 0;
	for (size_t i = 0; i < containers.n; i++)
		*ret_running += containers.items[i].state == CONTAINER_RUNNING;
	*ret_containers = containers.n;
	*ret_images = images.n;
	return 0;
}

static void add_host(struct json_writer *w, const struct utsname *machine, const struct sysinfo *memory)
{
	json_add_string(w, "KernelVersion", machine->release);
	json_add_string(w, "OSType", "linux");
	json_add_string(w, "Architecture", machine->machine);
	json_add_i64(w, "NCPU", get_nprocs());
	json_add_u64(w, "MemTotal", (uint64_t)memory->totalram * memory->mem_unit);
	json_add_string(w, "Name", machine->nodename);
}

static void add_engine(struct json_writer *w, const struct instance *i, const struct strmap *facts)
{
	const char *cgroups = strmap_get(facts, "Cgroup Version");

	json_add_string(w, "Driver", snapshot_default()->name);
	json_add_string(w, "LoggingDriver", strmap_get(facts, "Logging Driver"));
	json_add_string(w, "CgroupDriver", strmap_get(facts, "Cgroup Driver"));
	json_add_string(w, "CgroupVersion", cgroups && cgroups[0] == '2' ? "2" : "1");
	json_add_string(w, "DockerRootDir", i->root);
	json_add_string(w, "ServerVersion", LIGHTER_VERSION);
	json_add_string(w, "DefaultRuntime", "lighter");
	json_object_begin(w, "Runtimes");
	json_object_begin(w, "lighter");
	json_object_end(w);
	json_object_end(w);
	json_object_begin(w, "Swarm");
	json_add_string(w, "LocalNodeState", "inactive");
	json_object_end(w);
}

int engine_info_document(struct engine *engine, struct str *to, struct err *e)
{
	struct json_writer w = { .out = to };
	struct strmap facts = { { NULL } };
	size_t running, containers, images;
	struct utsname machine;
	struct sysinfo memory;

	if (uname(&machine) < 0 || sysinfo(&memory) < 0)
		return err_sys(e, errno, "look at the machine");
	if (count(engine, &running, &containers, &images, e) < 0)
		return -1;
	if (engine_info(engine, &facts, e) < 0) {
		strv_done(&facts.pairs);
		return -1;
	}
	json_object_begin(&w, NULL);
	json_add_u64(&w, "Containers", containers);
	json_add_u64(&w, "ContainersRunning", running);
	json_add_u64(&w, "ContainersPaused", 0);
	json_add_u64(&w, "ContainersStopped", containers - running);
	json_add_u64(&w, "Images", images);
	add_engine(&w, engine->instance, &facts);
	add_host(&w, &machine, &memory);
	json_object_end(&w);
	strv_done(&facts.pairs);
	return to->failed ? err_nomem(e) : 0;
}
