/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/validate.h"

/* What namespaces, mounts and devices of a configuration must not say, before anything of the container exists. */

#include <stdio.h>

#include "base/log.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/mount_options.h"
#include "runtime/devices.h"

enum { EXTENTS_MOST = 340, NANOSECONDS = 1000000000 };

static bool has_path(const struct oci_namespace *ns)
{
	return ns && ns->path && ns->path[0];
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < b ? a_size > b - a : b_size > a - b;
}

static int check_twice(const struct oci_linux *l, struct err *e)
{
	unsigned seen = 0;

	for (size_t i = 0; i < l->namespaces.n; i++) {
		unsigned bit = 1U << l->namespaces.items[i].type;

		if (seen & bit)
			return err_set(e, ERR_INVALID, "linux.namespaces[%zu].type: '%s' is listed twice", i,
				       oci_namespace_name((enum oci_namespace_type)l->namespaces.items[i].type));
		seen |= bit;
	}
	return 0;
}

/* What no kernel takes (user_namespaces(7)): 2^32 - 1 is no id, and each id has one place on either side. */
static int check_extents(const char *field, const struct oci_id_maps *maps, struct err *e)
{
	if (maps->n > EXTENTS_MOST)
		return err_set(e, ERR_INVALID, "%s: %zu extents, the kernel takes %d", field, maps->n, EXTENTS_MOST);
	for (size_t i = 0; i < maps->n; i++) {
		const struct oci_id_map *m = &maps->items[i];

		if (m->size == 0)
			return err_set(e, ERR_INVALID, "%s[%zu].size: 0 is not a number of ids", field, i);
		if (m->size > UINT32_MAX - m->container_id || m->size > UINT32_MAX - m->host_id)
			return err_set(e, ERR_INVALID, "%s[%zu].size: %u ids end above 4294967294", field, i, m->size);
		for (size_t k = 0; k < i; k++)
			if (overlap(m->container_id, m->size, maps->items[k].container_id, maps->items[k].size) ||
			    overlap(m->host_id, m->size, maps->items[k].host_id, maps->items[k].size))
				return err_set(e, ERR_INVALID, "%s[%zu]: %u:%u:%u has ids of the extent %zu", field, i,
					       m->container_id, m->host_id, m->size, k);
	}
	return 0;
}

/* A joined user namespace may come with its own maps again: they are compared when it is known. */
static int check_maps(const struct oci_spec *spec, struct err *e)
{
	const struct oci_linux *l = spec->linux_;
	const struct oci_namespace *user = oci_spec_namespace(spec, OCI_NS_USER);

	if (!user && (l->uid_mappings.n > 0 || l->gid_mappings.n > 0))
		return err_set(e, ERR_INVALID, "linux.uidMappings: user namespace mappings specified, but user namespace isn't "
			       "enabled in the config");
	if (user && !has_path(user) && (l->uid_mappings.n == 0 || l->gid_mappings.n == 0))
		return err_set(e, ERR_INVALID, "linux.uidMappings and linux.gidMappings are needed for a user namespace");
	return check_extents("linux.uidMappings", &l->uid_mappings, e) < 0 ? -1 :
	       check_extents("linux.gidMappings", &l->gid_mappings, e);
}

static int check_offset(const char *clock, const struct oci_time_offset *offset, struct err *e)
{
	if (!offset || offset->nanosecs < NANOSECONDS)
		return 0;
	return err_set(e, ERR_INVALID, "linux.timeOffsets.%s.nanosecs: %u is not below %d", clock, offset->nanosecs,
		       NANOSECONDS);
}

static int check_time(const struct oci_spec *spec, struct err *e)
{
	const struct oci_namespace *time = oci_spec_namespace(spec, OCI_NS_TIME);

	if (!spec->linux_->time_offsets)
		return 0;
	if (!time)
		return err_set(e, ERR_INVALID, "linux.timeOffsets: time namespace offsets specified, but time namespace isn't "
			       "enabled in the config");
	if (has_path(time))
		return err_set(e, ERR_INVALID, "linux.timeOffsets: time namespace enabled, but both namespace path and time "
			       "offsets specified -- you may only provide one");
	return check_offset("monotonic", spec->linux_->time_offsets->monotonic, e) < 0 ? -1 :
	       check_offset("boottime", spec->linux_->time_offsets->boottime, e);
}

