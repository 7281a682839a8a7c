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
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "base/test.h"
#include "linux/seccomp_model.h"

static uint32_t answer(const struct seccomp_program *p, uint32_t arch, int nr, uint64_t a0, uint64_t a1)
{
	const struct seccomp_data data = { .arch = arch, .nr = nr, .args = { a0, a1, a0, a1, a0, a1 } };

	return seccomp_model_run(p->filter, p->len, &data);
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

static const uint32_t oracle_arches[] = {
	[SECCOMP_X86_64] = SCMP_ARCH_X86_64, [SECCOMP_X86] = SCMP_ARCH_X86, [SECCOMP_X32] = SCMP_ARCH_X32,
	[SECCOMP_AARCH64] = SCMP_ARCH_AARCH64, [SECCOMP_ARM] = SCMP_ARCH_ARM,
};

/* The profile's architectures alone, whatever this machine is. */
static void oracle_choose_arches(scmp_filter_ctx ctx, unsigned arches)
{
	for (int arch = 0; arch < SECCOMP_ARCHES; arch++)
		if (arches & (1U << arch) && (enum seccomp_arch)arch != seccomp_native())
			assert_int_equal(seccomp_arch_add(ctx, oracle_arches[arch]), 0);
	if (!(arches & (1U << seccomp_native())))
		assert_int_equal(seccomp_arch_remove(ctx, oracle_arches[seccomp_native()]), 0);
}

/* Loads what libseccomp generates for the profile; returns the number of instructions. */
static size_t oracle(const struct seccomp_profile *p, struct sock_filter *to, size_t max)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(p->default_action & SECCOMP_RET_DATA));
	int fd = memfd_create("oracle", MFD_CLOEXEC);
	ssize_t n;

	oracle_choose_arches(ctx, p->arches);
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

static bool is_narrow(enum seccomp_arch arch)
{
	return arch == SECCOMP_X86 || arch == SECCOMP_ARM;
}

static struct seccomp_data random_call(unsigned arches, uint64_t *seed, enum seccomp_arch *ret_arch, const char **ret_name)
{
	enum seccomp_arch arch;
	struct seccomp_data d = { .nr = 0 };

	do
		arch = (enum seccomp_arch)(random_next(seed) % SECCOMP_ARCHES);
	while (!(arches & (1U << arch)));
	d.arch = seccomp_audit_arch(arch);

	*ret_arch = arch;
	*ret_name = random_next(seed) % 8 ? names[random_next(seed) % ARRAY_SIZE(names)] : NULL;
	d.nr = *ret_name ? seccomp_number(arch, *ret_name) : 400 + (int)(random_next(seed) % 500);
	for (size_t k = 0; k < 6; k++) {
		d.args[k] = values[random_next(seed) % ARRAY_SIZE(values)];
		if (is_narrow(arch))
			d.args[k] &= 0xffffffff;
	}
	return d;
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
		const struct seccomp_data d = random_call(p->arches, seed, &arch, &name);
		uint32_t got = seccomp_model_run(mine.filter, mine.len, &d);
		uint32_t wanted = with_libseccomp ? seccomp_model_run(other, n, &d) : seccomp_model_meaning(p, &d);

		if (got != wanted)
			fail_msg("%s nr %#x arch %#x args %#llx %#llx: %#x, wanted %#x", name ? name : "?", d.nr, d.arch,
				 d.args[0], d.args[1], got, wanted);
	}
	seccomp_program_done(&mine);
}

static void compare_many(unsigned arches, bool with_libseccomp, size_t most)
{
	uint64_t seed = 88172645463325252;
	struct seccomp_rule rules[24];

	for (int i = 0; i < 200; i++) {
		const struct seccomp_profile p = {
			.default_action = SECCOMP_RET_ERRNO | EPERM,
			.arches = arches,
			.rules = rules,
			.n_rules = 1 + random_next(&seed) % most,
		};

		random_profile(&seed, rules, p.n_rules, with_libseccomp);
		compare(&p, &seed, 1000, with_libseccomp);
	}
}

enum { INTEL = 1 << SECCOMP_X86_64 | 1 << SECCOMP_X86 | 1 << SECCOMP_X32, ARM = 1 << SECCOMP_AARCH64 | 1 << SECCOMP_ARM };

static void random_profiles_answer_as_libseccomp_does(void **state)
{
	compare_many(INTEL, true, ARRAY_SIZE(names));
}

