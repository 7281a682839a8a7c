/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/seccomp_spec.h"

/*
 * From the document's words to the compiler's profile. Three things are read as runc and libseccomp read them, because
 * profiles are written with them in mind: conditions on one argument given twice mean "any of them", different ones
 * "all"; under a default that is an errno, calls newer than all that the profile names answer ENOSYS, so that C libraries
 * fall back; and on x86 a rule for a socket or System V IPC call counts for socketcall and ipc too.
 */

#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "runtime/annotations.h"

enum { ERRNO_MOST = 4095, ARCH_ELSEWHERE = SECCOMP_ARCHES /* of machines that this program does not run on */ };

WORDS(seccomp_spec_actions,
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF });

WORDS(seccomp_spec_arches,
	{ "SCMP_ARCH_X86_64", SECCOMP_X86_64 },
	{ "SCMP_ARCH_X86", SECCOMP_X86 },
	{ "SCMP_ARCH_X32", SECCOMP_X32 },
	{ "SCMP_ARCH_AARCH64", SECCOMP_AARCH64 },
	{ "SCMP_ARCH_ARM", SECCOMP_ARM },
	{ "SCMP_ARCH_MIPS", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_MIPS64", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_MIPS64N32", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_MIPSEL", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_MIPSEL64", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_MIPSEL64N32", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_PPC", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_PPC64", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_PPC64LE", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_S390", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_S390X", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_PARISC", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_PARISC64", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_RISCV64", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_LOONGARCH64", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_M68K", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_SH", ARCH_ELSEWHERE },
	{ "SCMP_ARCH_SHEB", ARCH_ELSEWHERE });

WORDS(seccomp_spec_operators,
	{ "SCMP_CMP_NE", SECCOMP_NE },
	{ "SCMP_CMP_LT", SECCOMP_LT },
	{ "SCMP_CMP_LE", SECCOMP_LE },
	{ "SCMP_CMP_EQ", SECCOMP_EQ },
	{ "SCMP_CMP_GE", SECCOMP_GE },
	{ "SCMP_CMP_GT", SECCOMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ });

WORDS(seccomp_spec_flags,
	{ "SECCOMP_FILTER_FLAG_TSYNC", 0 /* one thread: nothing to synchronise */ },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV });

/* ---- calls behind a multiplexer of x86 ---- */

enum multiplexer { SOCKETCALL, IPC, MULTIPLEXERS };

static const char *const multiplexers[] = { [SOCKETCALL] = "socketcall", [IPC] = "ipc" };

struct multiplexed {
	const char *name;
	enum multiplexer by;
	unsigned number;
};

/* In the order of their names. */
static const struct multiplexed multiplexed[] = {
	{ "accept", SOCKETCALL, 5 }, { "accept4", SOCKETCALL, 18 }, { "bind", SOCKETCALL, 2 },
	{ "connect", SOCKETCALL, 3 }, { "getpeername", SOCKETCALL, 7 }, { "getsockname", SOCKETCALL, 6 },
	{ "getsockopt", SOCKETCALL, 15 }, { "listen", SOCKETCALL, 4 }, { "msgctl", IPC, 14 },
	{ "msgget", IPC, 13 }, { "msgrcv", IPC, 12 }, { "msgsnd", IPC, 11 },
	{ "recv", SOCKETCALL, 10 }, { "recvfrom", SOCKETCALL, 12 }, { "recvmmsg", SOCKETCALL, 19 },
	{ "recvmsg", SOCKETCALL, 17 }, { "semctl", IPC, 3 }, { "semget", IPC, 2 },
	{ "semop", IPC, 1 }, { "semtimedop", IPC, 4 }, { "send", SOCKETCALL, 9 },
	{ "sendmmsg", SOCKETCALL, 20 }, { "sendmsg", SOCKETCALL, 16 }, { "sendto", SOCKETCALL, 11 },
	{ "setsockopt", SOCKETCALL, 14 }, { "shmat", IPC, 21 }, { "shmctl", IPC, 24 },
	{ "shmdt", IPC, 22 }, { "shmget", IPC, 23 }, { "shutdown", SOCKETCALL, 13 },
	{ "socket", SOCKETCALL, 1 }, { "socketpair", SOCKETCALL, 8 },
};

struct rules {
	struct seccomp_rule *items;
	size_t n;
	uint32_t default_action;
	bool whole[MULTIPLEXERS]; /* the profile says itself what it does: it is left alone */
	bool strict;		  /* names that are no system calls are errors */
};

/* Which of two actions the kernel would choose if two filters said them: the smaller signed number, less its data. */
static bool is_stricter(uint32_t a, uint32_t b)
{
	return (int32_t)(a & SECCOMP_RET_ACTION_FULL) < (int32_t)(b & SECCOMP_RET_ACTION_FULL);
}

