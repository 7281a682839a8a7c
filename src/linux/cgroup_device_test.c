/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_device.h"

/* The v2 program, run by an interpreter, against what the rules say; for root also by the kernel's verifier. */

#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/own.h"
#include "base/test.h"

enum { READ = BPF_DEVCG_ACC_READ, WRITE = BPF_DEVCG_ACC_WRITE, MKNOD = BPF_DEVCG_ACC_MKNOD };

/* What runs here is what the generator may emit; anything else fails. */
static int run(const struct bpf_insn *program, size_t len, const uint32_t context[3])
{
	uint64_t r[11] = { 0 };

	for (size_t pc = 0; pc < len; pc++) {
		const struct bpf_insn *i = &program[pc];

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			assert_int_equal(i->src_reg, 1);
			r[i->dst_reg] = context[i->off / 4];
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			r[i->dst_reg] = (uint32_t)r[i->dst_reg] & (uint32_t)i->imm;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			r[i->dst_reg] = (uint32_t)r[i->dst_reg] >> i->imm;
			break;
		case BPF_ALU | BPF_MOV | BPF_X:
			r[i->dst_reg] = (uint32_t)r[i->src_reg];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			r[i->dst_reg] = (uint64_t)i->imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += r[i->dst_reg] != (uint64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += r[i->dst_reg] == (uint64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("ran past the end");
	return -1;
}

static int bits(const struct cgroup_device *r)
{
	return (r->read ? READ : 0) | (r->write ? WRITE : 0) | (r->mknod ? MKNOD : 0);
}

/* Each right by itself: the last rule that speaks of it. */
static int meaning(const struct cgroup_device *rules, size_t n, char type, uint32_t major, uint32_t minor, int access)
{
	for (int right = 1; right <= 4; right <<= 1) {
		bool allowed = false;

		if (!(access & right))
			continue;
		for (size_t i = 0; i < n; i++) {
			const struct cgroup_device *r = &rules[i];

			if ((r->type == 'a' || r->type == type) && (r->major < 0 || r->major == major) &&
			    (r->minor < 0 || r->minor == minor) && bits(r) & right)
				allowed = r->allow;
		}
		if (!allowed)
			return 0;
	}
	return 1;
}

static int ask(const struct cgroup_device *rules, size_t n, char type, uint32_t major, uint32_t minor, int access)
{
	const uint32_t context[] = { (uint32_t)access << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR), major,
				     minor };
	size_t len;
	autofree struct bpf_insn *program = cgroup_device_program(rules, n, &len);

	return run(program, len, context);
}

static void rules_decide_as_the_specification_says(void **state)
{
	static const struct cgroup_device rules[] = {
		{ false, 'a', -1, -1, true, true, true }, { true, 'c', -1, -1, false, false, true },
		{ true, 'c', 1, 3, true, true, true },	  { true, 'c', 136, -1, true, true, true },
		{ true, 'b', 8, 0, true, false, false },  { true, 'c', 10, 1, true, false, false },
		{ true, 'c', 10, 1, false, true, false }, { false, 'c', 136, 5, false, true, false },
	};
	const size_t n = ARRAY_SIZE(rules);

	assert_int_equal(ask(rules, n, 'c', 1, 3, READ | WRITE), 1);
	assert_int_equal(ask(rules, n, 'c', 1, 5, READ), 0);
	assert_int_equal(ask(rules, n, 'c', 1, 5, MKNOD), 1);
	assert_int_equal(ask(rules, n, 'b', 1, 3, READ), 0);
	assert_int_equal(ask(rules, n, 'b', 8, 0, READ), 1);
	assert_int_equal(ask(rules, n, 'b', 8, 0, READ | WRITE), 0);
	assert_int_equal(ask(rules, n, 'c', 10, 1, READ | WRITE), 1); /* two rules add up */
	assert_int_equal(ask(rules, n, 'c', 136, 5, READ), 1);
	assert_int_equal(ask(rules, n, 'c', 136, 5, READ | WRITE), 0);
	assert_int_equal(ask(rules, 0, 'c', 1, 3, READ), 0);
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void random_rules_decide_as_they_say(void **state)
{
	uint32_t seed = 7;

	for (int round = 0; round < 500; round++) {
		struct cgroup_device rules[12];
		size_t n = next(&seed) % ARRAY_SIZE(rules), len;
		autofree struct bpf_insn *program = NULL;

		for (size_t i = 0; i < n; i++)
			rules[i] = (struct cgroup_device){ next(&seed) & 1, "abc"[next(&seed) % 3], (int)(next(&seed) % 4) - 1,
							   (int)(next(&seed) % 4) - 1, next(&seed) & 1, next(&seed) & 1,
							   next(&seed) & 1 };
		program = cgroup_device_program(rules, n, &len);
		for (int k = 0; k < 200; k++) {
			char type = "bc"[next(&seed) & 1];
			uint32_t major = next(&seed) % 4, minor = next(&seed) % 4;
			int access = 1 + (int)(next(&seed) % 7);
			const uint32_t context[] = { (uint32_t)access << 16 |
							     (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
						     major, minor };

			assert_int_equal(run(program, len, context), meaning(rules, n, type, major, minor, access));
		}
	}
}

static void a_number_that_does_not_fit_is_refused(void **state)
{
	const struct cgroup_device rule = { true, 'c', INT64_C(1) << 32 | 1, 3, true, true, true };
	struct cgroup_hierarchy h = { (char[]){ "devices" }, (char[]){ "/nowhere" }, false };
	struct cgroup_system system = { &h, 1 };
	struct err e = ERR_INIT;

	assert_int_equal(cgroup_devices(&system, "/c", -EBADF, &rule, 1, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
}

static void the_kernel_accepts_the_program(void **state)
{
	const struct cgroup_device rules[] = {
		{ false, 'a', -1, -1, true, true, true },   { true, 'a', -1, -1, true, true, true },
		{ true, 'a', -1, -1, true, true, true },    { false, 'c', 5, -1, false, true, false },
		{ true, 'b', UINT32_MAX, 3, true, false, false },
	};
	size_t len;
	autofree struct bpf_insn *program = cgroup_device_program(rules, ARRAY_SIZE(rules), &len);
	union bpf_attr attr;
	int fd;

	if (geteuid() != 0)
		skip();
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)program;
	attr.insn_cnt = (uint32_t)len;
	attr.license = (uint64_t)(uintptr_t) "Apache-2.0";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	assert_true(fd >= 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_decide_as_the_specification_says),
		cmocka_unit_test(random_rules_decide_as_they_say),
		cmocka_unit_test(a_number_that_does_not_fit_is_refused),
		cmocka_unit_test(the_kernel_accepts_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
