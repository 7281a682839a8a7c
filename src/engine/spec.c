/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/*
 * From a container's configuration and its image to a launch record. Each aspect is one function; the table at the end
 * is their order. Ids are the image's own: the range of host ids is chosen by the status slot.
 */

#include <string.h>

#include "base/id.h"
#include "base/own.h"
#include "linux/cap.h"

enum { RANGE = 65536, PIDS_DEFAULT = 4096, CPU_PERIOD = 100000, LOG_SIZE = 10 << 20, LOG_FILES = 3 };

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static int copy_text(const char *from, char **to, struct err *e)
{
	*to = strdup(from);
	return *to ? 0 : err_nomem(e);
}

static const char *first_set(const char *a, const char *b, const char *otherwise)
{
	return a && a[0] ? a : b && b[0] ? b : otherwise;
}

int spec_args(const struct container_config *config, const struct image_record *image, struct strv *ret, struct err *e)
{
	const struct strv *entrypoint = config->entrypoint_set ? &config->entrypoint : &image->entrypoint;
	static const struct strv none = STRV_INIT;
	/* An entrypoint of the user's own makes the image's default arguments meaningless. */
	const struct strv *args = config->args.n ? &config->args : config->entrypoint_set ? &none : &image->cmd;

	if (strv_copy(ret, entrypoint) < 0 || strv_copy(ret, args) < 0)
		return err_nomem(e);
	if (ret->n == 0 || !ret->items[0][0])
		return err_set(e, ERR_INVALID, "no command specified: the image has none and none was given");
	return 0;
}

static int set_env(const struct spec_facts *f, struct launch *to, struct err *e)
{
	const struct container_config *c = &f->container->record.config;
	struct strv *env = &to->spec.process->env;
	const struct strv *sources[] = { &f->image->env, &c->env };

	if (strv_env_set(env, "PATH", default_path) < 0 || strv_env_set(env, "HOSTNAME", to->spec.hostname) < 0 ||
	    (c->tty && strv_env_set(env, "TERM", "xterm") < 0))
		return err_nomem(e);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		for (size_t k = 0; k < sources[i]->n; k++) {
			autofree char *name = strdup(sources[i]->items[k]);
			char *value = name ? strchr(name, '=') : NULL;

			if (!value)
				continue;
			*value++ = '\0';
			if (strv_env_set(env, name, value) < 0)
				return err_nomem(e);
		}
	return 0;
}

static int set_process(const struct spec_facts *f, struct launch *to, struct err *e)
{
	const struct container_config *c = &f->container->record.config;
	struct oci_process *p = to->spec.process;

	p->terminal = c->tty;
	to->open_stdin = c->open_stdin;
	to->create_cwd = true;
	if (spec_args(c, f->image, &p->args, e) < 0 ||
	    copy_text(first_set(c->working_dir, f->image->working_dir, "/"), &p->cwd, e) < 0)
		return -1;
	if (p->cwd[0] != '/')
		return err_set(e, ERR_INVALID, "the working directory '%.200s' is invalid, it needs to be an absolute path",
			       p->cwd);
	return copy_text(first_set(c->user, f->image->user, ""), &to->user, e);
}

static int set_hostname(const struct spec_facts *f, struct launch *to, struct err *e)
{
	const struct container_config *c = &f->container->record.config;
	char own[HOST_NAME_MAX + 1] = "";

	/* With the host's network the host's name, as Docker has it. */
	if (c->network && str_eq(c->network, "host"))
		(void)gethostname(own, sizeof(own));
	if (!own[0])
		memcpy(own, f->container->row.id, ID_SHORT);
	return copy_text(first_set(c->hostname, NULL, own), &to->spec.hostname, e);
}

static bool wants_all(const struct strv *names)
{
	return strv_contains(names, "ALL") || strv_contains(names, "all");
}

static int mask_of(const struct strv *names, uint64_t *to, struct err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		int number = cap_number(names->items[i]);

		if (number < 0 && strcasecmp(names->items[i], "ALL") != 0)
			return err_set(e, ERR_INVALID, "invalid capability: unknown capability \"%.50s\"", names->items[i]);
		if (number >= 0)
			*to |= UINT64_C(1) << number;
	}
	return 0;
}

/* Docker's arithmetic: ALL first, then what is named. */
static int capability_mask(const struct container_config *c, uint64_t *ret, struct err *e)
{
	uint64_t defaults = 0, add = 0, drop = 0, base;
	const uint64_t all = ~UINT64_C(0);

	for (size_t i = 0; default_capabilities[i]; i++)
		defaults |= UINT64_C(1) << cap_number(default_capabilities[i]);
	if (mask_of(&c->cap_add, &add, e) < 0 || mask_of(&c->cap_drop, &drop, e) < 0)
		return -1;
	base = c->privileged || wants_all(&c->cap_add) ? all : wants_all(&c->cap_drop) ? 0 : defaults;
	*ret = c->privileged ? all : (base & ~drop) | add;
	return 0;
}