static bool names_whole(const struct oci_seccomp *spec, const char *name)
{
	for (size_t i = 0; i < spec->syscalls.n; i++)
		if (spec->syscalls.items[i].args.n == 0 && strv_contains(&spec->syscalls.items[i].names, name))
			return true;
	return false;
}

static int by_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct multiplexed *)row)->name);
}

/* Arguments lie behind a pointer there: a rule with conditions counts only where it is stricter than the default, and then
 * for every argument. The upper half of ipc's number is a version. */
static int add_multiplexed(struct rules *rules, const struct seccomp_rule *rule, struct err *e)
{
	const struct multiplexed *m =
		bsearch(rule->name, multiplexed, ARRAY_SIZE(multiplexed), sizeof(multiplexed[0]), by_name);
	struct seccomp_rule *to;

	if (!m || rules->whole[m->by] || (rule->n_args > 0 && !is_stricter(rule->action, rules->default_action)))
		return 0;
	to = vec_add(rules);
	if (!to)
		return err_nomem(e);
	*to = (struct seccomp_rule){ .name = multiplexers[m->by], .action = rule->action, .n_args = 1,
				     .args = { { 0, SECCOMP_MASKED_EQ, 0xffff, m->number } } };
	return 0;
}

/* ---- rules ---- */

static int check_errno(const char *field, uint32_t action, const struct opt_u32 *data, struct err *e)
{
	uint32_t most = action == SECCOMP_RET_ERRNO ? ERRNO_MOST : SECCOMP_RET_DATA;

	if (!data->set)
		return 0;
	if (action != SECCOMP_RET_ERRNO && action != SECCOMP_RET_TRACE)
		return err_set(e, ERR_INVALID, "%s: %u: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE carry a number", field,
			       data->value);
	return data->value <= most ? 0 : err_set(e, ERR_INVALID, "%s: '%u' is above %u", field, data->value, most);
}

/* EPERM unless the profile says another number. */
static int find_action(const char *field, const char *name, const char *data_field, const struct opt_u32 *data,
		       uint32_t *ret, struct err *e)
{
	uint64_t action;

	if (!word_find(&seccomp_spec_actions, name, &action))
		return err_set(e, ERR_INVALID, "%s: '%.50s' is not an action", field, name);
	if (check_errno(data_field, (uint32_t)action, data, e) < 0)
		return -1;
	*ret = (uint32_t)action;
	if (action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
		*ret |= data->set ? data->value : EPERM;
	return 0;
}

static int check_args(const struct oci_syscall *s, size_t place, struct err *e)
{
	uint64_t op;

	for (size_t i = 0; i < s->args.n; i++) {
		const struct oci_seccomp_arg *a = &s->args.items[i];

		if (a->index > 5)
			return err_set(e, ERR_INVALID, "linux.seccomp.syscalls[%zu].args[%zu].index: %u is above 5", place, i,
				       a->index);
		if (!word_find(&seccomp_spec_operators, a->op, &op))
			return err_set(e, ERR_INVALID, "linux.seccomp.syscalls[%zu].args[%zu].op: '%.50s' is not an operator",
				       place, i, a->op);
	}
	return 0;
}

static void read_arg(const struct oci_seccomp_arg *from, struct seccomp_arg *to)
{
	uint64_t op = SECCOMP_EQ;

	(void)word_find(&seccomp_spec_operators, from->op, &op);
	*to = (struct seccomp_arg){ from->index, (enum seccomp_op)op, from->value, from->value_two };
}

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
	struct seccomp_rule rule = { .name = name, .action = action, .n_args = n, .mention = action == rules->default_action };
	struct seccomp_rule *to = vec_add(rules);

	if (!to)
		return err_nomem(e);
	if (n > ARRAY_SIZE(rule.args))
		return err_set(e, ERR_INVALID, "linux.seccomp: '%.50s' has more than 6 conditions", name);
	for (size_t i = 0; i < n; i++)
		read_arg(&args[i], &rule.args[i]);
	*to = rule;
	return rule.mention ? 0 : add_multiplexed(rules, &rule, e);
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

static bool is_call(const char *name)
{
	for (int arch = 0; arch < SECCOMP_ARCHES; arch++)
		if (seccomp_number((enum seccomp_arch)arch, name) >= 0)
			return true;
	return false;
}

/* Profiles name calls that are newer than we are, or of other machines: what is known nowhere is passed over, unless the
 * configuration wants to be told (crun's annotation). */
static int check_names(const struct rules *rules, const struct oci_syscall *s, size_t place, struct err *e)
{
	for (size_t k = 0; rules->strict && k < s->names.n; k++)
		if (!is_call(s->names.items[k]))
			return err_set(e, ERR_INVALID, "linux.seccomp.syscalls[%zu].names[%zu]: '%.50s' is not a system call",
				       place, k, s->names.items[k]);
	return 0;
}

static int add_calls(struct rules *rules, const struct oci_syscall *s, size_t place, struct err *e)
{
	char field[64], data_field[64];
	uint32_t action;

	(void)snprintf(field, sizeof(field), "linux.seccomp.syscalls[%zu].action", place);
	(void)snprintf(data_field, sizeof(data_field), "linux.seccomp.syscalls[%zu].errnoRet", place);
	if (s->names.n == 0)
		return err_set(e, ERR_INVALID, "linux.seccomp.syscalls[%zu].names: at least one is needed", place);
	if (check_names(rules, s, place, e) < 0 || check_args(s, place, e) < 0 ||
	    find_action(field, s->action, data_field, &s->errno_ret, &action, e) < 0)
		return -1;
	for (size_t k = 0; k < s->names.n; k++)
		if (add_call(rules, s, s->names.items[k], action, e) < 0)
			return -1;
	return 0;
}

/* ---- the profile ---- */

/* Can a program of it run on this kernel? Rules for the others would never be looked at. */
static bool is_here(uint64_t arch)
{
	return arch < SECCOMP_ARCHES && (arch <= SECCOMP_X32) == (seccomp_native() == SECCOMP_X86_64);
}

static int find_arches(const struct strv *names, unsigned *mask, struct err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		uint64_t arch;

		if (!word_find(&seccomp_spec_arches, names->items[i], &arch))
			return err_set(e, ERR_INVALID, "linux.seccomp.architectures[%zu]: '%.50s' is not an architecture", i,
				       names->items[i]);
		if (is_here(arch))
			*mask |= 1U << arch;
	}
	return 0;
}

