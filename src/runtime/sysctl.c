/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sysctl.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "linux/procattr.h"

/* Where a parameter lies below /proc/sys, and which namespace holds it. A name that ends with a slash is all below it. */
static const struct {
	const char *path;
	enum oci_namespace_type type;
} own[] = {
	{ "net/", OCI_NS_NETWORK },
	{ "fs/mqueue/", OCI_NS_IPC },
	{ "kernel/msgmax", OCI_NS_IPC },
	{ "kernel/msgmnb", OCI_NS_IPC },
	{ "kernel/msgmni", OCI_NS_IPC },
	{ "kernel/sem", OCI_NS_IPC },
	{ "kernel/shmall", OCI_NS_IPC },
	{ "kernel/shmmax", OCI_NS_IPC },
	{ "kernel/shmmni", OCI_NS_IPC },
	{ "kernel/shm_rmid_forced", OCI_NS_IPC },
	{ "kernel/domainname", OCI_NS_UTS },
	{ "user/", OCI_NS_USER },
};

static const struct {
	const char *word;
	enum ns_kind kind;
} kinds[OCI_NS_TYPES] = {
	[OCI_NS_NETWORK] = { "network", NS_NET },
	[OCI_NS_IPC] = { "ipc", NS_IPC },
	[OCI_NS_UTS] = { "uts", NS_UTS },
	[OCI_NS_USER] = { "user", NS_USER },
};

/* The key as a path below /proc/sys; NULL when out of memory. */
static char *path_of(const char *key)
{
	char *path = strdup(key);
	const char *first = strpbrk(key, "./");

	if (!path || !first || *first == '/')
		return path;
	for (char *c = path; *c; c++)
		*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return path;
}

/* Nothing that leads up or around. */
static bool is_plain(const char *path)
{
	for (const char *at = path;; at++) {
		size_t len = strcspn(at, "/");

		if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += len;
		if (!*at)
			return true;
	}
}

static bool matches(const char *path, const char *entry)
{
	return str_ends(entry, "/") ? str_starts(path, entry) : str_eq(path, entry);
}

/* Joined by a path that leads to our own, it is shared all the same. */
static bool is_shared(const struct oci_spec *spec, enum oci_namespace_type type)
{
	const struct oci_namespace *ns = oci_spec_namespace(spec, type);
	autofd int fd = -EBADF;

	if (!ns)
		return true;
	if (!ns->path || !ns->path[0])
		return false;
	fd = ns_open(ns->path, kinds[type].kind);
	return fd >= 0 && ns_is_own(fd, kinds[type].kind);
}

static int check_key(const struct oci_spec *spec, const char *key, struct err *e)
{
	autofree char *path = path_of(key);

	if (!path)
		return err_nomem(e);
	if (!is_plain(path))
		return err_set(e, ERR_INVALID, "linux.sysctl: '%.200s' is not a key", key);
	if (str_eq(path, "kernel/hostname"))
		return err_set(e, ERR_INVALID, "linux.sysctl: '%.200s' is not allowed as it conflicts with the field hostname",
			       key);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		if (!matches(path, own[i].path))
			continue;
		if (is_shared(spec, own[i].type))
			return err_set(e, ERR_INVALID, "linux.sysctl: '%.200s' is not allowed in the host's %s namespace", key,
				       kinds[own[i].type].word);
		return 0;
	}
	return err_set(e, ERR_INVALID, "linux.sysctl: '%.200s' is not in a separate kernel namespace", key);
}

int sysctl_check(const struct oci_spec *spec, struct err *e)
{
	const struct strv *pairs = &spec->linux_->sysctl.pairs;

	for (size_t i = 0; i + 1 < pairs->n; i += 2)
		if (check_key(spec, pairs->items[i], e) < 0)
			return -1;
	return 0;
}

static int write_value(int sys, const char *key, const char *value)
{
	autofree char *path = path_of(key);

	return path ? file_write_text_by(sys, path, PATH_OWN, value) : -ENOMEM;
}

/* A procfs of our own is writable whatever has been done to /proc. Where the kernel refuses one (it belongs to the pid
 * namespace, which may be the host's), /proc itself: parameters are the reader's namespaces', not the mount's. */
static int open_sys(struct err *e)
{
	const char *refused;
	autofd int proc = mount_new("proc", "proc", NULL, 0, &refused), sys = -EBADF;

	if (proc == -EPERM)
		proc = procattr_root();
	sys = proc < 0 ? proc : path_open(proc, "sys", PATH_OWN, O_PATH | O_DIRECTORY, 0);
	return sys < 0 ? err_sys(e, -sys, "open '/proc/sys' for linux.sysctl") : take_fd(sys);
}

int sysctl_apply(const struct oci_linux *linux_, struct err *e)
{
	const struct strv *pairs = &linux_->sysctl.pairs;
	autofd int sys = -EBADF;

	if (pairs->n == 0)
		return 0;
	sys = open_sys(e);
	for (size_t i = 0; sys >= 0 && i + 1 < pairs->n; i += 2) {
		int r = write_value(sys, pairs->items[i], pairs->items[i + 1]);

		if (r < 0)
			return err_sys(e, -r, "linux.sysctl: set '%.200s' to '%.200s'", pairs->items[i], pairs->items[i + 1]);
	}
	return sys < 0 ? -1 : 0;
}
