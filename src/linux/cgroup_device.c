/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup.h"

/*
 * Device rules. v1 takes them as text, one write a rule. v2 takes a BPF program, which this file generates: the rules
 * from last to first, each a few comparisons that fall through to the next one. Reading, writing and mknod are decided
 * one by one by the last rule that speaks of them, as on v1, where the rights of two rules for one device add up: a
 * denying rule answers as soon as it meets a right that is still asked for, an allowing one strikes its rights off, and
 * nothing left to ask for is granted.
 */

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

enum { RULE_INSNS = 10, HEAD_INSNS = 6 };

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
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

/* Attaching needs a real directory descriptor, not O_PATH. */
static int attach(int dir, int program)
{
	autofd int real = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	union bpf_attr attr;

	if (real < 0)
		return real;
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)real;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
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

static void number_or_star(int64_t value, char to[static 24])
{
	if (value < 0)
		(void)snprintf(to, 24, "*");
	else
		(void)snprintf(to, 24, "%lld", (long long)value);
}

static int write_text_v1(int allow, int deny, const struct cgroup_device *rule, const char *text, struct err *e)
{
	if (write(rule->allow ? allow : deny, text, strlen(text)) < 0)
		return err_sys(e, errno, "write '%s' to 'devices.%s'", text, rule->allow ? "allow" : "deny");
	return 0;
}

/* The kernel reads nothing after an 'a': it stands for every device and every right. Anything less is said for block and
 * character devices by themselves. */
static int write_rule_v1(int allow, int deny, const struct cgroup_device *rule, struct err *e)
{
	bool whole = rule->major < 0 && rule->minor < 0 && rule->read && rule->write && rule->mknod;
	char text[80], major[24], minor[24];

	if (rule->type == 'a' && whole)
		return write_text_v1(allow, deny, rule, "a", e);
	number_or_star(rule->major, major);
	number_or_star(rule->minor, minor);
	for (const char *type = "bc"; *type; type++) {
		if (rule->type != 'a' && rule->type != *type)
			continue;
		(void)snprintf(text, sizeof(text), "%c %s:%s %s%s%s", *type, major, minor, rule->read ? "r" : "",
			       rule->write ? "w" : "", rule->mknod ? "m" : "");
		if (write_text_v1(allow, deny, rule, text, e) < 0)
			return -1;
	}
	return 0;
}

static int devices_v1(int dir, const struct cgroup_device *rules, size_t n, struct err *e)
{
	autofd int allow = path_open(dir, "devices.allow", PATH_OWN, O_WRONLY, 0);
	autofd int deny = path_open(dir, "devices.deny", PATH_OWN, O_WRONLY, 0);

	if (allow < 0 || deny < 0)
		return err_sys(e, allow < 0 ? -allow : -deny, "open the devices cgroup");
	for (size_t i = 0; i < n; i++)
		if (write_rule_v1(allow, deny, &rules[i], e) < 0)
			return -1;
	return 0;
}

int cgroup_devices(const struct cgroup_system *system, const char *path, const struct cgroup_device *rules, size_t n,
		   struct err *e)
{
	const struct cgroup_hierarchy *v1 = cgroup_find(system, "devices");
	autofd int dir = v1 ? cgroup_open(v1, path) : cgroup_v2_dir(system, path);

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (rules[i].major > UINT32_MAX || rules[i].minor > UINT32_MAX)
			return err_set(e, ERR_INVALID, "device rule %zu: %lld:%lld is not a device number", i,
				       (long long)rules[i].major, (long long)rules[i].minor);
	if (dir < 0)
		return err_sys(e, -dir, "open cgroup '%s' for device rules", path);
	return v1 ? devices_v1(dir, rules, n, e) : cgroup_devices_v2(dir, rules, n, e);
}
