/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A hard link must not give a file rights that it had not under its other name (LANDLOCK_ACCESS_FS_REFER): uploads may be
 * written and read, everything else only read, so that links lead from the first to the second and not back.
 */

#include "registry/confine.h"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "base/own.h"
#include "linux/cap.h"

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define NAMES                                                                                      \
	(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER)
#define EVERYTHING ((LANDLOCK_ACCESS_FS_REFER << 1) - 1)

enum { ABI_WITH_REFER = 2 };

static int allow(int ruleset, int dir, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = dir };

	if (dir < 0)
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

static int confine_files(const struct registry *r)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = EVERYTHING };
	autofd int ruleset = -EBADF;
	int error;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < ABI_WITH_REFER)
		return -EOPNOTSUPP;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return -errno;
	error = allow(ruleset, r->uploads, READS | NAMES | LANDLOCK_ACCESS_FS_WRITE_FILE);
	if (error == 0)
		error = allow(ruleset, r->blobs, READS | NAMES);
	if (error == 0)
		error = allow(ruleset, r->repositories, READS | NAMES);
	if (error == 0)
		error = allow(ruleset, r->images, READS | LANDLOCK_ACCESS_FS_REFER);
	if (error < 0)
		return error;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}

int confine(const struct registry *r, struct err *e)
{
	static const struct cap_sets none = { 0 };
	int error;

	/* Needs CAP_SETPCAP; who has not got it has nothing to lose that no_new_privs does not hold back. */
	(void)cap_limit_bounding(0, UINT64_MAX);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "give up new privileges");
	if (cap_apply(&none, NULL) < 0)
		return err_sys(e, EPERM, "give up capabilities");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, errno, "close our memory to others");
	error = confine_files(r);
	if (error == -EOPNOTSUPP)
		log_warn("this kernel has no Landlock (5.19): the registry could reach files outside its directory");
	else if (error < 0)
		return err_sys(e, -error, "confine the registry to its directory");
	return 0;
}
