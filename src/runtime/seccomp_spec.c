/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/seccomp_spec.h"

#include <linux/seccomp.h>

#include "base/own.h"
#include "base/str.h"

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
};

static const struct {
	const char *name;
	enum seccomp_arch arch;
	bool known;
} arches[] = {
	{ "SCMP_ARCH_X86_64", SECCOMP_X86_64, true },	{ "SCMP_ARCH_X86", SECCOMP_X86, true },
	{ "SCMP_ARCH_X32", SECCOMP_X32, true },		{ "SCMP_ARCH_AARCH64", SECCOMP_AARCH64, true },
	{ "SCMP_ARCH_NATIVE", SECCOMP_ARCHES, true },	{ "SCMP_ARCH_ARM", 0, false },
	{ "SCMP_ARCH_MIPS", 0, false },			{ "SCMP_ARCH_MIPS64", 0, false },
	{ "SCMP_ARCH_MIPS64N32", 0, false },		{ "SCMP_ARCH_MIPSEL", 0, false },
	{ "SCMP_ARCH_MIPSEL64", 0, false },		{ "SCMP_ARCH_MIPSEL64N32", 0, false },
	{ "SCMP_ARCH_PPC", 0, false },			{ "SCMP_ARCH_PPC64", 0, false },
	{ "SCMP_ARCH_PPC64LE", 0, false },		{ "SCMP_ARCH_S390", 0, false },
	{ "SCMP_ARCH_S390X", 0, false },		{ "SCMP_ARCH_RISCV64", 0, false },
	{ "SCMP_ARCH_PARISC", 0, false },		{ "SCMP_ARCH_PARISC64", 0, false },
	{ "SCMP_ARCH_LOONGARCH64", 0, false },		{ "SCMP_ARCH_M68K", 0, false },
	{ "SCMP_ARCH_SH", 0, false },			{ "SCMP_ARCH_SHEB", 0, false },
};

static const struct {
	const char *name;
	enum seccomp_op op;
} ops[] = {
	{ "SCMP_CMP_NE", SECCOMP_NE }, { "SCMP_CMP_LT", SECCOMP_LT }, { "SCMP_CMP_LE", SECCOMP_LE },
	{ "SCMP_CMP_EQ", SECCOMP_EQ }, { "SCMP_CMP_GE", SECCOMP_GE }, { "SCMP_CMP_GT", SECCOMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ },
};

static const struct {
	const char *name;
	unsigned flag;
} flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", 0 /* one thread: nothing to synchronise */ },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
};

/* EPERM unless the profile says another number; only ERRNO and TRACE carry one. */
static int find_action(const char *name, const struct opt_u32 *data, uint32_t *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		bool carries = actions[i].action == SECCOMP_RET_ERRNO || actions[i].action == SECCOMP_RET_TRACE;

		if (!str_eq(actions[i].name, name))
			continue;
		*ret = actions[i].action | (carries ? (data->set ? data->value : EPERM) & SECCOMP_RET_DATA : 0);
		return 0;
	}
	if (str_eq(name, "SCMP_ACT_NOTIFY"))
		return err_set(e, ERR_UNSUPPORTED, "linux.seccomp: SCMP_ACT_NOTIFY is not supported yet");
	return err_set(e, ERR_INVALID, "linux.seccomp: '%.50s' is not an action", name);
}

static int find_arch(const char *name, unsigned *mask, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		if (!str_eq(arches[i].name, name))
			continue;
		if (arches[i].known)
			*mask |= 1U << (arches[i].arch == SECCOMP_ARCHES ? seccomp_native() : arches[i].arch);
		return 0;
	}
	return err_set(e, ERR_INVALID, "linux.seccomp: '%.50s' is not an architecture", name);
}

static int find_arg(const struct oci_seccomp_arg *from, struct seccomp_arg *to, struct err *e)
{
	if (from->index > 5)
		return err_set(e, ERR_INVALID, "linux.seccomp: argument index %u is above 5", from->index);
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (str_eq(ops[i].name, from->op)) {
			*to = (struct seccomp_arg){ from->index, ops[i].op, from->value, from->value_two };
			return 0;
		}
	return err_set(e, ERR_INVALID, "linux.seccomp: '%.50s' is not an operator", from->op);
}

struct rules {
	struct seccomp_rule *items;
	size_t n;
};

