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

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "base/vec.h"

enum { X32_BIT = 0x40000000, CALLS_MAX = 1024, CODE_MAX = BPF_MAXINSNS };

static const struct {
	const char *name;
	short numbers[SECCOMP_ARCHES];
} calls[] = {
#include "linux/syscalls.inc"
};

/* Columns of the table: x86-64, x86, x32, aarch64 in the order of enum seccomp_arch. */
uint32_t seccomp_audit_arch(enum seccomp_arch arch)
{
	static const uint32_t audit[] = {
		[SECCOMP_X86_64] = AUDIT_ARCH_X86_64,
		[SECCOMP_X86] = AUDIT_ARCH_I386,
		[SECCOMP_X32] = AUDIT_ARCH_X86_64,
		[SECCOMP_AARCH64] = AUDIT_ARCH_AARCH64,
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

int seccomp_number(enum seccomp_arch arch, const char *name)
{
	size_t low = 0, high = ARRAY_SIZE(calls);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, calls[middle].name);

		if (order == 0)
			return calls[middle].numbers[arch] < 0 ? -1 :
			       calls[middle].numbers[arch] | (arch == SECCOMP_X32 ? X32_BIT : 0);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
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
 * Where arguments have 32 bits (x86, x32) the low words alone are compared: what a profile says of the high word cannot
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
	const char *chain; /* the call whose rules decide; NULL: `action` alone */
	bool narrow;	   /* its arguments have 32 bits */
};

struct ranges {
	struct range *items;
	size_t n;
};

static bool add_range(struct ranges *r, uint32_t start, uint32_t action, const char *chain, bool narrow)
{
	struct range *last = r->n ? &r->items[r->n - 1] : NULL, *item;

	if (last && last->start == start) { /* an empty range: replaced */
		r->n--;
		return add_range(r, start, action, chain, narrow);
	}
	if (last && !chain && !last->chain && last->action == action)
		return true;
	item = vec_add(r);
	if (!item)
		return false;
	*item = (struct range){ .start = start, .action = action, .chain = chain, .narrow = narrow };
	return true;
}

struct outcome {
	uint32_t number;
	const char *name;
	uint32_t action;
	bool conditional;
};

struct outcomes {
	struct outcome items[CALLS_MAX];
	size_t n;
};

static int by_number(const void *a, const void *b)
{
	const struct outcome *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void add_outcome(struct outcomes *o, uint32_t number, const struct seccomp_rule *rule)
{
	/* A call has one outcome: its first rule's action, or the chain of all its rules. */
	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].number == number)
			return;
	if (o->n < CALLS_MAX)
		o->items[o->n++] = (struct outcome){ number, rule->name, rule->action, rule->n_args > 0 };
}

static void collect_outcomes(const struct seccomp_profile *p, enum seccomp_arch arch, struct outcomes *to)
{
	to->n = 0;
	for (size_t i = 0; i < p->n_rules; i++) {
		int number = seccomp_number(arch, p->rules[i].name);

		if (number >= 0)
			add_outcome(to, (uint32_t)number, &p->rules[i]);
	}
	qsort(to->items, to->n, sizeof(to->items[0]), by_number);
}

/* Appends the ranges of one numbering from `base` on; what lies above the last known number is `beyond`. */
static bool lay_out(const struct seccomp_profile *p, const struct outcomes *o, uint32_t base, bool narrow,
		    struct ranges *r)
{
	uint32_t beyond = p->unknown_enosys && o->n ? SECCOMP_RET_ERRNO | ENOSYS : p->default_action;
	bool ok = add_range(r, base, p->default_action, NULL, narrow);

	for (size_t i = 0; ok && i < o->n; i++) {
		const struct outcome *x = &o->items[i];

		ok = add_range(r, x->number, x->action, x->conditional ? x->name : NULL, narrow) &&
		     add_range(r, x->number + 1, i + 1 == o->n ? beyond : p->default_action, NULL,
			       narrow);
	}
	return ok;
}

