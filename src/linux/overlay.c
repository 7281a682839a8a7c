/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/overlay.h"

/*
 * The mounter is an errand with its own mount namespace: its exit tears the scaffolding down. The overlay is created with
 * fsuid and fsgid of the container's root, because overlayfs keeps its creator's credentials for all it does in the upper
 * directory; SECBIT_NO_SETUID_FIXUP keeps the capabilities across that.
 */

#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/errand.h"
#include "linux/mount.h"

enum { OVERLAY_LOWERS = 80 };

struct mounter {
	const struct overlay *how;
	struct err *e;
};

static int clone_mapped(const struct overlay *how, const char *path, struct err *e)
{
	autofd int at = path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0), fd = -EBADF;
	int r;

	if (at < 0)
		return err_sys(e, -at, "open layer '%s'", path);
	fd = mount_clone(at, "", false);
	if (fd < 0)
		return err_sys(e, -fd, "clone '%s'", path);
	r = how->userns >= 0 ? mount_idmap(fd, how->userns, false) : 0;
	if (r == -EINVAL)
		return err_set(e, ERR_UNSUPPORTED, "the file system of '%s' has no idmapped mounts", path);
	if (r < 0)
		return err_sys(e, -r, "idmap '%s'", path);
	return take_fd(fd);
}

/* Attaches a mapped clone of `path` as the directory `name` of the scaffold. */
static int raise_layer(const struct overlay *how, const char *path, int scaffold, const char *name, struct err *e)
{
	autofd int fd = clone_mapped(how, path, e);
	int r;

	if (fd < 0)
		return -1;
	if (mkdirat(scaffold, name, 0755) < 0)
		return err_sys(e, errno, "scaffold of '%s'", path);
	r = mount_attach_at(fd, scaffold, name);
	return r < 0 ? err_sys(e, -r, "attach '%s'", path) : 0;
}

static int raise_layers(const struct overlay *how, int scaffold, struct str *lowers, struct err *e)
{
	for (size_t i = 0; i < how->n_layers; i++) {
		char name[24];

		(void)snprintf(name, sizeof(name), "%zu", i);
		if (raise_layer(how, how->layers[i], scaffold, name, e) < 0)
			return -1;
		str_addf(lowers, "%s%s", i ? ":" : "", name);
	}
	if (raise_layer(how, how->state, scaffold, "u", e) < 0)
		return -1;
	return lowers->failed ? err_nomem(e) : 0;
}

/* Kernels differ in their defaults: whatever matters is said. */
static int overlay_options(const struct overlay *how, const char *lowers, struct strv *options)
{
	int failed = 0;

	failed |= strv_addf(options, "lowerdir=%s", lowers);
	failed |= strv_add(options, "upperdir=u/u");
	failed |= strv_add(options, "workdir=u/w");
	failed |= strv_add(options, "redirect_dir=off");
	failed |= strv_add(options, "metacopy=off");
	failed |= strv_add(options, "index=off");
	if (how->volatile_)
		failed |= strv_add(options, "volatile");
	return failed;
}

static int check_writable(int fd, struct err *e)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return err_sys(e, errno, "look at the overlay");
	if (fs.f_flag & ST_RDONLY)
		return err_set(e, ERR_INTERNAL, "the kernel made the overlay read-only: its work directory is not usable");
	return 0;
}

static int create_overlay(const struct overlay *how, const char *lowers, struct err *e)
{
	autostrv struct strv options = STRV_INIT;
	const char *refused = NULL;
	autofd int fd = -EBADF;

	if (overlay_options(how, lowers, &options) < 0)
		return err_nomem(e);
	(void)setfsgid(how->gid);
	(void)setfsuid(how->uid);
	fd = mount_new("overlay", "overlay", &options, 0, &refused);
	(void)setfsuid(0);
	(void)setfsgid(0);
	if (fd < 0)
		return err_sys(e, -fd, "overlay of %zu layers%s%s", how->n_layers, refused ? ", option " : "",
			       refused ? refused : "");
	return check_writable(fd, e) < 0 ? -1 : take_fd(fd);
}

static int build(const struct overlay *how, struct err *e)
{
	autostr struct str lowers = STR_INIT;
	autofd int scaffold = -EBADF, made = -EBADF;
	const char *refused;
	int r;

	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(e, errno, "new mount namespace");
	(void)mount_propagation_all(MS_PRIVATE);
	scaffold = mount_new("tmpfs", "tmpfs", NULL, 0, &refused);
	if (scaffold < 0)
		return err_sys(e, -scaffold, "mount the scaffold");
	r = mount_attach_at(scaffold, AT_FDCWD, "/");
	if (r == 0 && fchdir(scaffold) < 0)
		r = -errno;
	if (r < 0)
		return err_sys(e, -r, "attach the scaffold");
	if (raise_layers(how, scaffold, &lowers, e) < 0)
		return -1;
	made = create_overlay(how, str_text(&lowers), e);
	if (made < 0)
		return -1;
	if (how->read_only && (r = mount_set(made, MOUNT_ATTR_RDONLY, 0, 0, false)) < 0)
		return err_sys(e, -r, "make the overlay read-only");
	return take_fd(made);
}

static int mounter_main(void *arg)
{
	struct mounter *m = arg;

	(void)prctl(PR_SET_SECUREBITS, prctl(PR_GET_SECUREBITS) | SECBIT_NO_SETUID_FIXUP);
	return build(m->how, m->e);
}

int overlay_make(const struct overlay *how, struct err *e)
{
	struct mounter m = { .how = how, .e = e };

	if (how->n_layers > OVERLAY_LOWERS)
		return err_set(e, ERR_UNSUPPORTED, "an image of %zu layers: at most %d can be stacked", how->n_layers,
			       OVERLAY_LOWERS);
	return errand_try(mounter_main, &m, false, "start the mounter", e);
}