/* One rule each: with several libseccomp's code for ARM jumps elsewhere than its own pseudo code says (2.5.4). */
static void random_profiles_for_arm_answer_as_libseccomp_does(void **state)
{
	compare_many(ARM, true, 1);
}

static void random_profiles_answer_as_their_rules_say(void **state)
{
	compare_many(INTEL, false, 24);
	compare_many(ARM, false, 24);
}

/* Every action, every set of architectures, calls that do not exist everywhere, several conditions on one argument. */
static void every_shape_of_profile_answers_as_its_rules_say(void **state)
{
	static const uint32_t actions[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 7, SECCOMP_RET_KILL_PROCESS,
					    SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_LOG,
					    SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE | 9 };
	static const char *const everywhere[] = { "read", "waitpid", "newfstatat", "accept", "no_such_call", "clone3",
						  "futex_waitv", "stat", "set_tls", "breakpoint", "socketcall" };
	uint64_t seed = 4711;
	struct seccomp_rule rules[60];

	for (int i = 0; i < 400; i++) {
		const struct seccomp_profile p = {
			.default_action = actions[random_next(&seed) % ARRAY_SIZE(actions)],
			.arches = 1U << SECCOMP_X86_64 | (random_next(&seed) & 0x1f),
			.rules = rules,
			.n_rules = random_next(&seed) % (i % 4 ? 8 : ARRAY_SIZE(rules)),
			.unknown_enosys = random_next(&seed) & 1,
		};
		struct seccomp_program program = { .filter = NULL };

		random_profile(&seed, rules, p.n_rules, false);
		for (size_t k = 0; k < p.n_rules; k++) {
			rules[k].action = actions[random_next(&seed) % ARRAY_SIZE(actions)];
			rules[k].args[1].index = random_next(&seed) & 1;
			rules[k].mention = random_next(&seed) % 8 == 0;
			if (random_next(&seed) & 1)
				rules[k].name = everywhere[random_next(&seed) % ARRAY_SIZE(everywhere)];
		}
		assert_int_equal(seccomp_compile(&p, &program, NULL), 0);
		for (int k = 0; k < 1000; k++) {
			enum seccomp_arch arch;
			const char *name;
			struct seccomp_data d = random_call(INTEL | ARM, &seed, &arch, &name);

			if (k % 4 == 0) {
				arch = (enum seccomp_arch)(random_next(&seed) % SECCOMP_ARCHES);
				d.arch = seccomp_audit_arch(arch);
				d.nr = seccomp_number(arch, everywhere[random_next(&seed) % ARRAY_SIZE(everywhere)]);
			}
			if (is_narrow(arch))
				d.args[0] &= 0xffffffff, d.args[1] &= 0xffffffff;
			assert_int_equal(seccomp_model_run(program.filter, program.len, &d), seccomp_model_meaning(&p, &d));
		}
		seccomp_program_done(&program);
	}
}

static void the_numbers_are_libseccomps(void **state)
{
	static const char *const more[] = { "set_tls", "cacheflush", "breakpoint", "arm_fadvise64_64", "ugetrlimit", "mmap2",
					    "clone3", "statx", "socket", "recv", "futex_time64", "arch_prctl", "close_range" };

	for (int arch = 0; arch < SECCOMP_ARCHES; arch++)
		for (size_t i = 0; i < ARRAY_SIZE(names) + ARRAY_SIZE(more); i++) {
			const char *name = i < ARRAY_SIZE(names) ? names[i] : more[i - ARRAY_SIZE(names)];
			int theirs = seccomp_syscall_resolve_name_arch(oracle_arches[arch], name);

			/* Negative: a name that only stands for something there. */
			if (theirs >= 0 && seccomp_number((enum seccomp_arch)arch, name) != theirs)
				fail_msg("%s on %d: %d, wanted %d", name, arch, seccomp_number((enum seccomp_arch)arch, name), theirs);
		}
	assert_int_equal(seccomp_number(SECCOMP_ARM, "set_tls"), 0xf0005);
}

/* Every number that libseccomp has a name for. It calls one of ARM's as other architectures do. */
static void the_table_lacks_no_number_of_libseccomps(void **state)
{
	for (int arch = 0; arch < SECCOMP_ARCHES; arch++)
		for (int number = 0; number < 512; number++) {
			int theirs = number | (arch == SECCOMP_X32 ? SECCOMP_MODEL_X32_BIT : 0);
			autofree char *name = seccomp_syscall_resolve_num_arch(oracle_arches[arch], theirs);

			if (name && strcmp(name, "sync_file_range2") != 0 && seccomp_number((enum seccomp_arch)arch, name) != theirs)
				fail_msg("%s on %d: %d, wanted %d", name, arch, seccomp_number((enum seccomp_arch)arch, name), theirs);
		}
}

