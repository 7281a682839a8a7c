/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Seccomp filters. A plain description (default action, architectures, rules) is compiled to BPF as a range tree over
 * the system call numbers of each architecture: neighbours with an equal outcome are one range, so that the kernel,
 * which runs the filter once for every number at installation, and every call later, compares few numbers.
 */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { SECCOMP_NAME = 32 /* bytes of the longest name of a system call */ };

enum seccomp_arch { SECCOMP_X86_64, SECCOMP_X86, SECCOMP_X32, SECCOMP_AARCH64, SECCOMP_ARM, SECCOMP_ARCHES };

enum seccomp_op { SECCOMP_NE, SECCOMP_LT, SECCOMP_LE, SECCOMP_EQ, SECCOMP_GE, SECCOMP_GT, SECCOMP_MASKED_EQ };

struct seccomp_arg {
	uint32_t index; /* 0 to 5 */
	enum seccomp_op op;
	uint64_t value;
	uint64_t value_two; /* MASKED_EQ: (arg & value) == value_two */
};

struct seccomp_rule {
	const char *name;      /* of the system call; one that an architecture lacks is skipped there */
	uint32_t action;       /* SECCOMP_RET_* with its data */
	struct seccomp_arg args[6]; /* all must hold */
	size_t n_args;
	bool mention; /* no rule: the call is only known, see unknown_enosys */
};

struct seccomp_profile {
	uint32_t default_action;
	unsigned arches; /* bit mask of 1 << enum seccomp_arch */
	const struct seccomp_rule *rules; /* the first rule of a call that holds decides */
	size_t n_rules;
	unsigned flags;	/* SECCOMP_FILTER_FLAG_* */
	bool unknown_enosys; /* calls newer than every rule: ENOSYS, so that libraries fall back */
	struct seccomp_rule *owned; /* `rules` on the heap, for its owner to free; the compiler does not look */
};

struct seccomp_program {
	struct sock_filter *filter; /* owned; NULL: no filter */
	unsigned short len;
	unsigned flags;
};

int seccomp_compile(const struct seccomp_profile *profile, struct seccomp_program *ret, struct err *e);
void seccomp_program_done(struct seccomp_program *program);

/* Needs no_new_privs or CAP_SYS_ADMIN in the caller's user namespace: 0 or -errno. */
int seccomp_install(const struct seccomp_program *program);

/* The same for a filter whose flags have SECCOMP_FILTER_FLAG_NEW_LISTENER. `hand` gives the listener away, from a thread that
 * the filter does not hold: whatever the filter asks about, even by what `hand` itself does, the listener is with its reader
 * before the caller goes on. 0, or -errno of the kernel or of `hand`. The listener stays open, close-on-exec. */
int seccomp_install_listener(const struct seccomp_program *program, int (*hand)(int listener, void *arg), void *arg);

/* The number of a call, -1 where the architecture does not have it. */
int seccomp_number(enum seccomp_arch arch, const char *name);
uint32_t seccomp_audit_arch(enum seccomp_arch arch);
enum seccomp_arch seccomp_native(void);

/* lighter's default profile for a process with these capabilities; see seccomp_default.c for what it refuses. */
int seccomp_default(uint64_t capabilities, struct seccomp_program *ret, struct err *e);

/* The rules behind it; the caller frees ret->owned. 0 or -ENOMEM. */
int seccomp_default_rules(uint64_t capabilities, struct seccomp_profile *ret);