/* Conditions on one argument given twice mean "any of them", as libseccomp's users write them; different ones "all". */
static bool repeats_an_argument(const struct oci_syscall *s)
{
	for (size_t i = 0; i < s->args.n; i++)
		for (size_t k = i + 1; k < s->args.n; k++)
			if (s->args.items[i].index == s->args.items[k].index)
				return true;
	return false;
}

static int add_rule(struct rules *rules, const char *name, uint32_t action, const struct oci_seccomp_arg *args,
		    size_t n, struct err *e)
{
	struct seccomp_rule *rule = vec_add(rules);

	if (!rule)
		return err_nomem(e);
	if (n > ARRAY_SIZE(rule->args))
		return err_set(e, ERR_INVALID, "linux.seccomp: '%.50s' has more than 6 conditions", name);
	rule->name = name;
	rule->action = action;
	rule->n_args = n;
	for (size_t i = 0; i < n; i++)
		if (find_arg(&args[i], &rule->args[i], e) < 0)
			return -1;
	return 0;
}

static int add_call(struct rules *rules, const struct oci_syscall *s, const char *name, uint32_t action, struct err *e)
{
	if (!repeats_an_argument(s))
		return add_rule(rules, name, action, s->args.items, s->args.n, e);
	for (size_t i = 0; i < s->args.n; i++)
		if (add_rule(rules, name, action, &s->args.items[i], 1, e) < 0)
			return -1;
	return 0;
}

static int add_calls(struct rules *rules, const struct oci_seccomp *spec, uint32_t default_action, struct err *e)
{
	for (size_t i = 0; i < spec->syscalls.n; i++) {
		const struct oci_syscall *s = &spec->syscalls.items[i];
		uint32_t action;

		if (find_action(s->action, &s->errno_ret, &action, e) < 0)
			return -1;
		if (action == default_action)
			continue;
		for (size_t k = 0; k < s->names.n; k++)
			if (add_call(rules, s, s->names.items[k], action, e) < 0)
				return -1;
	}
	return 0;
}

static int find_flags(const struct oci_seccomp *spec, unsigned *ret, struct err *e)
{
	for (size_t i = 0; i < spec->flags.n; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(flags) && !str_eq(flags[k].name, spec->flags.items[i]))
			k++;
		if (k == ARRAY_SIZE(flags))
			return err_set(e, ERR_UNSUPPORTED, "linux.seccomp.flags: '%.50s' is not supported",
				       spec->flags.items[i]);
		*ret |= flags[k].flag;
	}
	return 0;
}

static int compile(const struct oci_seccomp *spec, struct seccomp_program *ret, struct err *e)
{
	struct seccomp_profile profile = { .arches = 1U << seccomp_native() };
	struct rules rules = { .items = NULL };
	int r = find_action(spec->default_action, &spec->default_errno_ret, &profile.default_action, e);

	if (r == 0 && spec->listener_path)
		r = err_set(e, ERR_UNSUPPORTED, "linux.seccomp.listenerPath is not supported yet");
	for (size_t i = 0; r == 0 && i < spec->architectures.n; i++)
		r = find_arch(spec->architectures.items[i], &profile.arches, e);
	if (r == 0)
		r = find_flags(spec, &profile.flags, e);
	if (r == 0)
		r = add_calls(&rules, spec, profile.default_action, e);
	profile.rules = rules.items;
	profile.n_rules = rules.n;
	if (r == 0)
		r = seccomp_compile(&profile, ret, e);
	free(rules.items);
	return r;
}

int seccomp_spec_compile(const struct oci_spec *spec, const struct launch *launch, uint64_t capabilities,
			 struct seccomp_program *ret, struct err *e)
{
	if (spec->linux_->seccomp)
		return compile(spec->linux_->seccomp, ret, e);
	if (!launch || !launch->default_seccomp)
		return 0;
	return seccomp_default(capabilities, ret, e);
}

#define NAME_OF(table, i) ((i) < ARRAY_SIZE(table) ? (table)[i].name : NULL)

const char *seccomp_spec_action(size_t i)
{
	return NAME_OF(actions, i);
}

const char *seccomp_spec_operator(size_t i)
{
	return NAME_OF(ops, i);
}

const char *seccomp_spec_arch(size_t i)
{
	return NAME_OF(arches, i);
}

const char *seccomp_spec_flag(size_t i)
{
	return NAME_OF(flags, i);
}