static void an_architecture_without_rules_gets_the_default(void **state)
{
	const struct seccomp_rule rules[] = { { .name = "kexec_file_load", .action = SECCOMP_RET_ERRNO | EPERM } };
	const struct seccomp_profile p = {
		.default_action = SECCOMP_RET_ALLOW,
		.arches = 1 << SECCOMP_X86_64 | 1 << SECCOMP_X86 | 1 << SECCOMP_AARCH64,
		.rules = rules,
		.n_rules = 1,
	};
	struct seccomp_program program = { .filter = NULL };

	assert_int_equal(seccomp_number(SECCOMP_X86, "kexec_file_load"), -1);
	assert_int_equal(seccomp_compile(&p, &program, NULL), 0);
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 1, 0, 0), SECCOMP_RET_ALLOW);
	seccomp_program_done(&program);
}

static void a_profile_beyond_the_kernels_limit_is_an_error(void **state)
{
	static struct seccomp_rule rules[5000];
	const struct seccomp_profile p = {
		.default_action = SECCOMP_RET_ALLOW, .arches = 1 << SECCOMP_X86_64, .rules = rules, .n_rules = 5000,
	};
	struct seccomp_program program = { .filter = NULL };
	struct err e = ERR_INIT;

	for (size_t i = 0; i < 5000; i++)
		rules[i] = (struct seccomp_rule){ .name = "ioctl", .action = SECCOMP_RET_KILL_PROCESS,
						  .args = { { 1, SECCOMP_EQ, i, 0 } }, .n_args = 1 };
	assert_int_equal(seccomp_compile(&p, &program, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
	assert_null(program.filter);
}

/* What a filter asks about is answered by the one who was given its listener: here the other end of a socket pair. */
static int give_away(int listener, void *arg)
{
	return io_send_fds(*(int *)arg, "x", 1, &listener, 1);
}

static int child_that_asks(const struct seccomp_program *program, int sock)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_install_listener(program, give_away, &sock) < 0)
		return 1;
	return syscall(SYS_getppid) == 4242 ? 0 : 2;
}

static void answer_all(int sock, pid_t pid)
{
	int listener, status;
	size_t n = 1;
	char byte;

	assert_int_equal(io_recv_fds(sock, &byte, 1, &listener, &n), 1);
	assert_int_equal(n, 1);
	for (;;) {
		struct seccomp_notif asked = { .id = 0 };
		struct seccomp_notif_resp said = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			break; /* nobody is held any more */
		said.id = asked.id;
		if (asked.data.nr == SYS_getppid)
			said = (struct seccomp_notif_resp){ .id = asked.id, .val = 4242 };
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &said) < 0)
			break;
	}
	(void)close(listener);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Even when it asks about everything: the call by which the listener is sent, and the end. */
static void a_listener_is_given_away_whatever_the_filter_asks_about(void **state)
{
	const struct seccomp_profile p = { .default_action = SECCOMP_RET_USER_NOTIF, .arches = 1U << seccomp_native(),
					   .flags = SECCOMP_FILTER_FLAG_NEW_LISTENER };
	struct seccomp_program program = { .filter = NULL };
	int pair[2];
	pid_t pid;

	assert_int_equal(seccomp_compile(&p, &program, NULL), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		_exit(child_that_asks(&program, pair[1]));
	}
	(void)close(pair[1]);
	answer_all(pair[0], pid);
	(void)close(pair[0]);
	seccomp_program_done(&program);
}

static int refuse(int listener, void *arg)
{
	return -ECONNREFUSED;
}

static void a_listener_that_nobody_takes_is_an_error(void **state)
{
	const struct seccomp_rule rule = { .name = "getppid", .action = SECCOMP_RET_USER_NOTIF };
	const struct seccomp_profile p = { .default_action = SECCOMP_RET_ALLOW, .arches = 1U << seccomp_native(), .rules = &rule,
					   .n_rules = 1, .flags = SECCOMP_FILTER_FLAG_NEW_LISTENER };
	struct seccomp_program program = { .filter = NULL }, bad;
	pid_t pid;
	int status;

	assert_int_equal(seccomp_compile(&p, &program, NULL), 0);
	bad = program;
	bad.flags |= 1U << 30;
	pid = fork();
	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? 1 :
		      seccomp_install_listener(&bad, refuse, NULL) != -EINVAL ? 2 :
		      seccomp_install_listener(&program, refuse, NULL) != -ECONNREFUSED ? 3 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	seccomp_program_done(&program);
}