static int set_capabilities(const struct spec_facts *f, struct launch *to, struct err *e)
{
	struct oci_capabilities *sets = calloc(1, sizeof(*sets));
	uint64_t mask;

	to->spec.process->capabilities = sets;
	if (!sets)
		return err_nomem(e);
	if (capability_mask(&f->container->record.config, &mask, e) < 0)
		return -1;
	for (int i = 0; cap_name(i); i++)
		if (mask & (UINT64_C(1) << i) &&
		    (strv_add(&sets->bounding, cap_name(i)) < 0 || strv_add(&sets->permitted, cap_name(i)) < 0 ||
		     strv_add(&sets->effective, cap_name(i)) < 0))
			return err_nomem(e);
	to->default_seccomp = !f->container->record.config.privileged;
	return 0;
}

static int add_namespace(struct oci_linux *l, enum oci_namespace_type type, struct err *e)
{
	struct oci_namespace *ns = vec_add(&l->namespaces);

	if (!ns)
		return err_nomem(e);
	ns->type = type;
	return 0;
}

static int set_range(const struct spec_facts *f, struct oci_linux *l, struct err *e)
{
	const struct instance *instance = f->container->engine->instance;
	uint32_t slot = f->container->row.slot;
	struct oci_id_map *uid = vec_add(&l->uid_mappings), *gid = vec_add(&l->gid_mappings);

	if (!uid || !gid)
		return err_nomem(e);
	if (slot >= instance->id_ranges)
		return err_set(e, ERR_EXHAUSTED, "all %u ranges of user ids are taken; --userns=host needs none",
			       instance->id_ranges);
	*uid = *gid = (struct oci_id_map){ .container_id = 0, .host_id = instance->id_base + slot * RANGE, .size = RANGE };
	return 0;
}

static int set_namespaces(const struct spec_facts *f, struct launch *to, struct err *e)
{
	static const enum oci_namespace_type always[] = { OCI_NS_PID, OCI_NS_MOUNT, OCI_NS_IPC, OCI_NS_UTS, OCI_NS_CGROUP };
	const struct record *r = &f->container->record;
	struct oci_linux *l = to->spec.linux_;

	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (add_namespace(l, always[i], e) < 0)
			return -1;
	if (!(r->config.network && str_eq(r->config.network, "host")) && add_namespace(l, OCI_NS_NETWORK, e) < 0)
		return -1;
	if (r->host_userns)
		return 0;
	return add_namespace(l, OCI_NS_USER, e) < 0 ? -1 : set_range(f, l, e);
}

static bool is_mounted_over(const struct container_config *c, const char *destination)
{
	for (size_t i = 0; i < c->binds.n; i++)
		if (str_eq(c->binds.items[i].target, destination))
			return true;
	return false;
}

static int add_bind(const struct container_bind *bind, struct oci_spec *spec, struct err *e)
{
	struct oci_mount *m = vec_add(&spec->mounts);

	if (!m)
		return err_nomem(e);
	m->destination = strdup(bind->target);
	m->source = strdup(bind->source);
	m->type = strdup("bind");
	if (!m->destination || !m->source || !m->type || strv_add(&m->options, "rbind") < 0 ||
	    strv_add(&m->options, "rprivate") < 0 || strv_copy(&m->options, &bind->options) < 0)
		return err_nomem(e);
	return 0;
}

/* -v over one of our own mounts replaces it. */
static void drop_replaced(const struct container_config *c, struct oci_spec *spec)
{
	size_t kept = 0;

	for (size_t i = 0; i < spec->mounts.n; i++) {
		struct oci_mount *m = &spec->mounts.items[i];

		if (!is_mounted_over(c, m->destination)) {
			spec->mounts.items[kept++] = *m;
			continue;
		}
		free(m->destination);
		free(m->type);
		free(m->source);
		strv_done(&m->options);
	}
	spec->mounts.n = kept;
}

static int set_mounts(const struct spec_facts *f, struct launch *to, struct err *e)
{
	const struct container_config *c = &f->container->record.config;
	struct oci_linux *l = to->spec.linux_;

	if (default_add_mounts(&to->spec, e) < 0)
		return -1;
	drop_replaced(c, &to->spec);
	for (size_t i = 0; i < c->binds.n; i++)
		if (add_bind(&c->binds.items[i], &to->spec, e) < 0)
			return -1;
	if (c->privileged)
		return 0;
	if (default_add_words(default_masked, &l->masked_paths) < 0 ||
	    default_add_words(default_readonly, &l->readonly_paths) < 0)
		return err_nomem(e);
	return 0;
}

static int set_devices(struct oci_resources *r, bool privileged, struct err *e)
{
	struct oci_device_rule *rule = vec_add(&r->devices);

	if (!rule)
		return err_nomem(e);
	rule->allow = privileged;
	rule->access = strdup("rwm");
	return rule->access ? 0 : err_nomem(e);
}

