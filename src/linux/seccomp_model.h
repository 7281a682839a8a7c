/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the compiler's test and fuzzer hold it to: an interpreter for the instructions that the kernel accepts, and what
 * a profile means, read off its rules. Nothing of lighter uses it.
 */

#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/seccomp.h"

enum { SECCOMP_MODEL_X32_BIT = 0x40000000 };

/* Runs a program; leaving it or an instruction that the kernel would refuse ends the test. */
static inline uint32_t seccomp_model_run(const struct sock_filter *f, size_t len, const struct seccomp_data *data)
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
			(void)fprintf(stderr, "instruction %#x at %zu\n", i->code, pc);
			abort();
		}
	}
	(void)fprintf(stderr, "ran past the end\n");
	abort();
}

static inline bool seccomp_model_holds(const struct seccomp_arg *a, uint64_t value, bool narrow)
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

/* The numbering that a call belongs to; SECCOMP_ARCHES: one that the profile does not have. */
static inline enum seccomp_arch seccomp_model_arch(const struct seccomp_profile *p, const struct seccomp_data *d)
{
	for (int arch = 0; arch < SECCOMP_ARCHES; arch++) {
		bool x32 = (uint32_t)d->nr >= SECCOMP_MODEL_X32_BIT && d->arch == seccomp_audit_arch(SECCOMP_X32);

		if (!(p->arches & (1U << arch)) || d->arch != seccomp_audit_arch((enum seccomp_arch)arch))
			continue;
		if (x32 == (arch == SECCOMP_X32))
			return (enum seccomp_arch)arch;
	}
	return SECCOMP_ARCHES;
}

static inline uint32_t seccomp_model_meaning(const struct seccomp_profile *p, const struct seccomp_data *d)
{
	enum seccomp_arch arch = seccomp_model_arch(p, d);
	int last = -1;

	/* -1 is a call that a tracer has taken out, not one of x32. */
	if (arch == SECCOMP_ARCHES)
		return d->nr == -1 && d->arch == seccomp_audit_arch(SECCOMP_X32) && p->arches & (1U << SECCOMP_X86_64) ?
			       p->default_action :
			       SECCOMP_RET_KILL_THREAD;
	for (size_t i = 0; i < p->n_rules; i++) {
		int number = seccomp_number(arch, p->rules[i].name);
		bool all = number >= 0 && number == d->nr && !p->rules[i].mention;

		last = number > last ? number : last;
		for (size_t k = 0; all && k < p->rules[i].n_args; k++)
			all = seccomp_model_holds(&p->rules[i].args[k], d->args[p->rules[i].args[k].index],
						  arch == SECCOMP_X86 || arch == SECCOMP_X32 || arch == SECCOMP_ARM);
		if (all)
			return p->rules[i].action;
	}
	return p->unknown_enosys && last >= 0 && (uint32_t)d->nr > (uint32_t)last ? SECCOMP_RET_ERRNO | ENOSYS : p->default_action;
}