static int child_of_filter(const struct seccomp_program *program)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_install(program) < 0)
			_exit(1);
		if (syscall(SYS_getppid) != -1 || errno != 77)
			_exit(2);
		_exit(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) < 0 ? 3 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void the_kernel_takes_the_program_and_obeys_it(void **state)
{
	const struct seccomp_rule rules[] = {
		{ .name = "getppid", .action = SECCOMP_RET_ERRNO | 77 },
		{ .name = "socket", .action = SECCOMP_RET_ERRNO | 78, .args = { { 0, SECCOMP_EQ, 38, 0 } }, .n_args = 1 },
	};
	const struct seccomp_profile p = {
		.default_action = SECCOMP_RET_ALLOW,
		.arches = 1U << seccomp_native(),
		.rules = rules,
		.n_rules = ARRAY_SIZE(rules),
	};
	struct seccomp_program program = { .filter = NULL };

	assert_int_equal(seccomp_compile(&p, &program, NULL), 0);
	assert_int_equal(child_of_filter(&program), 0);
	seccomp_program_done(&program);
}

static void the_default_profile_answers_as_its_rules_say(void **state)
{
	static const uint64_t masks[] = { 0, 0xa80425fb, UINT64_C(1) << 21, UINT64_MAX };
	uint64_t seed = 99;

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		struct seccomp_program program = { .filter = NULL };
		struct seccomp_profile p;

		assert_int_equal(seccomp_default_rules(masks[i], &p), 0);
		assert_int_equal(seccomp_compile(&p, &program, NULL), 0);
		for (int k = 0; k < 5 * 600; k++) {
			static const uint32_t arches[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_X86_64,
							   AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM };
			size_t arch = (size_t)k % ARRAY_SIZE(arches);
			struct seccomp_data d = { .nr = k / 5, .arch = arches[arch] };

			d.nr |= arch == 2 ? SECCOMP_MODEL_X32_BIT : 0;
			for (int m = 0; m < 2; m++)
				d.args[m] = values[random_next(&seed) % ARRAY_SIZE(values)];
			assert_int_equal(seccomp_model_run(program.filter, program.len, &d), seccomp_model_meaning(&p, &d));
		}
		seccomp_program_done(&program);
		free(p.owned);
	}
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
	const enum seccomp_arch native = seccomp_native(), other = native == SECCOMP_X86_64 ? SECCOMP_AARCH64 : SECCOMP_X86_64;
	const uint32_t arch = seccomp_audit_arch(native);
	struct seccomp_program p = { .filter = NULL };

	assert_int_equal(seccomp_default(0, &p, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(answer(&p, arch, seccomp_number(native, cases[i].name), cases[i].a0, cases[i].a1),
				 cases[i].wanted);
	assert_int_equal(answer(&p, arch, 999, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(answer(&p, seccomp_audit_arch(other), 0, 0, 0), SECCOMP_RET_KILL_THREAD);
	/* The cost of an installation is the filter's shape. */
	assert_in_range(p.len, 100, 700);
	seccomp_program_done(&p);
	assert_int_equal(seccomp_default(UINT64_C(1) << 21, &p, NULL), 0);
	assert_int_equal(answer(&p, arch, seccomp_number(native, "mount"), 0, 0), SECCOMP_RET_ALLOW);
	seccomp_program_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_profiles_answer_as_libseccomp_does),
		cmocka_unit_test(random_profiles_for_arm_answer_as_libseccomp_does),
		cmocka_unit_test(random_profiles_answer_as_their_rules_say),
		cmocka_unit_test(every_shape_of_profile_answers_as_its_rules_say),
		cmocka_unit_test(the_numbers_are_libseccomps),
		cmocka_unit_test(the_table_lacks_no_number_of_libseccomps),
		cmocka_unit_test(a_listener_is_given_away_whatever_the_filter_asks_about),
		cmocka_unit_test(a_listener_that_nobody_takes_is_an_error),
		cmocka_unit_test(an_architecture_without_rules_gets_the_default),
		cmocka_unit_test(a_profile_beyond_the_kernels_limit_is_an_error),
		cmocka_unit_test(the_kernel_takes_the_program_and_obeys_it),
		cmocka_unit_test(the_default_profile_answers_as_its_rules_say),
		cmocka_unit_test(the_default_profile_refuses_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
