/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/labels.h"

#include <fcntl.h>

#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "linux/apparmor.h"
#include "linux/selinux.h"

static bool wants(const char *label)
{
	return label && label[0];
}

void labels_done(struct labels *labels)
{
	own_close(&labels->profile);
	own_close(&labels->label);
	own_close(&labels->key);
	*labels = (struct labels)LABELS_INIT;
}

static bool is_active(bool (*enabled)(int root))
{
	autofd int root = path_open(AT_FDCWD, "/", PATH_HOST, O_PATH | O_DIRECTORY, 0);

	return root >= 0 && enabled(root);
}

int labels_check(const struct oci_process *p, struct err *e)
{
	if (wants(p->apparmor_profile) && !is_active(apparmor_enabled))
		log_warn("process.apparmorProfile: '%.200s': AppArmor is not active on this machine, ignoring",
			 p->apparmor_profile);
	if (wants(p->selinux_label) && !is_active(selinux_enabled))
		return err_set(e, ERR_UNSUPPORTED, "process.selinuxLabel: '%.200s': SELinux is not active on this machine",
			       p->selinux_label);
	return 0;
}

int labels_check_profile(const char *profile, struct err *e)
{
	if (!wants(profile) || is_active(apparmor_enabled))
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "--apparmor '%.200s': AppArmor is not active on this machine", profile);
}

static int open_one(bool wanted, int (*open_attribute)(void), const char *field, int *ret, struct err *e)
{
	int fd = wanted ? open_attribute() : -EBADF;

	if (wanted && fd < 0)
		return err_sys(e, -fd, "%s: open the attribute of the process", field);
	*ret = fd;
	return 0;
}

int labels_open(const struct oci_process *p, bool keyring, struct labels *ret, struct err *e)
{
	struct labels labels = LABELS_INIT;
	bool label = wants(p->selinux_label), profile = wants(p->apparmor_profile) && is_active(apparmor_enabled);

	if (open_one(profile, apparmor_open, "process.apparmorProfile", &labels.profile, e) == 0 &&
	    open_one(label, selinux_open_exec, "process.selinuxLabel", &labels.label, e) == 0 &&
	    open_one(label && keyring, selinux_open_keycreate, "process.selinuxLabel", &labels.key, e) == 0) {
		*ret = labels;
		return 0;
	}
	labels_done(&labels);
	return -1;
}

static int set_one(int *fd, int (*set)(int fd, const char *value), const char *field, const char *value, struct err *e)
{
	int r = *fd < 0 ? 0 : set(*fd, value);

	own_close(fd);
	*fd = -EBADF;
	return r < 0 ? err_sys(e, -r, "%s: apply '%.200s'", field, value) : 0;
}

int labels_set_key(const struct oci_process *p, struct labels *labels, struct err *e)
{
	return set_one(&labels->key, selinux_label, "process.selinuxLabel", p->selinux_label, e);
}

int labels_set_exec(const struct oci_process *p, struct labels *labels, struct err *e)
{
	if (set_one(&labels->profile, apparmor_on_exec, "process.apparmorProfile", p->apparmor_profile, e) < 0)
		return -1;
	return set_one(&labels->label, selinux_label, "process.selinuxLabel", p->selinux_label, e);
}
