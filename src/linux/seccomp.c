/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/seccomp.h"

/*
 * The compiler. For each architecture the outcome of every number is laid out as ranges: an outcome is an action, or a
 * chain of rules whose conditions look at arguments. A balanced tree of "number >= K" comparisons finds the range.
 *
 * Code is written backwards, from the end of the program, so that every jump target is known when the jump is written.
 * BPF's conditional jumps reach 255 instructions; a target farther away is reached by an unconditional jump beside it,
 * and a return is simply written again.
 */

#include <endian.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "base/vec.h"

enum { X32_BIT = 0x40000000, CODE_MAX = BPF_MAXINSNS };

/* ARM numbers a few calls of its own from 0xf0000 on. They are laid out behind all others. */
enum { PRIVATE_BASE = 0xf0000, PRIVATE_MAX = 16, CALLS_MAX = 1024, SLOTS_MAX = CALLS_MAX + PRIVATE_MAX };

/* Names in place: a pointer would have to be relocated at each start of a static program. */
static const struct {
	char name[SECCOMP_NAME];
	int numbers[SECCOMP_ARCHES];
} calls[] = {
#include "linux/syscalls.inc"
};

/* Columns of the table in the order of enum seccomp_arch. */
uint32_t seccomp_audit_arch(enum seccomp_arch arch)
{
	static const uint32_t audit[] = {
		[SECCOMP_X86_64] = AUDIT_ARCH_X86_64,
		[SECCOMP_X86] = AUDIT_ARCH_I386,
		[SECCOMP_X32] = AUDIT_ARCH_X86_64,
		[SECCOMP_AARCH64] = AUDIT_ARCH_AARCH64,
		[SECCOMP_ARM] = AUDIT_ARCH_ARM,
	};

	return audit[arch];
}

enum seccomp_arch seccomp_native(void)
{
#ifdef __aarch64__
	return SECCOMP_AARCH64;
#else
	return SECCOMP_X86_64;
#endif
}

/* The first bytes of a name as a number of the same order: most names differ in them. */
static uint64_t front(const char *name, size_t len)
{
	uint64_t bytes = 0;

	memcpy(&bytes, name, len < sizeof(bytes) ? len : sizeof(bytes));
	return be64toh(bytes);
}

