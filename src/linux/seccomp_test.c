/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/seccomp.h"

/*
 * Two oracles over many calls. libseccomp: the same rules are compiled by both, and both programs, run by a small
 * interpreter, must answer alike; one rule a call, because libseccomp merges several rules with order comparisons on one
 * call into a tree that answers wrongly (seen in 2.5.4). And what the rules mean, evaluated directly, for any number.
 */

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/own.h"
#include "base/test.h"

static uint32_t run(const struct sock_filter *f, size_t len, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *i = &f[pc];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + i->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("ran past the end");
	return 0;
}

static uint32_t answer(const struct seccomp_program *p, uint32_t arch, int nr, uint64_t a0, uint64_t a1)
{
	const struct seccomp_data data = { .arch = arch, .nr = nr, .args = { a0, a1, a0, a1, a0, a1 } };

	return run(p->filter, p->len, &data);
}

/* xorshift: the same numbers at every run. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static const int oracle_ops[] = {
	[SECCOMP_NE] = SCMP_CMP_NE, [SECCOMP_LT] = SCMP_CMP_LT, [SECCOMP_LE] = SCMP_CMP_LE, [SECCOMP_EQ] = SCMP_CMP_EQ,
	[SECCOMP_GE] = SCMP_CMP_GE, [SECCOMP_GT] = SCMP_CMP_GT, [SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

/* Loads what libseccomp generates for the profile; returns the number of instructions. */
static size_t oracle(const struct seccomp_profile *p, struct sock_filter *to, size_t max)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(p->default_action & SECCOMP_RET_DATA));
	int fd = memfd_create("oracle", MFD_CLOEXEC);
	ssize_t n;

	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X86), 0);
	assert_int_equal(seccomp_arch_add(ctx, SCMP_ARCH_X32), 0);
	for (size_t i = 0; i < p->n_rules; i++) {
		struct scmp_arg_cmp args[6];

		for (size_t k = 0; k < p->rules[i].n_args; k++)
			args[k] = (struct scmp_arg_cmp){ p->rules[i].args[k].index,
							 (enum scmp_compare)oracle_ops[p->rules[i].args[k].op],
							 p->rules[i].args[k].value, p->rules[i].args[k].value_two };
		assert_int_equal(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW,
							seccomp_syscall_resolve_name(p->rules[i].name),
							(unsigned)p->rules[i].n_args, args), 0);
	}
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	seccomp_release(ctx);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	n = read(fd, to, max * sizeof(*to));
	(void)close(fd);
	assert_true(n > 0);
	return (size_t)n / sizeof(*to);
}

static const char *const names[] = { "read", "write", "getpid", "clone", "socket", "ioctl", "personality", "mmap", "prctl",
				     "kill", "fcntl", "openat", "getrandom", "statx", "execve", "rt_sigaction", "futex" };
static const uint64_t values[] = { 0, 1, 2, 5, 40, 0xffffffff, 0x100000000, 0x100000001, 0x7fffffffffffffff,
				   0xffffffffffffffff, 0x7e020000, 0x500000005 };

static void random_profile(uint64_t *seed, struct seccomp_rule *rules, size_t n, bool one_a_call)
{
	size_t first = random_next(seed) % ARRAY_SIZE(names);

	for (size_t i = 0; i < n; i++) {
		struct seccomp_rule *r = &rules[i];
		size_t name = one_a_call ? first + i : random_next(seed);

		*r = (struct seccomp_rule){ .name = names[name % ARRAY_SIZE(names)],
					    .action = SECCOMP_RET_ALLOW };
		r->n_args = random_next(seed) % 3;
		for (size_t k = 0; k < r->n_args; k++) {
			struct seccomp_arg *a = &r->args[k];

			*a = (struct seccomp_arg){ (uint32_t)k, (enum seccomp_op)(random_next(seed) % 7),
						   values[random_next(seed) % ARRAY_SIZE(values)],
						   values[random_next(seed) % ARRAY_SIZE(values)] };
			if (a->op == SECCOMP_MASKED_EQ)
				a->value_two &= a->value;
		}
	}
}

static struct seccomp_data random_call(uint64_t *seed, enum seccomp_arch *ret_arch, const char **ret_name)
{
	static const enum seccomp_arch arches[] = { SECCOMP_X86_64, SECCOMP_X86, SECCOMP_X32, SECCOMP_X86_64 };
	enum seccomp_arch arch = arches[random_next(seed) % ARRAY_SIZE(arches)];
	struct seccomp_data d = { .arch = seccomp_audit_arch(arch) };

	*ret_arch = arch;
	*ret_name = random_next(seed) % 8 ? names[random_next(seed) % ARRAY_SIZE(names)] : NULL;
	d.nr = *ret_name ? seccomp_number(arch, *ret_name) : 400 + (int)(random_next(seed) % 500);
	for (size_t k = 0; k < 6; k++) {
		d.args[k] = values[random_next(seed) % ARRAY_SIZE(values)];
		if (arch == SECCOMP_X86)
			d.args[k] &= 0xffffffff;
	}
	return d;
}

