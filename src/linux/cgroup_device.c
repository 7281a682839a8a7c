/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_device.h"

/*
 * Device rules on v2: a BPF program, which this file generates: the rules from last to first, each a few comparisons
 * that fall through to the next one. Reading, writing and mknod are decided one by one by the last rule that speaks of
 * them: a denying rule answers as soon as it meets a right that is still asked for, an allowing one strikes its rights
 * off, and nothing left to ask for is granted.
 *
 * The program has a name, so that an update finds it and puts the new one in its place in one step (5.6); what others
 * have attached to the group, systemd or the hooks of a GPU's vendor, stays, and every attached program must agree.
 */

#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/own.h"
#include "base/path.h"
#include "base/str.h"

enum { RULE_INSNS = 10, HEAD_INSNS = 6 };

static const char name[] = "lighter_devices"; /* at most BPF_OBJ_NAME_LEN with its NUL */

/* r2 type, r3 access, r4 major, r5 minor, all loaded once. */
static const struct bpf_insn head[HEAD_INSNS] = {
	{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0 },
	{ BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff },
	{ BPF_LDX | BPF_MEM | BPF_W, 3, 1, 0, 0 },
	{ BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16 },
	{ BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0 },
	{ BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0 },
};

static int access_bits(const struct cgroup_device *rule)
{
	return (rule->mknod ? BPF_DEVCG_ACC_MKNOD : 0) | (rule->read ? BPF_DEVCG_ACC_READ : 0) |
	       (rule->write ? BPF_DEVCG_ACC_WRITE : 0);
}

/* Comparisons jump to the end of the rule when it does not match; their distances are filled in afterwards. */
static size_t emit_rule(const struct cgroup_device *rule, struct bpf_insn *to)
{
	size_t n = 0;

	if (rule->type != 'a')
		to[n++] = (struct bpf_insn){ BPF_JMP | BPF_JNE | BPF_K, 2, 0, -1,
					     rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR };
	if (rule->major >= 0)
		to[n++] = (struct bpf_insn){ BPF_JMP | BPF_JNE | BPF_K, 4, 0, -1, (int)rule->major };
	if (rule->minor >= 0)
		to[n++] = (struct bpf_insn){ BPF_JMP | BPF_JNE | BPF_K, 5, 0, -1, (int)rule->minor };
	if (rule->allow) {
		to[n++] = (struct bpf_insn){ BPF_ALU | BPF_AND | BPF_K, 3, 0, 0, ~access_bits(rule) };
		to[n++] = (struct bpf_insn){ BPF_JMP | BPF_JNE | BPF_K, 3, 0, -1, 0 };
	} else {
		to[n++] = (struct bpf_insn){ BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0 };
		to[n++] = (struct bpf_insn){ BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, access_bits(rule) };
		to[n++] = (struct bpf_insn){ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, -1, 0 };
	}
	to[n++] = (struct bpf_insn){ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, rule->allow };
	to[n++] = (struct bpf_insn){ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 };
	for (size_t i = 0; i < n; i++)
		if (to[i].off == -1)
			to[i].off = (short)(n - i - 1);
	return n;
}

struct bpf_insn *cgroup_device_program(const struct cgroup_device *rules, size_t n, size_t *ret_len)
{
	struct bpf_insn *program = calloc(HEAD_INSNS + n * RULE_INSNS + 2, sizeof(*program));
	size_t len = HEAD_INSNS;

	if (!program)
		return NULL;
	memcpy(program, head, sizeof(head));
	for (size_t i = n; i-- > 0;)
		len += emit_rule(&rules[i], program + len);
	program[len++] = (struct bpf_insn){ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 };
	program[len++] = (struct bpf_insn){ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 };
	*ret_len = len;
	return program;
}

static int load(const struct bpf_insn *program, size_t n)
{
	static const char license[] = "Apache-2.0";
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)program;
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uint64_t)(uintptr_t)license;
	memcpy(attr.prog_name, name, sizeof(name));
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

static int program_by_id(uint32_t id)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

static bool is_ours(int program)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uint64_t)(uintptr_t)&info;
	return syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) == 0 && str_eq(info.name, name);
}

/* Our program on the group: its descriptor, or -ENOENT. */
static int find_attached(int group)
{
	uint32_t ids[64];
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)group;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
	attr.query.prog_cnt = ARRAY_SIZE(ids);
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) < 0)
		return -errno;
	for (uint32_t i = 0; i < attr.query.prog_cnt; i++) {
		int fd = program_by_id(ids[i]);

		if (fd >= 0 && is_ours(fd))
			return fd;
		if (fd >= 0)
			(void)close(fd);
	}
	return -ENOENT;
}

static int attach(int group, int program)
{
	autofd int old = find_attached(group);
	union bpf_attr attr;

	if (old < 0 && old != -ENOENT)
		return old;
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)group;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI | (old >= 0 ? BPF_F_REPLACE : 0);
	attr.replace_bpf_fd = old >= 0 ? (uint32_t)old : 0;
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int cgroup_devices_v2(int dir, const struct cgroup_device *rules, size_t n, struct err *e)
{
	size_t len;
	autofree struct bpf_insn *program = cgroup_device_program(rules, n, &len);
	autofd int fd = -EBADF;
	int r;

	if (!program)
		return err_nomem(e);
	fd = load(program, len);
	if (fd < 0)
		return err_sys(e, -fd, "load the device filter");
	r = attach(dir, fd);
	return r < 0 ? err_sys(e, -r, "attach the device filter") : 0;
}

int cgroup_devices(const struct cgroup_system *system, const char *path, int v2, const struct cgroup_device *rules,
		   size_t n, struct err *e)
{
	const struct cgroup_hierarchy *v1 = cgroup_find(system, "devices");
	autofd int opened = v1 ? cgroup_open(v1, path) : v2 < 0 ? cgroup_v2_dir(system, path) : -EBADF;
	int dir = v1 || v2 < 0 ? opened : v2;

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (rules[i].major > UINT32_MAX || rules[i].minor > UINT32_MAX)
			return err_set(e, ERR_INVALID, "device rule %zu: %lld:%lld is not a device number", i,
				       (long long)rules[i].major, (long long)rules[i].minor);
	if (dir < 0)
		return err_sys(e, -dir, "open cgroup '%s' for device rules", path);
	return v1 ? cgroup_devices_v1(dir, rules, n, e) : cgroup_devices_v2(dir, rules, n, e);
}