/* The name of the machine is not the container's to set. */
static int check_names(const struct oci_spec *spec, struct err *e)
{
	if (oci_spec_namespace(spec, OCI_NS_UTS))
		return 0;
	if (spec->hostname && spec->hostname[0])
		return err_set(e, ERR_INVALID, "hostname: '%.64s': unable to set hostname without a private UTS namespace",
			       spec->hostname);
	if (spec->domainname && spec->domainname[0])
		return err_set(e, ERR_INVALID, "domainname: '%.64s': unable to set domainname without a private UTS "
			       "namespace", spec->domainname);
	return 0;
}

int validate_namespaces(const struct oci_spec *spec, struct err *e)
{
	if (check_twice(spec->linux_, e) < 0 || check_maps(spec, e) < 0 || check_time(spec, e) < 0)
		return -1;
	return check_names(spec, e);
}

/* ---- mounts ---- */

static int check_mount_maps(const struct oci_mount *m, size_t i, struct err *e)
{
	const struct { const char *field; const struct oci_id_maps *maps; } both[] = {
		{ "uidMappings", &m->uid_mappings }, { "gidMappings", &m->gid_mappings },
	};

	for (size_t k = 0; k < ARRAY_SIZE(both); k++) {
		char field[64];

		(void)snprintf(field, sizeof(field), "mounts[%zu].%s", i, both[k].field);
		if (check_extents(field, both[k].maps, e) < 0)
			return -1;
	}
	return 0;
}

static int check_options(const struct oci_mount *m, size_t i, const struct mount_options *o, struct err *e)
{
	bool bind = mount_options_are_bind(o) || (m->type && str_eq(m->type, "bind"));
	bool maps = m->uid_mappings.n > 0 || m->gid_mappings.n > 0;
	const struct { bool wrong; const char *field, *why; } rules[] = {
		{ !m->type && !bind && !o->remount, "type", "missing, and it is not a bind mount" },
		{ !bind && (maps || o->idmap || o->idmap_recursive), "options",
		  "id-mapped mounts are only supported for bind-mounts" },
		{ maps && (m->uid_mappings.n == 0 || m->gid_mappings.n == 0), "uidMappings",
		  "id-mapped mounts must have both uid and gid mappings specified" },
		{ o->copy_up && (bind || !m->type || !str_eq(m->type, "tmpfs")), "options",
		  "tmpcopyup can be used only with tmpfs" },
		{ o->copy_symlink && (o->source_nofollow || o->destination_nofollow), "options",
		  "copy-symlink is mutually exclusive with src-nofollow and dest-nofollow" },
	};

	for (size_t k = 0; k < ARRAY_SIZE(rules); k++)
		if (rules[k].wrong)
			return err_set(e, ERR_INVALID, "mounts[%zu].%s: of '%.200s': %s", i, rules[k].field, m->destination,
				       rules[k].why);
	return check_mount_maps(m, i, e);
}

static int check_mount(const struct oci_mount *m, size_t i, struct err *e)
{
	cleanup(mount_options_done) struct mount_options o = { .set = 0 };

	if (!m->destination[0])
		return err_set(e, ERR_INVALID, "mounts[%zu].destination: empty", i);
	if (m->destination[0] != '/')
		log_warn("mounts[%zu].destination '%s' is not absolute, taken as relative to '/'", i, m->destination);
	if (mount_options_parse(&m->options, &o) < 0)
		return err_nomem(e);
	return check_options(m, i, &o, e);
}

static int check_paths(const char *field, const struct strv *paths, struct err *e)
{
	for (size_t i = 0; i < paths->n; i++)
		if (paths->items[i][0] != '/')
			return err_set(e, ERR_INVALID, "linux.%s[%zu]: '%.200s' is not an absolute path", field, i,
				       paths->items[i]);
	return 0;
}

static int check_propagation(const char *word, struct err *e)
{
	static const char *const words[] = { "shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate",
					     "runbindable" };

	if (!word || !word[0])
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(word, words[i]))
			return 0;
	return err_set(e, ERR_INVALID, "linux.rootfsPropagation: '%.30s' is not known", word);
}

int validate_mounts(const struct oci_spec *spec, struct err *e)
{
	const struct oci_linux *l = spec->linux_;

	for (size_t i = 0; i < spec->mounts.n; i++)
		if (check_mount(&spec->mounts.items[i], i, e) < 0)
			return -1;
	for (size_t i = 0; i < l->devices.n; i++)
		if (devices_check(&l->devices.items[i], i, e) < 0)
			return -1;
	if (check_paths("maskedPaths", &l->masked_paths, e) < 0 || check_paths("readonlyPaths", &l->readonly_paths, e) < 0)
		return -1;
	return check_propagation(l->rootfs_propagation, e);
}