static bool holds(const struct seccomp_arg *a, uint64_t value, bool narrow)
{
	uint64_t width = narrow ? 0xffffffff : UINT64_MAX, one = a->value & width, two = a->value_two & width;

	value &= width;
	switch (a->op) {
	case SECCOMP_NE:
		return value != one;
	case SECCOMP_LT:
		return value < one;
	case SECCOMP_LE:
		return value <= one;
	case SECCOMP_EQ:
		return value == one;
	case SECCOMP_GE:
		return value >= one;
	case SECCOMP_GT:
		return value > one;
	case SECCOMP_MASKED_EQ:
		return (value & one) == two;
	}
	return false;
}

static uint32_t meaning(const struct seccomp_profile *p, const char *name, const struct seccomp_data *d, bool narrow)
{
	for (size_t i = 0; name && i < p->n_rules; i++) {
		bool all = strcmp(p->rules[i].name, name) == 0;

		for (size_t k = 0; all && k < p->rules[i].n_args; k++)
			all = holds(&p->rules[i].args[k], d->args[p->rules[i].args[k].index], narrow);
		if (all)
			return p->rules[i].action;
	}
	return p->default_action;
}

static void compare(const struct seccomp_profile *p, uint64_t *seed, size_t calls, bool with_libseccomp)
{
	static struct sock_filter other[BPF_MAXINSNS];
	struct seccomp_program mine = { .filter = NULL };
	size_t n = with_libseccomp ? oracle(p, other, ARRAY_SIZE(other)) : 0;

	assert_int_equal(seccomp_compile(p, &mine, NULL), 0);
	for (size_t i = 0; i < calls; i++) {
		enum seccomp_arch arch;
		const char *name;
		const struct seccomp_data d = random_call(seed, &arch, &name);
		uint32_t got = run(mine.filter, mine.len, &d);
		uint32_t wanted = with_libseccomp ? run(other, n, &d) :
						    meaning(p, name, &d, arch == SECCOMP_X86 || arch == SECCOMP_X32);

		if (got != wanted)
			fail_msg("%s nr %#x arch %#x args %#llx %#llx: %#x, wanted %#x", name ? name : "?", d.nr, d.arch,
				 d.args[0], d.args[1], got, wanted);
	}
	seccomp_program_done(&mine);
}

static void compare_many(bool with_libseccomp, size_t most)
{
	uint64_t seed = 88172645463325252;
	struct seccomp_rule rules[24];

	for (int i = 0; i < 200; i++) {
		const struct seccomp_profile p = {
			.default_action = SECCOMP_RET_ERRNO | EPERM,
			.arches = 1 << SECCOMP_X86_64 | 1 << SECCOMP_X86 | 1 << SECCOMP_X32,
			.rules = rules,
			.n_rules = 1 + random_next(&seed) % most,
		};

		random_profile(&seed, rules, p.n_rules, with_libseccomp);
		compare(&p, &seed, 1000, with_libseccomp);
	}
}

static void random_profiles_answer_as_libseccomp_does(void **state)
{
	compare_many(true, ARRAY_SIZE(names));
}

static void random_profiles_answer_as_their_rules_say(void **state)
{
	compare_many(false, 24);
}

static void the_default_profile_refuses_what_it_says(void **state)
{
	static const struct { const char *name; uint64_t a0, a1; uint32_t wanted; } cases[] = {
		{ "read", 0, 0, SECCOMP_RET_ALLOW },
		{ "socket", 2, 0, SECCOMP_RET_ALLOW },
		{ "socket", 38, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "socket", 40, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "socket", 0x100000026, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "ioctl", 0, 0x5412, SECCOMP_RET_ERRNO | EPERM },
		{ "ioctl", 0, 0xffffffff00005412, SECCOMP_RET_ERRNO | EPERM },
		{ "ioctl", 0, 0x5413, SECCOMP_RET_ALLOW },
		{ "clone", 0x10000000, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "clone", 17, 0, SECCOMP_RET_ALLOW },
		{ "clone3", 0, 0, SECCOMP_RET_ERRNO | ENOSYS },
		{ "io_uring_setup", 0, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "userfaultfd", 0, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "keyctl", 0, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "mount", 0, 0, SECCOMP_RET_ERRNO | EPERM },
		{ "personality", 0xffffffff, 0, SECCOMP_RET_ALLOW },
		{ "personality", 0x40000, 0, SECCOMP_RET_ERRNO | EPERM },
	};
	struct seccomp_program p = { .filter = NULL };

	assert_int_equal(seccomp_default(0, &p, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(answer(&p, AUDIT_ARCH_X86_64, seccomp_number(SECCOMP_X86_64, cases[i].name),
					cases[i].a0, cases[i].a1), cases[i].wanted);
	assert_int_equal(answer(&p, AUDIT_ARCH_X86_64, 999, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(answer(&p, AUDIT_ARCH_AARCH64, 0, 0, 0), SECCOMP_RET_KILL_THREAD);
	/* The cost of an installation is the filter's shape. */
	assert_in_range(p.len, 100, 700);
	seccomp_program_done(&p);
	assert_int_equal(seccomp_default(UINT64_C(1) << 21, &p, NULL), 0);
	assert_int_equal(answer(&p, AUDIT_ARCH_X86_64, seccomp_number(SECCOMP_X86_64, "mount"), 0, 0),
			 SECCOMP_RET_ALLOW);
	seccomp_program_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_profiles_answer_as_libseccomp_does),
		cmocka_unit_test(random_profiles_answer_as_their_rules_say),
		cmocka_unit_test(the_default_profile_refuses_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
