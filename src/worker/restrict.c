/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The order of the steps: what needs privilege comes first (user namespace, idmapped clone, root, network), then the
 * privilege goes, then what no longer needs any (limits, flags, system calls). A process that changes its ids loses its
 * parent-death signal, so that is asked for last.
 *
 * The ids of the worker: 2^20 ids below 2^31, above what subordinate ranges and containers of lighter use. Image ids
 * from 2^20 up cannot be unpacked by it: the job says so.
 */

#include "worker/restrict.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/weaken.h"
#include "linux/cap.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "linux/rlimit.h"
#include "linux/userns.h"

enum { RESTRICT_ID_BASE = 0x7ff00000, RESTRICT_IDS = 0x100000, HOST_FILE_MAX = 4 << 20 };

#define CAP_BIT(name) (UINT64_C(1) << (name))
#define UNPACK_CAPS                                                                                        \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID) |       \
	 CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_MKNOD))

struct restriction {
	const struct restrict_how *how;
	int staging, blobs, userns; /* userns < 0: the fallback */
	uint32_t id_limit;
};

/* ---- with privilege ---- */

static int do_ids(struct restriction *r)
{
	static const struct userns_extent extent = { 0, RESTRICT_ID_BASE, RESTRICT_IDS };
	static const struct userns_map map = { &extent, 1 };
	autofd int clone = mount_clone(r->how->staging, "", false), userns = -EBADF;

	if (clone < 0)
		return clone;
	userns = userns_make(&map, &map);
	if (userns >= 0 && mount_idmap(clone, userns, false) == 0) {
		r->userns = take_fd(userns);
		r->id_limit = RESTRICT_IDS;
	}
	r->staging = take_fd(clone);
	return 0;
}

/* What is only to be read: through a mount that cannot be written to. */
static int do_blobs(struct restriction *r)
{
	autofd int clone = -EBADF;
	int result;

	if (r->how->blobs < 0)
		return 0;
	clone = mount_clone(r->how->blobs, "", false);
	if (clone < 0)
		return clone;
	if (r->userns >= 0) {
		result = mount_idmap(clone, r->userns, false);
		if (result < 0)
			return result;
	}
	result = mount_set(clone, MOUNT_ATTR_RDONLY, 0, 0, false);
	if (result < 0)
		return result;
	r->blobs = take_fd(clone);
	return close(r->how->blobs) < 0 ? -errno : 0;
}

/* What name resolution and TLS read on the host. Links are followed now, the contents are copied. */
static const char *const host_files[] = {
	"etc/resolv.conf", "etc/hosts", "etc/nsswitch.conf", "etc/host.conf", "etc/gai.conf",
	"etc/ssl/certs/ca-certificates.crt",
};

static int copy_host_file(int root, const char *name)
{
	autofree char *source = str_format("/%s", name);
	autostr struct str text = STR_INIT;
	autofd int from = -EBADF, dir = -EBADF, to = -EBADF;
	char parent[64] = "";
	int r;

	if (!source)
		return -ENOMEM;
	from = path_open(AT_FDCWD, source, PATH_HOST, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	if (from < 0)
		return from == -ENOENT ? 0 : from;
	r = io_read_all(from, HOST_FILE_MAX, &text);
	if (r < 0)
		return r;
	memcpy(parent, name, (size_t)(strrchr(name, '/') - name));
	dir = path_make_dirs(root, parent, PATH_OWN, 0755);
	if (dir < 0)
		return dir;
	to = path_open(dir, strrchr(name, '/') + 1, PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0644);
	return to < 0 ? to : io_write_full(to, str_text(&text), text.len);
}

static int do_root(struct restriction *r)
{
	char *const options[] = { (char *)(uintptr_t)"mode=0755", NULL };
	const struct strv data = { (char **)(uintptr_t)options, 1 };
	const char *option = NULL;
	autofd int root = -EBADF;
	int result;

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	result = mount_propagation_all(MS_PRIVATE);
	if (result < 0)
		return result;
	root = mount_new("tmpfs", "none", &data, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &option);
	if (root < 0)
		return root;
	for (size_t i = 0; i < ARRAY_SIZE(host_files) && r->how->network; i++) {
		result = copy_host_file(root, host_files[i]);
		if (result < 0)
			return result;
	}
	result = mount_set(root, MOUNT_ATTR_RDONLY, 0, 0, false);
	if (result == 0)
		result = mount_attach_at(root, AT_FDCWD, "/");
	if (result == 0 && fchdir(root) < 0)
		result = -errno;
	if (result == 0)
		result = mount_pivot();
	return result == -EINVAL ? mount_move_root(root) : result;
}

static int do_network(struct restriction *r)
{
	if (r->how->network)
		return 0;
	return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}

/* ---- without ---- */

static int do_user(struct restriction *r)
{
	if (r->userns < 0)
		return 0;
	if (setns(r->userns, CLONE_NEWUSER) < 0)
		return -errno;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	own_close(&r->userns);
	return 0;
}

static int do_capabilities(struct restriction *r)
{
	const struct cap_sets unpack = { .bounding = 0, .permitted = UNPACK_CAPS, .effective = UNPACK_CAPS };

	if (weakened("worker-caps"))
		return 0;
	if (cap_limit_bounding(0, UINT64_MAX) < 0)
		return -EPERM;
	return cap_apply(&unpack, NULL);
}

#ifndef __has_feature /* clang's */
#define __has_feature(x) 0
#endif

/* A sanitizer reserves more address space than any limit that means something. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static const rlim_t address_space = RLIM_INFINITY;
#else
static const rlim_t address_space = UINT64_C(1) << 30;
#endif

static int do_limits(struct restriction *r)
{
	const struct {
		int number;
		rlim_t value;
	} limits[] = {
		{ RLIMIT_CORE, 0 }, { RLIMIT_NOFILE, 256 }, { RLIMIT_NPROC, 32 }, { RLIMIT_AS, address_space },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int result = rlimit_set(0, limits[i].number, limits[i].value, limits[i].value);

		if (result < 0)
			return result;
	}
	return 0;
}

static int do_flags(struct restriction *r)
{
	struct pollfd client = { .fd = r->how->client };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	/* The client may have died before the signal was asked for. */
	return poll(&client, 1, 0) > 0 && client.revents & (POLLHUP | POLLERR) ? -EPIPE : 0;
}

static int do_syscalls(struct restriction *r)
{
	return weakened("worker-seccomp") ? 0 : restrict_syscalls();
}

static const struct {
	const char *name;
	int (*run)(struct restriction *r);
} steps[] = {
	{ "map ids", do_ids },
	{ "make the blobs readable", do_blobs },
	{ "leave the host's files", do_root },
	{ "leave the network", do_network },
	{ "enter the user namespace", do_user },
	{ "drop capabilities", do_capabilities },
	{ "set limits", do_limits },
	{ "set process flags", do_flags },
	{ "limit system calls", do_syscalls },
};

int restrict_self(const struct restrict_how *how, struct restrict_result *ret, struct err *e)
{
	struct restriction r = { .how = how, .staging = -EBADF, .blobs = -EBADF, .userns = -EBADF, .id_limit = UINT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int result = steps[i].run(&r);

		if (result < 0)
			return err_sys(e, -result, "%s", steps[i].name);
	}
	*ret = (struct restrict_result){ .staging = r.staging, .id_limit = r.id_limit, .blobs = r.blobs };
	return 0;
}
