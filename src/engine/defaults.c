/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* What every container is given unless it says otherwise: Docker's, so that images find what they expect. */

#include <string.h>

#include "base/own.h"

const char *const default_capabilities[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE", NULL,
};

const char *const default_masked[] = {
	"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
	"/sys/devices/virtual/powercap", NULL,
};

const char *const default_readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL };

const struct default_mount default_mounts[] = {
	{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
	{ "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
	{ "/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,ro" },
	{ "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
	{ "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k" },
	{ NULL, NULL, NULL, NULL },
};

int default_add_words(const char *const *words, struct strv *to)
{
	for (; *words; words++)
		if (strv_add(to, *words) < 0)
			return -ENOMEM;
	return 0;
}

static int add_options(const char *options, struct strv *to)
{
	autofree char *copy = strdup(options);
	char *save = NULL;

	for (char *word = copy ? strtok_r(copy, ",", &save) : NULL; word; word = strtok_r(NULL, ",", &save))
		if (strv_add(to, word) < 0)
			return -ENOMEM;
	return copy ? 0 : -ENOMEM;
}

int default_add_mounts(struct oci_spec *spec, struct err *e)
{
	for (const struct default_mount *d = default_mounts; d->destination; d++) {
		struct oci_mount *m = vec_add(&spec->mounts);

		if (!m)
			return err_nomem(e);
		m->destination = strdup(d->destination);
		m->type = strdup(d->type);
		m->source = strdup(d->source);
		if (!m->destination || !m->type || !m->source || add_options(d->options, &m->options) < 0)
			return err_nomem(e);
	}
	return 0;
}
