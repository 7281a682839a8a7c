/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/criu_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "linux/mount.h"
#include "linux/mountinfo.h"
#include "runtime/criu.h"
#include "runtime/mountpoint.h"

struct visit {
	const struct state *state;
	const struct oci_spec *spec;
	const struct cgroup_system *cgroups;
	int root;
	struct str *options;
	/* `source` is a path of the host. */
	int (*found)(const struct visit *v, const char *destination, const char *source, struct err *e);
};

/* What is mounted below a source of the host came along with it. */
static int visit_below(const struct visit *v, const char *destination, const char *source, struct err *e)
{
	autostr struct str text = STR_INIT;
	int r = mountinfo_read(&text);
	size_t len = strlen(source);
	struct mountinfo mount;
	char *cursor = text.data;

	if (r < 0)
		return err_sys(e, -r, "read the mounts");
	while (cursor && mountinfo_next(&cursor, &mount)) {
		autofree char *inside = NULL;

		mountinfo_unescape(mount.path);
		if (strncmp(mount.path, source, len) != 0 || mount.path[len] != '/')
			continue;
		inside = str_format("%s%s", destination, mount.path + len);
		if (!inside)
			return err_nomem(e);
		if (v->found(v, inside, mount.path, e) < 0)
			return -1;
	}
	return 0;
}

static int visit_bind(const struct visit *v, const struct oci_mount *m, const struct mount_options *o, struct err *e)
{
	const char *source = m->source ? m->source : "";
	autofree char *path = source[0] == '/' ? strdup(source) : str_format("%s/%s", v->state->bundle, source);
	char destination[PATH_MAX];

	if (!path)
		return err_nomem(e);
	if (m->uid_mappings.n || m->gid_mappings.n || o->idmap || o->idmap_recursive)
		return err_set(e, ERR_UNSUPPORTED, "mount on '%.200s': criu does not save the ids of an idmapped mount",
			       m->destination);
	(void)mountpoint_clean(m->destination, destination);
	if (v->found(v, destination, path, e) < 0)
		return -1;
	return o->bind_recursive || !o->bind ? visit_below(v, destination, path, e) : 0;
}

/* The container's group, or the whole tree where it is seen from outside (cgroup_mount.c). */
static int group_source(const struct visit *v, const struct cgroup_hierarchy *h, char to[static PATH_MAX])
{
	if (!cgroup_is_v2_alone(v->cgroups) || oci_spec_namespace(v->spec, OCI_NS_CGROUP))
		return groups_find(v->state, h, to);
	(void)cgroup_file(h, "/", NULL, to);
	return 0;
}

static int visit_cgroup(const struct visit *v, const struct oci_mount *m, struct err *e)
{
	bool alone = cgroup_is_v2_alone(v->cgroups);

	for (size_t i = 0; i < v->cgroups->n; i++) {
		const struct cgroup_hierarchy *h = &v->cgroups->items[i];
		char source[PATH_MAX], destination[PATH_MAX];
		autofree char *below = NULL;
		int r = group_source(v, h, source);

		if (r < 0)
			return err_sys(e, -r, "find the container's group in '%s'", h->mount);
		(void)mountpoint_clean(m->destination, destination);
		below = str_format("%s%s", destination, alone ? "" : strrchr(h->mount, '/'));
		if (!below)
			return err_nomem(e);
		if (v->found(v, below, source, e) < 0)
			return -1;
	}
	return 0;
}

static int visit_mount(const struct visit *v, const struct oci_mount *m, struct err *e)
{
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };

	if (mount_options_parse(&m->options, &o) < 0)
		return err_nomem(e);
	if (bind_is(m, &o))
		return visit_bind(v, m, &o, e);
	return m->type && str_eq(m->type, "cgroup") ? visit_cgroup(v, m, e) : 0;
}

static int visit_all(const struct visit *v, struct err *e)
{
	for (size_t i = 0; i < v->spec->mounts.n; i++)
		if (visit_mount(v, &v->spec->mounts.items[i], e) < 0)
			return -1;
	return visit_below(v, "", v->state->rootfs, e);
}

/* ---- save ---- */

/* The kernel's name of it: the configuration's may have led over links. What the container has no mount on is not asked for. */
static int save_mount(const struct visit *v, const char *destination, const char *source, struct err *e)
{
	autofd int at = path_open(v->root, destination, PATH_IN_ROOT, O_PATH, 0);
	autofree char *name = NULL;

	if (at < 0 || !mount_is_root(at))
		return 0;
	name = path_name_of(at);
	if (!name)
		return err_sys(e, errno, "find the mount on '%s'", destination);
	criu_add_mount(v->options, name, destination);
	return 0;
}

int criu_mounts_save(const struct state *state, const struct oci_spec *spec, const struct cgroup_system *cgroups, int root,
		     struct str *options, struct err *e)
{
	const struct visit v = { state, spec, cgroups, root, options, save_mount };

	return visit_all(&v, e);
}

/* ---- restore ---- */

static int restore_mount(const struct visit *v, const char *destination, const char *source, struct err *e)
{
	criu_add_mount(v->options, destination, source);
	return 0;
}

/* What lies on another mount is restored with it, or lies outside. */
static bool is_on_root(const struct oci_spec *spec, const struct oci_mount *m)
{
	for (size_t i = 0; i < spec->mounts.n; i++)
		if (mountpoint_is_below(m->destination, spec->mounts.items[i].destination))
			return false;
	return !mountpoint_is(m->destination, "/");
}

static int make_mountpoint(const struct state *state, const struct oci_mount *m, int root, struct err *e)
{
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };
	autofd int bundle = -EBADF, source = -EBADF, at = -EBADF;
	struct stat st = { .st_mode = S_IFDIR };
	bool made;

	if (mount_options_parse(&m->options, &o) < 0)
		return err_nomem(e);
	if (bind_is(m, &o)) {
		bundle = path_open(AT_FDCWD, state->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);
		source = bundle < 0 ? bundle : path_open(bundle, m->source ? m->source : "", PATH_HOST_MAGIC, O_PATH, 0);
		if (source < 0 || fstat(source, &st) < 0)
			return err_sys(e, source < 0 ? -source : errno, "mount '%s' on '%s'", m->source, m->destination);
	}
	at = mountpoint_make(root, m->destination, S_ISDIR(st.st_mode), &made);
	return at < 0 ? err_sys(e, -at, "make mount point '%s'", m->destination) : 0;
}

int criu_mounts_restore(const struct state *state, const struct oci_spec *spec, const struct cgroup_system *cgroups,
			int root, struct str *options, struct err *e)
{
	const struct visit v = { state, spec, cgroups, root, options, restore_mount };

	for (size_t i = 0; i < spec->mounts.n; i++)
		if (is_on_root(spec, &spec->mounts.items[i]) && make_mountpoint(state, &spec->mounts.items[i], root, e) < 0)
			return -1;
	return visit_all(&v, e);
}