static int set_resources(const struct spec_facts *f, struct launch *to, struct err *e)
{
	const struct container_config *c = &f->container->record.config;
	struct oci_resources *r = calloc(1, sizeof(*r));

	to->spec.linux_->resources = r;
	if (!r)
		return err_nomem(e);
	r->memory = calloc(1, sizeof(*r->memory));
	r->cpu = calloc(1, sizeof(*r->cpu));
	r->pids = calloc(1, sizeof(*r->pids));
	if (!r->memory || !r->cpu || !r->pids)
		return err_nomem(e);
	r->memory->limit = c->memory;
	/* As much swap as memory, where swap is counted. */
	if (c->memory.set && f->swap_counted)
		r->memory->swap = (struct opt_i64){ true, c->memory.value * 2 };
	if (c->nano_cpus.set) {
		r->cpu->period = (struct opt_u64){ true, CPU_PERIOD };
		r->cpu->quota = (struct opt_i64){ true, c->nano_cpus.value * CPU_PERIOD / 1000000000 };
	}
	r->pids->limit = c->pids_limit.set ? c->pids_limit : (struct opt_i64){ true, PIDS_DEFAULT };
	if (r->pids->limit.value <= 0) /* Docker's unlimited; the runtime's zero is a limit */
		r->pids->limit.value = -1;
	to->spec.linux_->cgroups_path = container_cgroup(f->container);
	if (!to->spec.linux_->cgroups_path)
		return err_nomem(e);
	return set_devices(r, c->privileged, e);
}

static int set_rootfs(const struct spec_facts *f, struct launch *to, struct err *e)
{
	const struct container *c = f->container;

	to->spec.root->path = strdup("rootfs");
	to->spec.root->readonly = c->record.config.read_only;
	to->rootfs.read_only = c->record.config.read_only;
	to->rootfs.volatile_ = c->record.config.remove;
	to->rootfs.state = container_path(c, "rw");
	if (!to->spec.root->path || !to->rootfs.state)
		return err_nomem(e);
	return snapshot_default()->layers(c->engine->store, f->image, &to->rootfs.layers, e);
}

static int add_file(const struct container *c, const char *name, const char *to_path, struct launch *to, struct err *e)
{
	struct launch_file *file = vec_add(&to->files);

	if (!file)
		return err_nomem(e);
	file->source = container_path(c, name);
	file->destination = strdup(to_path);
	return file->source && file->destination ? 0 : err_nomem(e);
}

static int set_files(const struct spec_facts *f, struct launch *to, struct err *e)
{
	static const struct { const char *name, *destination; } files[] = {
		{ "resolv.conf", "/etc/resolv.conf" }, { "hostname", "/etc/hostname" }, { "hosts", "/etc/hosts" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!is_mounted_over(&f->container->record.config, files[i].destination) &&
		    add_file(f->container, files[i].name, files[i].destination, to, e) < 0)
			return -1;
	return 0;
}

static int set_log(const struct spec_facts *f, struct launch *to, struct err *e)
{
	autofree char *name = str_format("%s-json.log", f->container->row.id);

	to->log.path = name ? container_path(f->container, name) : NULL;
	to->log.max_size = LOG_SIZE;
	to->log.max_files = LOG_FILES;
	return to->log.path ? 0 : err_nomem(e);
}

static int set_cleanup(const struct spec_facts *f, struct launch *to, struct err *e)
{
	const struct instance *i = f->container->engine->instance;

	to->remove = f->container->record.config.remove;
	to->cleanup = realpath("/proc/self/exe", NULL);
	if (!to->cleanup || strv_addf(&to->cleanup_args, "--root=%s", i->root) < 0 ||
	    strv_addf(&to->cleanup_args, "--run-root=%s", i->run_root) < 0)
		return err_nomem(e);
	return 0;
}

static int set_identity(const struct spec_facts *f, struct launch *to, struct err *e)
{
	to->version = LAUNCH_VERSION;
	to->slot = f->container->row.slot;
	to->id = strdup(f->container->row.id);
	to->container_dir = container_path(f->container, "");
	to->run_root = strdup(f->container->engine->instance->run_root);
	to->spec.oci_version = strdup(OCI_VERSION);
	to->spec.root = calloc(1, sizeof(*to->spec.root));
	to->spec.process = calloc(1, sizeof(*to->spec.process));
	to->spec.linux_ = calloc(1, sizeof(*to->spec.linux_));
	if (!to->id || !to->container_dir || !to->run_root || !to->spec.oci_version || !to->spec.root ||
	    !to->spec.process || !to->spec.linux_)
		return err_nomem(e);
	return 0;
}

int spec_make(const struct spec_facts *facts, struct launch *to, struct err *e)
{
	static int (*const aspects[])(const struct spec_facts *f, struct launch *to, struct err *e) = {
		set_identity, set_hostname, set_process, set_env,   set_capabilities, set_namespaces,
		set_mounts,   set_resources, set_rootfs, set_files, set_log,	      set_cleanup,
	};

	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < ARRAY_SIZE(aspects); i++)
		if (aspects[i](facts, to, e) < 0) {
			launch_done(to);
			return -1;
		}
	return 0;
}