static int find_flags(const struct strv *names, unsigned *ret, struct err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		uint64_t flag;

		if (!word_find(&seccomp_spec_flags, names->items[i], &flag))
			return err_set(e, ERR_INVALID, "linux.seccomp.flags[%zu]: '%.50s' is not known", i, names->items[i]);
		*ret |= (unsigned)flag;
	}
	return 0;
}

static bool asks(const struct seccomp_profile *p)
{
	bool any = p->default_action == SECCOMP_RET_USER_NOTIF;

	for (size_t i = 0; i < p->n_rules && !any; i++)
		any = p->rules[i].action == SECCOMP_RET_USER_NOTIF;
	return any;
}

/* To wait killably is said of a listener; without one the kernel refuses the flag. */
static int set_listener(const struct oci_seccomp *spec, struct seccomp_profile *p, struct err *e)
{
	bool path = spec->listener_path && spec->listener_path[0];

	if (!path && spec->listener_metadata && spec->listener_metadata[0])
		return err_set(e, ERR_INVALID, "linux.seccomp.listenerMetadata: '%.50s': there is no listenerPath",
			       spec->listener_metadata);
	if (!asks(p)) {
		p->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		return 0;
	}
	if (!path)
		return err_set(e, ERR_INVALID, "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs one");
	p->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return 0;
}

static int read_profile(const struct oci_seccomp *spec, struct seccomp_profile *p, struct rules *rules, struct err *e)
{
	if (find_action("linux.seccomp.defaultAction", spec->default_action, "linux.seccomp.defaultErrnoRet",
			&spec->default_errno_ret, &p->default_action, e) < 0)
		return -1;
	for (size_t i = 0; i < MULTIPLEXERS; i++)
		rules->whole[i] = names_whole(spec, multiplexers[i]);
	rules->default_action = p->default_action;
	if (find_arches(&spec->architectures, &p->arches, e) < 0 || find_flags(&spec->flags, &p->flags, e) < 0)
		return -1;
	for (size_t i = 0; i < spec->syscalls.n; i++)
		if (add_calls(rules, &spec->syscalls.items[i], i, e) < 0)
			return -1;
	p->rules = rules->items;
	p->n_rules = rules->n;
	p->unknown_enosys = (p->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
	return set_listener(spec, p, e);
}

int seccomp_spec_compile(const struct oci_spec *spec, const struct launch *launch, uint64_t capabilities,
			 struct seccomp_program *ret, struct err *e)
{
	struct seccomp_profile profile = { .arches = 1U << seccomp_native() };
	struct rules rules = { .strict = annotation_is_on(spec, ANNOTATION_SECCOMP_STRICT) };
	int r;

	if (!spec->linux_->seccomp)
		return launch && launch->default_seccomp ? seccomp_default(capabilities, ret, e) : 0;
	r = read_profile(spec->linux_->seccomp, &profile, &rules, e);
	if (r == 0)
		r = seccomp_compile(&profile, ret, e);
	free(rules.items);
	return r;
}

bool seccomp_spec_asks(const struct seccomp_program *program)
{
	return program->filter && program->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}