static size_t emit_chain(struct code *c, const struct seccomp_profile *p, const char *name, bool narrow)
{
	size_t next = emit_return(c, p->default_action);

	for (size_t i = p->n_rules; i-- > 0;) {
		const struct seccomp_rule *rule = &p->rules[i];
		size_t yes;

		if (!str_eq(rule->name, name))
			continue;
		yes = emit_return(c, rule->action);
		for (size_t k = rule->n_args; k-- > 0;)
			yes = emit_condition(c, &rule->args[k], narrow, yes, next);
		next = yes;
	}
	return next;
}

static size_t emit_leaf(struct code *c, const struct seccomp_profile *p, const struct range *r)
{
	return r->chain ? emit_chain(c, p, r->chain, r->narrow) : emit_return(c, r->action);
}

static size_t emit_tree(struct code *c, const struct seccomp_profile *p, const struct range *ranges, size_t n)
{
	size_t middle = n / 2;
	size_t right, left;

	if (n == 1)
		return emit_leaf(c, p, ranges);
	right = emit_tree(c, p, ranges + middle, n - middle);
	left = emit_tree(c, p, ranges, middle);
	return emit_jump(c, BPF_JGE, ranges[middle].start, right, left);
}

/* One audit architecture; x32 shares that of x86-64 and begins at its bit. */
static int emit_arch(struct code *c, const struct seccomp_profile *p, enum seccomp_arch arch, struct outcomes *o,
		     size_t *ret)
{
	struct ranges r = { .items = NULL };
	bool ok;

	collect_outcomes(p, arch, o);
	ok = lay_out(p, o, 0, arch == SECCOMP_X86, &r);
	if (ok && arch == SECCOMP_X86_64 && p->arches & (1U << SECCOMP_X32)) {
		collect_outcomes(p, SECCOMP_X32, o);
		ok = lay_out(p, o, X32_BIT, true, &r);
	} else if (ok && arch == SECCOMP_X86_64) {
		ok = add_range(&r, X32_BIT, SECCOMP_RET_KILL_THREAD, NULL, false) &&
		     add_range(&r, UINT32_MAX, p->default_action, NULL, false);
	}
	if (ok) {
		(void)emit_tree(c, p, r.items, r.n);
		*ret = emit_load(c, offsetof(struct seccomp_data, nr));
	}
	free(r.items);
	return ok ? 0 : -ENOMEM;
}

static int emit_program(struct code *c, const struct seccomp_profile *p, struct outcomes *o)
{
	size_t next = emit_return(c, SECCOMP_RET_KILL_THREAD);

	for (int arch = SECCOMP_ARCHES - 1; arch >= 0; arch--) {
		size_t section;

		if (!(p->arches & (1U << arch)) || arch == SECCOMP_X32)
			continue;
		if (emit_arch(c, p, (enum seccomp_arch)arch, o, &section) < 0)
			return -ENOMEM;
		next = emit_jump(c, BPF_JEQ, seccomp_audit_arch((enum seccomp_arch)arch), section, next);
	}
	(void)emit_load(c, offsetof(struct seccomp_data, arch));
	return c->full ? -E2BIG : 0;
}

int seccomp_compile(const struct seccomp_profile *profile, struct seccomp_program *ret, struct err *e)
{
	autofree struct code *code = malloc(sizeof(*code));
	autofree struct outcomes *outcomes = malloc(sizeof(*outcomes));
	struct sock_filter *filter;
	int r;

	if (!code || !outcomes)
		return err_nomem(e);
	code->n = code->n_returns = 0;
	code->full = false;
	r = emit_program(code, profile, outcomes);
	if (r < 0)
		return err_set(e, r == -E2BIG ? ERR_INVALID : ERR_EXHAUSTED,
			       "the seccomp profile needs more than %d instructions", CODE_MAX);
	filter = calloc(code->n, sizeof(*filter));
	if (!filter)
		return err_nomem(e);
	for (size_t i = 0; i < code->n; i++)
		filter[i] = code->insns[code->n - 1 - i];
	*ret = (struct seccomp_program){ .filter = filter, .len = (unsigned short)code->n, .flags = profile->flags };
	return 0;
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
