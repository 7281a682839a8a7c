/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The seccomp compiler: bytes make a profile and calls; whatever compiles must answer each call as the rules say. Names,
 * actions and values come from small tables, so that rules meet each other and the calls.
 */

#include <errno.h>

#include "base/own.h"
#include "linux/seccomp_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t left;
};

static uint8_t take(struct bytes *b)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->at++;
}

static const char *const names[] = { "read", "write", "getpid", "clone", "socket", "ioctl", "personality", "mmap",
				     "prctl", "kill", "newfstatat", "openat", "waitpid", "statx", "execve", "no_such_call",
				     "futex_waitv", "removexattrat", "clone3", "accept", "set_tls" };
static const uint32_t actions[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS,
				    SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_LOG, SECCOMP_RET_TRACE | 7,
				    SECCOMP_RET_ERRNO | 0xfff };
static const uint64_t values[] = { 0, 1, 2, 5, 40, 0xffffffff, 0x100000000, 0x100000001, 0x7fffffffffffffff,
				   0xffffffffffffffff, 0x7e020000, 0x500000005, 0x80000000, 0xfffffffe };

#define PICK(table, b) (table)[take(b) % ARRAY_SIZE(table)]

static void make_rule(struct bytes *b, struct seccomp_rule *rule)
{
	*rule = (struct seccomp_rule){ .name = PICK(names, b), .action = PICK(actions, b) };
	rule->n_args = take(b) % 7;
	rule->mention = take(b) % 8 == 0;
	for (size_t k = 0; k < rule->n_args; k++)
		rule->args[k] = (struct seccomp_arg){ take(b) % 6, (enum seccomp_op)(take(b) % 7), PICK(values, b),
						      PICK(values, b) };
}

static struct seccomp_data make_call(struct bytes *b)
{
	enum seccomp_arch arch = (enum seccomp_arch)(take(b) % SECCOMP_ARCHES);
	struct seccomp_data d = { .arch = seccomp_audit_arch(arch) };
	uint8_t name = take(b);

	d.nr = name < 200 ? seccomp_number(arch, names[name % ARRAY_SIZE(names)]) : take(b) * 4 - 1;
	for (size_t k = 0; k < 6; k++)
		d.args[k] = PICK(values, b);
	if (arch == SECCOMP_X86 || arch == SECCOMP_ARM)
		for (size_t k = 0; k < 6; k++)
			d.args[k] &= 0xffffffff;
	return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seccomp_rule rules[256];
	struct bytes b = { .at = data, .left = size };
	struct seccomp_profile p = { .rules = rules };
	struct seccomp_program program = { .filter = NULL };
	uint8_t flags = take(&b);

	p.arches = (flags & 0xf) | (flags & 0x20 ? 1U << SECCOMP_ARM : 0) | 1U << seccomp_native();
	p.unknown_enosys = flags & 0x10;
	p.default_action = PICK(actions, &b);
	p.n_rules = take(&b);
	for (size_t i = 0; i < p.n_rules; i++)
		make_rule(&b, &rules[i]);
	if (seccomp_compile(&p, &program, NULL) < 0)
		return 0;
	for (int i = 0; i < 64; i++) {
		const struct seccomp_data d = make_call(&b);

		if (seccomp_model_run(program.filter, program.len, &d) != seccomp_model_meaning(&p, &d))
			abort();
	}
	seccomp_program_done(&program);
	return 0;
}
