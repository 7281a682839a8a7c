/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cap.h"

#include <linux/capability.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/own.h"

static const char *const names[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
	"CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
	"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};

int cap_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0 || strcasecmp(names[i] + 4, name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *cap_name(int number)
{
	return number >= 0 && (size_t)number < ARRAY_SIZE(names) ? names[number] : NULL;
}

uint64_t cap_known(void)
{
	/* All of ours are there since 5.9. */
	return (UINT64_C(1) << ARRAY_SIZE(names)) - 1;
}

uint64_t cap_clamp(struct cap_sets *sets, uint64_t bounding, uint64_t permitted)
{
	const struct cap_sets asked = *sets;

	sets->bounding &= bounding;
	sets->permitted &= permitted;
	sets->effective &= sets->permitted;
	sets->inheritable &= sets->bounding & permitted;
	sets->ambient &= sets->inheritable & sets->permitted;
	return (asked.bounding & ~sets->bounding) | (asked.permitted & ~sets->permitted) |
	       (asked.effective & ~sets->effective) | (asked.inheritable & ~sets->inheritable) |
	       (asked.ambient & ~sets->ambient);
}

int cap_limit_bounding(uint64_t bounding, uint64_t from)
{
	for (unsigned i = 0; i < 64; i++) {
		if (!(from & ~bounding & (UINT64_C(1) << i)))
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		/* EINVAL: past the last capability that this kernel knows. */
		if (errno == EINVAL)
			return 0;
		return -errno;
	}
	return 0;
}

/* What is not permitted or inheritable any more has left the ambient set by itself. */
static int set_ambient(uint64_t ambient, uint64_t now)
{
	if (now && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (ambient & (UINT64_C(1) << i) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return -errno;
	return 0;
}

static int ask(struct cap_sets *ret)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2];

	if (syscall(SYS_capget, &header, now) < 0)
		return -errno;
	*ret = (struct cap_sets){
		.permitted = now[0].permitted | (uint64_t)now[1].permitted << 32,
		.inheritable = now[0].inheritable | (uint64_t)now[1].inheritable << 32,
		.ambient = UINT64_MAX,
	};
	return 0;
}

int cap_apply(const struct cap_sets *sets, const struct cap_sets *now)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	struct cap_sets asked = { .permitted = 0 };
	uint64_t permitted, inheritable;

	if (!now && ask(&asked) < 0)
		return -errno;
	now = now ? now : &asked;
	/* Nothing can be gained here: what the process does not have any more is left out. */
	permitted = sets->permitted & now->permitted;
	inheritable = sets->inheritable & sets->bounding & (now->permitted | now->inheritable);
	for (unsigned i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)(permitted >> (32 * i));
		data[i].effective = (uint32_t)((sets->effective & permitted) >> (32 * i));
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return -errno;
	return set_ambient(sets->ambient & inheritable & permitted, now->ambient);
}