static int find_call(const char *name)
{
	const uint64_t wanted = front(name, strlen(name));
	size_t low = 0, high = ARRAY_SIZE(calls);

	while (low < high) {
		size_t middle = (low + high) / 2;
		uint64_t here = front(calls[middle].name, SECCOMP_NAME);
		int order = wanted == here ? strcmp(name, calls[middle].name) : wanted < here ? -1 : 1;

		if (order == 0)
			return (int)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

int seccomp_number(enum seccomp_arch arch, const char *name)
{
	int call = find_call(name);

	if (call < 0 || calls[call].numbers[arch] < 0)
		return -1;
	return calls[call].numbers[arch] | (arch == SECCOMP_X32 ? X32_BIT : 0);
}

/* ---- code, backwards: a target is named by its index in `insns` ---- */

struct code {
	struct sock_filter insns[CODE_MAX]; /* insns[0] is the last of the program */
	size_t n;
	bool full;
	struct { uint32_t action; size_t label; } returns[64];
	size_t n_returns;
};

static size_t emit(struct code *c, uint16_t op, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (c->n == CODE_MAX) {
		c->full = true;
		return c->n - 1;
	}
	c->insns[c->n] = (struct sock_filter){ .code = op, .jt = jt, .jf = jf, .k = k };
	return c->n++;
}

static size_t distance(const struct code *c, size_t to)
{
	return c->n - to - 1;
}

/* Makes a target reachable from the next instruction but one. */
static size_t near(struct code *c, size_t to)
{
	if (distance(c, to) < 250)
		return to;
	return emit(c, BPF_JMP | BPF_JA, (uint32_t)distance(c, to), 0, 0);
}

static size_t emit_return(struct code *c, uint32_t action)
{
	for (size_t i = 0; i < c->n_returns; i++) {
		if (c->returns[i].action != action)
			continue;
		if (distance(c, c->returns[i].label) >= 200)
			c->returns[i].label = emit(c, BPF_RET | BPF_K, action, 0, 0);
		return c->returns[i].label;
	}
	if (c->n_returns == ARRAY_SIZE(c->returns))
		return emit(c, BPF_RET | BPF_K, action, 0, 0);
	c->returns[c->n_returns].action = action;
	c->returns[c->n_returns].label = emit(c, BPF_RET | BPF_K, action, 0, 0);
	return c->returns[c->n_returns++].label;
}

static size_t emit_jump(struct code *c, uint16_t test, uint32_t k, size_t yes, size_t no)
{
	yes = near(c, yes);
	no = near(c, no);
	return emit(c, BPF_JMP | test | BPF_K, k, (uint8_t)distance(c, yes), (uint8_t)distance(c, no));
}

static size_t emit_load(struct code *c, size_t offset)
{
	return emit(c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/*
 * ---- conditions: 64-bit comparisons by two words, little-endian ----
 *
 * Where arguments have 32 bits (x86, x32, ARM) the low words alone are compared: what a profile says of the high word cannot
 * be meant there, and 0xffffffffffffffff is -1.
 */

static size_t word_offset(uint32_t index, bool high)
{
	return offsetof(struct seccomp_data, args) + index * 8 + (high ? 4 : 0);
}

static size_t emit_equal(struct code *c, const struct seccomp_arg *a, bool narrow, size_t yes, size_t no)
{
	size_t low = emit_jump(c, BPF_JEQ, (uint32_t)a->value, yes, no);

	low = emit_load(c, word_offset(a->index, false));
	if (narrow)
		return low;
	low = emit_jump(c, BPF_JEQ, (uint32_t)(a->value >> 32), low, no);
	return emit_load(c, word_offset(a->index, true));
}

static size_t emit_masked(struct code *c, const struct seccomp_arg *a, bool narrow, size_t yes, size_t no)
{
	size_t at = emit_jump(c, BPF_JEQ, (uint32_t)a->value_two, yes, no);

	at = emit(c, BPF_ALU | BPF_AND | BPF_K, (uint32_t)a->value, 0, 0);
	at = emit_load(c, word_offset(a->index, false));
	if (narrow)
		return at;
	at = emit_jump(c, BPF_JEQ, (uint32_t)(a->value_two >> 32), at, no);
	at = emit(c, BPF_ALU | BPF_AND | BPF_K, (uint32_t)(a->value >> 32), 0, 0);
	return emit_load(c, word_offset(a->index, true));
}

/* arg >= value, or arg > value: high word greater, or equal and the low word decides. */
static size_t emit_order(struct code *c, const struct seccomp_arg *a, bool narrow, uint16_t test, size_t yes,
			 size_t no)
{
	size_t low = emit_jump(c, test, (uint32_t)a->value, yes, no), high;

	low = emit_load(c, word_offset(a->index, false));
	if (narrow)
		return low;
	high = emit_jump(c, BPF_JEQ, (uint32_t)(a->value >> 32), low, no);
	high = emit_jump(c, BPF_JGT, (uint32_t)(a->value >> 32), yes, high);
	return emit_load(c, word_offset(a->index, true));
}

static size_t emit_condition(struct code *c, const struct seccomp_arg *a, bool narrow, size_t yes, size_t no)
{
	switch (a->op) {
	case SECCOMP_EQ:
		return emit_equal(c, a, narrow, yes, no);
	case SECCOMP_NE:
		return emit_equal(c, a, narrow, no, yes);
	case SECCOMP_GE:
		return emit_order(c, a, narrow, BPF_JGE, yes, no);
	case SECCOMP_LT:
		return emit_order(c, a, narrow, BPF_JGE, no, yes);
	case SECCOMP_GT:
		return emit_order(c, a, narrow, BPF_JGT, yes, no);
	case SECCOMP_LE:
		return emit_order(c, a, narrow, BPF_JGT, no, yes);
	case SECCOMP_MASKED_EQ:
		return emit_masked(c, a, narrow, yes, no);
	}
	return no;
}

/* ---- ranges ---- */

struct range {
	uint32_t start;
	uint32_t action;
	int chain;   /* 1 + the last of the rules that decide; 0: `action` alone */
	bool narrow; /* arguments have 32 bits */
};

struct ranges {
	struct range *items;
	size_t n;
};

static bool add_range(struct ranges *r, const struct range *range)
{
	struct range *last = r->n ? &r->items[r->n - 1] : NULL, *item;

	if (last && last->start == range->start) { /* an empty range: replaced */
		r->n--;
		return add_range(r, range);
	}
	if (last && !range->chain && !last->chain && last->action == range->action)
		return true;
	item = vec_add(r);
	if (!item)
		return false;
	*item = *range;
	return true;
}

/* The rules by call: the last one that counts of each row of `calls`, and for each rule the one before it. */
struct plan {
	const struct seccomp_profile *profile;
	int last[ARRAY_SIZE(calls)]; /* -1: none */
	bool known[ARRAY_SIZE(calls)];
	int *before;
};

static int plan_rules(const struct seccomp_profile *p, struct plan *plan)
{
	plan->profile = p;
	plan->before = calloc(p->n_rules + 1, sizeof(*plan->before));
	if (!plan->before)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		plan->last[i] = -1, plan->known[i] = false;
	for (size_t i = 0; i < p->n_rules; i++) {
		int call = find_call(p->rules[i].name);

		if (call >= 0)
			plan->known[call] = true;
		/* Nothing counts after a rule that always holds. */
		if (call < 0 || p->rules[i].mention || (plan->last[call] >= 0 && p->rules[plan->last[call]].n_args == 0))
			continue;
		plan->before[i] = plan->last[call];
		plan->last[call] = (int)i;
	}
	return 0;
}

/* Is the outcome of a call an action alone? */
static bool is_plain(const struct plan *plan, int last)
{
	return plan->profile->rules[last].n_args == 0 && plan->before[last] < 0;
}

/* Rows of `calls` that the profile knows, by their number on one architecture. */
struct numbering {
	short calls[SLOTS_MAX];
	int last; /* the greatest slot that is known, or -1 */
};

static int slot_of(int number)
{
	return number < PRIVATE_BASE ? number : CALLS_MAX + number - PRIVATE_BASE;
}

static uint32_t number_of(int slot)
{
	return (uint32_t)(slot < CALLS_MAX ? slot : PRIVATE_BASE + slot - CALLS_MAX);
}

static void number_calls(const struct plan *plan, enum seccomp_arch arch, struct numbering *to)
{
	to->last = -1;
	for (size_t i = 0; i < SLOTS_MAX; i++)
		to->calls[i] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int slot = slot_of(calls[i].numbers[arch]);

		if (slot < 0 || !plan->known[i])
			continue;
		if (plan->last[i] >= 0)
			to->calls[slot] = (short)i;
		to->last = slot > to->last ? slot : to->last;
	}
}

/* Appends the ranges of one numbering from `base` on; what lies above the last known number is `beyond`. */
static bool lay_out(const struct plan *plan, enum seccomp_arch arch, struct numbering *numbering, struct ranges *r)
{
	const struct seccomp_profile *p = plan->profile;
	uint32_t base = arch == SECCOMP_X32 ? X32_BIT : 0;
	bool narrow = arch == SECCOMP_X86 || arch == SECCOMP_X32 || arch == SECCOMP_ARM, ok;

	number_calls(plan, arch, numbering);
	ok = add_range(r, &(struct range){ .start = base, .action = p->default_action });
	for (int n = 0; ok && n <= numbering->last; n++) {
		int last = numbering->calls[n] < 0 ? -1 : plan->last[numbering->calls[n]];
		struct range range = { .start = base + number_of(n), .action = p->default_action, .narrow = narrow };

		if (last >= 0 && is_plain(plan, last))
			range.action = p->rules[last].action;
		else if (last >= 0)
			range.chain = last + 1;
		ok = add_range(r, &range);
	}
	if (ok && p->unknown_enosys && numbering->last >= 0)
		return add_range(r, &(struct range){ .start = base + number_of(numbering->last) + 1,
						     .action = SECCOMP_RET_ERRNO | ENOSYS });
	return ok && add_range(r, &(struct range){ .start = base + number_of(numbering->last) + 1,
						   .action = p->default_action });
}

/* The rules of one call: the first that holds decides, else the default. Written backwards, the last comes first. */
static size_t emit_chain(struct code *c, const struct plan *plan, const struct range *range)
{
	size_t next = emit_return(c, plan->profile->default_action);

	for (int i = range->chain - 1; i >= 0 && !c->full; i = plan->before[i]) {
		const struct seccomp_rule *rule = &plan->profile->rules[i];
		size_t yes = emit_return(c, rule->action);

		for (size_t k = rule->n_args; k-- > 0;)
			yes = emit_condition(c, &rule->args[k], range->narrow, yes, next);
		next = yes;
	}
	return next;
}

static size_t emit_tree(struct code *c, const struct plan *plan, const struct range *ranges, size_t n)
{
	size_t middle = n / 2;
	size_t right, left;

	if (c->full)
		return 0;
	if (n == 1)
		return ranges->chain ? emit_chain(c, plan, ranges) : emit_return(c, ranges->action);
	right = emit_tree(c, plan, ranges + middle, n - middle);
	left = emit_tree(c, plan, ranges, middle);
	return emit_jump(c, BPF_JGE, ranges[middle].start, right, left);
}

/* One audit architecture; x32 shares that of x86-64 and begins at its bit. */
static int emit_arch(struct code *c, const struct plan *plan, enum seccomp_arch arch, struct numbering *numbering,
		     size_t *ret)
{
	struct ranges r = { .items = NULL };
	bool ok = lay_out(plan, arch, numbering, &r);

	if (ok && arch == SECCOMP_X86_64 && plan->profile->arches & (1U << SECCOMP_X32))
		ok = lay_out(plan, SECCOMP_X32, numbering, &r);
	else if (ok && arch == SECCOMP_X86_64)
		ok = add_range(&r, &(struct range){ .start = X32_BIT, .action = SECCOMP_RET_KILL_THREAD }) &&
		     add_range(&r, &(struct range){ .start = UINT32_MAX, .action = plan->profile->default_action });
	if (ok) {
		size_t root = emit_tree(c, plan, r.items, r.n);

		/* A tree of one range may be a return that was written before: the load must not fall into what follows it. */
		if (root != c->n - 1)
			(void)emit(c, BPF_JMP | BPF_JA, (uint32_t)distance(c, root), 0, 0);
		*ret = emit_load(c, offsetof(struct seccomp_data, nr));
	}
	free(r.items);
	return ok ? 0 : -ENOMEM;
}

static int emit_program(struct code *c, const struct plan *plan, struct numbering *numbering)
{
	size_t next = emit_return(c, SECCOMP_RET_KILL_THREAD);

	for (int arch = SECCOMP_ARCHES - 1; arch >= 0; arch--) {
		size_t section;

		if (!(plan->profile->arches & (1U << arch)) || arch == SECCOMP_X32)
			continue;
		if (emit_arch(c, plan, (enum seccomp_arch)arch, numbering, &section) < 0)
			return -ENOMEM;
		next = emit_jump(c, BPF_JEQ, seccomp_audit_arch((enum seccomp_arch)arch), section, next);
	}
	(void)emit_load(c, offsetof(struct seccomp_data, arch));
	return c->full ? -E2BIG : 0;
}

static int take_program(const struct code *code, unsigned flags, struct seccomp_program *ret)
{
	struct sock_filter *filter = calloc(code->n, sizeof(*filter));

	if (!filter)
		return -ENOMEM;
	for (size_t i = 0; i < code->n; i++)
		filter[i] = code->insns[code->n - 1 - i];
	*ret = (struct seccomp_program){ .filter = filter, .len = (unsigned short)code->n, .flags = flags };
	return 0;
}

int seccomp_compile(const struct seccomp_profile *profile, struct seccomp_program *ret, struct err *e)
{
	autofree struct code *code = malloc(sizeof(*code));
	struct numbering numbering;
	struct plan plan;
	int r;

	if (!code || plan_rules(profile, &plan) < 0)
		return err_nomem(e);
	code->n = code->n_returns = 0;
	code->full = false;
	r = emit_program(code, &plan, &numbering);
	free(plan.before);
	if (r == 0)
		r = take_program(code, profile->flags, ret);
	if (r == -E2BIG)
		return err_set(e, ERR_INVALID, "the seccomp profile needs more than %d instructions", CODE_MAX);
	return r < 0 ? err_nomem(e) : 0;
}

void seccomp_program_done(struct seccomp_program *program)
{
	free(program->filter);
	*program = (struct seccomp_program){ .filter = NULL };
}

int seccomp_install(const struct seccomp_program *program)
{
	struct sock_fprog fprog = { .len = program->len, .filter = program->filter };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &fprog) < 0 ? -errno : 0;
}
