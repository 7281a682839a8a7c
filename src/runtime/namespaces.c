/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

/*
 * The order in which a container gets its namespaces. A new one belongs to the user namespace of whoever makes it, and
 * joining one needs rights in the user namespace that it belongs to, so:
 *   1. what is joined by path and belongs to the caller's side is entered before the user namespace changes; what may
 *      not be entered yet belongs to the joined user namespace and comes after it;
 *   2. a joined user namespace is entered before anything new is made;
 *   3. clone makes the new ones, the user namespace first; the first process is born in all of them.
 * The parent keeps its own namespaces for the mounts that it makes later: 1 and 2 happen in an errand, whose child is the
 * parent's (CLONE_PARENT). A joined time namespace is the exception, because it may not be entered while memory is shared.
 * The first process itself makes the cgroup namespace, when it is in its group, and a new time namespace, because the
 * clocks' offsets must be written between its making and its entering; it joins a mount namespace last of all.
 */

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/errand.h"
#include "linux/ns.h"
#include "linux/userns_ids.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

static const enum ns_kind kinds[OCI_NS_TYPES] = {
	[OCI_NS_PID] = NS_PID, [OCI_NS_NETWORK] = NS_NET, [OCI_NS_MOUNT] = NS_MNT,	 [OCI_NS_IPC] = NS_IPC,
	[OCI_NS_UTS] = NS_UTS, [OCI_NS_USER] = NS_USER,	  [OCI_NS_CGROUP] = NS_CGROUP, [OCI_NS_TIME] = NS_TIME,
};

/* A path that leads to the caller's own namespace is that of a container that shares it. */
static int open_joined(struct container *c, size_t i, const struct oci_namespace *ns, struct err *e)
{
	autofd int fd = ns_open(ns->path, kinds[ns->type]);

	if (fd < 0)
		return err_sys(e, -fd, "linux.namespaces[%zu].path '%.300s'", i, ns->path);
	if (!ns_is_own(fd, kinds[ns->type]))
		c->join[ns->type] = take_fd(fd);
	return 0;
}

int namespaces_open(struct container *c, struct err *e)
{
	for (size_t i = 0; i < c->spec->linux_->namespaces.n; i++) {
		const struct oci_namespace *ns = &c->spec->linux_->namespaces.items[i];

		if (ns->path && ns->path[0]) {
			if (open_joined(c, i, ns, e) < 0)
				return -1;
			continue;
		}
		c->new_ns[ns->type] = true;
		if (ns->type != OCI_NS_CGROUP && ns->type != OCI_NS_TIME)
			c->clone_flags |= ns_flag(kinds[ns->type]);
	}
	return 0;
}

void namespaces_done(struct container *c)
{
	for (size_t i = 0; i < OCI_NS_TYPES; i++)
		own_close(&c->join[i]);
	free((void *)(uintptr_t)c->joined_uids.extents);
	free((void *)(uintptr_t)c->joined_gids.extents);
}

/* ---- the first process is made ---- */

static pid_t clone_init(struct container *c, bool of_my_parent)
{
	struct clone_args args = {
		.flags = (uint64_t)c->clone_flags | CLONE_PIDFD | (of_my_parent ? CLONE_PARENT : 0),
		.pidfd = (uint64_t)(uintptr_t)&c->init.pidfd,
		.exit_signal = of_my_parent ? 0 : SIGCHLD,
	};
	pid_t pid;

	if (c->cgroup_v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)c->cgroup_v2;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		init_main(c);
	return pid < 0 ? -errno : pid;
}

struct guide {
	struct container *c;
	struct err *e;
};

static const enum oci_namespace_type guided[] = { OCI_NS_NETWORK, OCI_NS_IPC, OCI_NS_UTS, OCI_NS_PID };

static int join_one(struct container *c, enum oci_namespace_type type, bool patient, struct err *e)
{
	int r;

	if (c->join[type] < 0 || c->joined[type])
		return 0;
	r = ns_enter(c->join[type], kinds[type]);
	c->joined[type] = r == 0;
	return r == 0 || (patient && r == -EPERM) ? 0 : err_sys(e, -r, "join the %s namespace", ns_file(kinds[type]));
}

static int join_guided(struct container *c, bool patient, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(guided); i++)
		if (join_one(c, guided[i], patient, e) < 0)
			return -1;
	return 0;
}

/* The errand: its nsproxy is its own, what it joins is inherited by the first process alone. */
static int guide_main(void *arg)
{
	const struct guide *guide = arg;
	struct container *c = guide->c;
	bool user = c->join[OCI_NS_USER] >= 0 || c->new_ns[OCI_NS_USER];
	pid_t pid;

	if (join_guided(c, user, guide->e) < 0 || join_one(c, OCI_NS_USER, false, guide->e) < 0)
		return -1;
	if (c->join[OCI_NS_USER] >= 0 && join_guided(c, false, guide->e) < 0)
		return -1;
	pid = clone_init(c, true);
	return pid < 0 ? err_sys(guide->e, -pid, "clone the first process") : pid;
}

static bool needs_guide(const struct container *c)
{
	bool joins = false;

	for (size_t i = 0; i < ARRAY_SIZE(guided); i++)
		joins |= c->join[guided[i]] >= 0;
	return c->join[OCI_NS_USER] >= 0 || c->join[OCI_NS_PID] >= 0 || (joins && c->new_ns[OCI_NS_USER]);
}

static int make_first(struct container *c, struct err *e)
{
	struct guide guide = { c, e };
	pid_t pid;

	if (needs_guide(c)) {
		pid = errand_try(guide_main, &guide, c->how->sibling, "clone the first process", e);
	} else {
		pid = clone_init(c, c->how->sibling);
		if (pid < 0)
			return err_sys(e, -pid, "clone the first process");
	}
	if (pid < 0)
		return -1;
	c->init.pid = pid;
	return 0;
}

/* In the time namespace for the length of one clone. */
static int make_first_in_time(struct container *c, struct err *e)
{
	autofd int own = ns_open_own(NS_TIME);
	int r = own < 0 ? own : ns_enter(c->join[OCI_NS_TIME], NS_TIME), made, back;

	if (r < 0)
		return err_sys(e, -r, "join the time namespace");
	c->joined[OCI_NS_TIME] = true;
	made = make_first(c, e);
	back = ns_enter(own, NS_TIME);
	return made == 0 && back < 0 ? err_sys(e, -back, "leave the time namespace") : made;
}

/* Our child's number stays its own until we wait for it. */
int container_proc(struct container *c)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", c->init.pid);
	if (c->proc < 0)
		c->proc = path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);
	return c->proc;
}

int namespaces_clone(struct container *c, struct err *e)
{
	char *saved;
	int r;

	if (arguments_hide(&c->how->arguments, "lighter-runtime init", c->unprivileged, &saved, e) < 0)
		return -1;
	r = c->join[OCI_NS_TIME] >= 0 ? make_first_in_time(c, e) : make_first(c, e);
	arguments_show(&c->how->arguments, saved);
	if (r < 0)
		return -1;
	if (!c->new_ns[OCI_NS_TIME])
		return 0;
	/* Of an undumpable process: only we may open it. */
	c->offsets_fd = path_open(container_proc(c), "timens_offsets", PATH_OWN, O_WRONLY, 0);
	return c->offsets_fd < 0 ? err_sys(e, -c->offsets_fd, "open the time offsets of the first process") : 0;
}

/* containerd and CRI-O name a user namespace and its maps as well: they must be the same. */
static int learn_map(struct container *c, const char *file, const struct userns_map *given, struct userns_map *ret,
		     struct err *e)
{
	int r = userns_read_map(container_proc(c), file, ret);

	if (r < 0)
		return err_sys(e, -r, "read the %s of the joined user namespace", file);
	if (given->n > 0 && !userns_same_map(given, ret))
		return err_set(e, ERR_INVALID, "user namespaces enabled, but both namespace path and non-matching mapping "
			       "specified -- you may only provide one");
	return 0;
}

static int learn_maps(struct container *c, struct err *e)
{
	if (learn_map(c, "uid_map", &c->uids, &c->joined_uids, e) < 0 ||
	    learn_map(c, "gid_map", &c->gids, &c->joined_gids, e) < 0)
		return -1;
	c->uids = c->joined_uids;
	c->gids = c->joined_gids;
	c->userns = fcntl(c->join[OCI_NS_USER], F_DUPFD_CLOEXEC, 3);
	return c->userns < 0 ? err_sys(e, errno, "keep the user namespace") : 0;
}

int namespaces_map_ids(struct container *c, struct err *e)
{
	if (c->join[OCI_NS_USER] >= 0)
		return learn_maps(c, e);
	if (!c->new_ns[OCI_NS_USER])
		return 0;
	if (userns_write_ids(container_proc(c), c->init.pid, &c->uids, &c->gids, e) < 0)
		return -1;
	c->userns = ns_open_of(container_proc(c), NS_USER);
	return c->userns < 0 ? err_sys(e, -c->userns, "open the user namespace") : 0;
}

/* ---- inside ---- */

int namespaces_join(struct container *c, struct err *e)
{
	static const enum oci_namespace_type left[] = { OCI_NS_NETWORK, OCI_NS_IPC, OCI_NS_UTS, OCI_NS_CGROUP };

	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		if (join_one(c, left[i], false, e) < 0)
			return -1;
	return 0;
}

static void add_offset(struct str *text, const char *clock, const struct oci_time_offset *offset)
{
	if (offset)
		str_addf(text, "%s %lld %u\n", clock, (long long)offset->secs, offset->nanosecs);
}

static int write_offsets(const struct container *c, struct err *e)
{
	const struct oci_time_offsets *o = c->spec->linux_->time_offsets;
	autostr struct str text = STR_INIT;

	if (!o)
		return 0;
	add_offset(&text, "monotonic", o->monotonic);
	add_offset(&text, "boottime", o->boottime);
	if (text.failed)
		return err_nomem(e);
	if (text.len > 0 && write(c->offsets_fd, text.data, text.len) < 0)
		return err_sys(e, errno, "linux.timeOffsets: set '%.*s'", (int)(text.len - 1), text.data);
	return 0;
}

/* What was unshared is for children, until it is entered by its name. */
int namespaces_enter_time(struct container *c, struct err *e)
{
	autofd int made = -EBADF;
	int r;

	if (!c->new_ns[OCI_NS_TIME])
		return 0;
	if (unshare(ns_flag(NS_TIME)) < 0)
		return err_sys(e, errno, "new time namespace");
	if (write_offsets(c, e) < 0)
		return -1;
	made = path_open(AT_FDCWD, "/proc/self/ns/time_for_children", PATH_HOST_MAGIC, O_RDONLY, 0);
	r = made < 0 ? made : ns_enter(made, NS_TIME);
	return r < 0 ? err_sys(e, -r, "enter the time namespace") : 0;
}

int namespaces_set_names(struct container *c, struct err *e)
{
	const char *host = c->spec->hostname, *domain = c->spec->domainname;

	if (host && host[0] && sethostname(host, strlen(host)) < 0)
		return err_sys(e, errno, "set hostname '%s'", host);
	if (domain && domain[0] && setdomainname(domain, strlen(domain)) < 0)
		return err_sys(e, errno, "set domainname '%s'", domain);
	return 0;
}
