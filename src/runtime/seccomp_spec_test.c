/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/seccomp_spec.h"

/*
 * From the document's words to what the filter answers, run by the interpreter of the compiler's test; and against
 * libseccomp, which compiles the same profiles.
 */

#include <errno.h>
#include <linux/audit.h>

#include "base/own.h"
#include "base/str.h"
#include "base/test.h"
#include "runtime/seccomp_spec_model.h"

static int compile(const char *json, struct seccomp_program *ret, struct err *e)
{
	struct oci_linux linux_ = { .seccomp = calloc(1, sizeof(*linux_.seccomp)) };
	const struct oci_spec spec = { .linux_ = &linux_ };
	int r;

	assert_non_null(linux_.seccomp);
	r = decode_text(&oci_seccomp_table, json, strlen(json), linux_.seccomp, e);
	if (r == 0) {
		r = seccomp_spec_compile(&spec, NULL, 0, ret, e);
		decode_done(&oci_seccomp_table, linux_.seccomp);
	}
	free(linux_.seccomp);
	return r;
}

static uint32_t answer(const struct seccomp_program *p, enum seccomp_arch arch, int number, uint64_t a0, uint64_t a1)
{
	const struct seccomp_data data = { .arch = seccomp_audit_arch(arch), .nr = number, .args = { a0, a1 } };

	return seccomp_model_run(p->filter, p->len, &data);
}

static uint32_t of(const char *json, const char *name, uint64_t a0, uint64_t a1)
{
	struct seccomp_program p = { .filter = NULL };
	struct err e = ERR_INIT;
	uint32_t got;

	if (compile(json, &p, &e) < 0)
		fail_msg("%s: %s", json, e.text);
	got = answer(&p, seccomp_native(), seccomp_number(seccomp_native(), name), a0, a1);
	seccomp_program_done(&p);
	return got;
}

#define RULE(action) "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"syscalls\":[{\"names\":[\"kill\",\"no_such\"]," \
		     "\"action\":\"" action "\"}]}"

static void every_action_has_its_number(void **state)
{
	static const struct { const char *json; uint32_t wanted; } rows[] = {
		{ RULE("SCMP_ACT_KILL"), SECCOMP_RET_KILL_THREAD }, { RULE("SCMP_ACT_KILL_THREAD"), SECCOMP_RET_KILL_THREAD },
		{ RULE("SCMP_ACT_KILL_PROCESS"), SECCOMP_RET_KILL_PROCESS }, { RULE("SCMP_ACT_TRAP"), SECCOMP_RET_TRAP },
		{ RULE("SCMP_ACT_ERRNO"), SECCOMP_RET_ERRNO | EPERM }, { RULE("SCMP_ACT_TRACE"), SECCOMP_RET_TRACE | EPERM },
		{ RULE("SCMP_ACT_ALLOW"), SECCOMP_RET_ALLOW }, { RULE("SCMP_ACT_LOG"), SECCOMP_RET_LOG },
		{ RULE("SCMP_ACT_NOTIFY"), SECCOMP_RET_USER_NOTIF },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(of(rows[i].json, "kill", 1, 1), rows[i].wanted);
		assert_int_equal(of(rows[i].json, "getpid", 1, 1), SECCOMP_RET_ALLOW);
	}
	assert_int_equal(seccomp_spec_actions.n, ARRAY_SIZE(rows));
}

static void numbers_are_carried_by_errno_and_trace(void **state)
{
	static const char profile[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"syscalls\":["
		"{\"names\":[\"mkdirat\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":4095},"
		"{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":65535}]}";

	assert_int_equal(of(profile, "read", 0, 0), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(of(profile, "mkdirat", 0, 0), SECCOMP_RET_ERRNO | 4095);
	assert_int_equal(of(profile, "kill", 0, 0), SECCOMP_RET_TRACE | 65535);
}

#define ARGS(args) "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ERRNO\"," \
		   "\"args\":[" args "]}]}"
#define ARG(index, value, two, op) "{\"index\":" #index ",\"value\":" #value ",\"valueTwo\":" #two ",\"op\":\"SCMP_CMP_" #op "\"}"

static void every_operator_compares(void **state)
{
	static const struct { const char *json; uint64_t a0, a1; bool refused; } rows[] = {
		{ ARGS(ARG(0, 5, 0, EQ)), 5, 0, true },	 { ARGS(ARG(0, 5, 0, EQ)), 6, 0, false },
		{ ARGS(ARG(0, 5, 0, NE)), 5, 0, false }, { ARGS(ARG(0, 5, 0, NE)), 4, 0, true },
		{ ARGS(ARG(0, 5, 0, LT)), 4, 0, true },	 { ARGS(ARG(0, 5, 0, LT)), 5, 0, false },
		{ ARGS(ARG(0, 5, 0, LE)), 5, 0, true },	 { ARGS(ARG(0, 5, 0, LE)), 6, 0, false },
		{ ARGS(ARG(0, 5, 0, GE)), 5, 0, true },	 { ARGS(ARG(0, 5, 0, GE)), 4, 0, false },
		{ ARGS(ARG(0, 5, 0, GT)), 6, 0, true },	 { ARGS(ARG(0, 5, 0, GT)), 5, 0, false },
		{ ARGS(ARG(0, 18446744073709551615, 0, EQ)), UINT64_MAX, 0, true },
		{ ARGS(ARG(0, 2080505856, 0, MASKED_EQ)), 0x11, 0, true },
		{ ARGS(ARG(0, 2080505856, 0, MASKED_EQ)), 0x10000000, 0, false },
		{ ARGS(ARG(0, 240, 80, MASKED_EQ)), 0x5f, 0, true }, { ARGS(ARG(0, 240, 80, MASKED_EQ)), 0x6f, 0, false },
		/* different arguments: all; one argument twice: any */
		{ ARGS(ARG(0, 1, 0, EQ) "," ARG(1, 2, 0, EQ)), 1, 2, true },
		{ ARGS(ARG(0, 1, 0, EQ) "," ARG(1, 2, 0, EQ)), 1, 3, false },
		{ ARGS(ARG(0, 1, 0, EQ) "," ARG(0, 2, 0, EQ)), 1, 9, true },
		{ ARGS(ARG(0, 1, 0, EQ) "," ARG(0, 2, 0, EQ)), 2, 9, true },
		{ ARGS(ARG(0, 1, 0, EQ) "," ARG(0, 2, 0, EQ)), 3, 9, false },
		{ ARGS(ARG(0, 1, 0, EQ) "," ARG(0, 2, 0, EQ) "," ARG(1, 7, 0, EQ)), 3, 7, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (of(rows[i].json, "kill", rows[i].a0, rows[i].a1) !=
		    (rows[i].refused ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW))
			fail_msg("row %zu: %s", i, rows[i].json);
}

static void what_is_newer_than_the_profile_is_not_there_if_the_default_is_an_errno(void **state)
{
	struct seccomp_program p = { .filter = NULL };
	static const struct { const char *json; uint32_t known, newer; } rows[] = {
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"openat2\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		  SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS },
		/* named, though no rule is needed for it */
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"openat2\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
		  SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}", SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | EPERM },
		{ "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"syscalls\":[{\"names\":[\"openat2\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		  SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_PROCESS },
		{ "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"openat2\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		  SECCOMP_RET_LOG, SECCOMP_RET_LOG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(compile(rows[i].json, &p, NULL), 0);
		assert_int_equal(answer(&p, seccomp_native(), 436, 0, 0), rows[i].known);
		assert_int_equal(answer(&p, seccomp_native(), 500, 0, 0), rows[i].newer);
		seccomp_program_done(&p);
	}
}

#define X86(default_, rules) "{\"defaultAction\":\"SCMP_ACT_" default_ "\",\"architectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_MIPS\"]," \
			     "\"syscalls\":[" rules "]}"
#define CALL(name, action, more) "{\"names\":[\"" name "\"],\"action\":\"SCMP_ACT_" action "\"" more "}"
#define FAMILY ",\"args\":[" ARG(0, 38, 0, EQ) "]"

static void a_multiplexer_of_x86_obeys_the_rules_of_its_calls(void **state)
{
	static const struct { const char *json, *through; uint64_t number; uint32_t wanted; } rows[] = {
		{ X86("ALLOW", CALL("connect", "ERRNO", "")), "socketcall", 3, SECCOMP_RET_ERRNO | EPERM },
		{ X86("ALLOW", CALL("connect", "ERRNO", "")), "socketcall", 2, SECCOMP_RET_ALLOW },
		{ X86("ERRNO", CALL("shmat", "ALLOW", "")), "ipc", 0x10015, SECCOMP_RET_ALLOW },
		{ X86("ERRNO", CALL("shmat", "ALLOW", "")), "ipc", 22, SECCOMP_RET_ERRNO | EPERM },
		/* a condition cannot be seen: the stricter counts */
		{ X86("ALLOW", CALL("socket", "ERRNO", FAMILY)), "socketcall", 1, SECCOMP_RET_ERRNO | EPERM },
		{ X86("ERRNO", CALL("socket", "ALLOW", FAMILY)), "socketcall", 1, SECCOMP_RET_ERRNO | EPERM },
		{ X86("LOG", CALL("socket", "KILL_PROCESS", FAMILY)), "socketcall", 1, SECCOMP_RET_KILL_PROCESS },
		/* the profile has said what the whole does */
		{ X86("ERRNO", CALL("socketcall", "ALLOW", "")), "socketcall", 1, SECCOMP_RET_ALLOW },
		{ X86("ALLOW", CALL("socket", "ERRNO", "") "," CALL("socketcall", "LOG", "")), "socketcall", 1, SECCOMP_RET_LOG },
	};

	if (seccomp_native() != SECCOMP_X86_64)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seccomp_program p = { .filter = NULL };

		assert_int_equal(compile(rows[i].json, &p, NULL), 0);
		if (answer(&p, SECCOMP_X86, seccomp_number(SECCOMP_X86, rows[i].through), rows[i].number, 0) != rows[i].wanted)
			fail_msg("row %zu", i);
		seccomp_program_done(&p);
	}
}

static void flags_and_the_listener(void **state)
{
	static const struct { const char *json; unsigned flags; } rows[] = {
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", 0 },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"listenerMetadata\":\"m\","
		  "\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]}", 0 },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}",
		  SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/s\"}", SECCOMP_FILTER_FLAG_NEW_LISTENER },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],"
		  "\"syscalls\":[{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		  SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seccomp_program p = { .filter = NULL };

		assert_int_equal(compile(rows[i].json, &p, NULL), 0);
		assert_int_equal(p.flags, rows[i].flags);
		assert_int_equal(seccomp_spec_asks(&p), (rows[i].flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0);
		seccomp_program_done(&p);
	}
}

static void what_cannot_be_meant_is_named(void **state)
{
	static const struct { const char *json, *said; } rows[] = {
		{ "{\"defaultAction\":\"SCMP_ACT_X\"}", "linux.seccomp.defaultAction: 'SCMP_ACT_X' is not an action" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}", "linux.seccomp.defaultErrnoRet: 1: only SCMP_ACT_ERRNO" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "linux.seccomp.defaultErrnoRet: '4096' is above 4095" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\",\"VAX\"]}",
		  "linux.seccomp.architectures[1]: 'VAX' is not an architecture" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}", "linux.seccomp.flags[0]: 'X' is not known" },
		{ X86("ALLOW", CALL("kill", "Y", "")), "linux.seccomp.syscalls[0].action: 'SCMP_ACT_Y' is not an action" },
		{ X86("ALLOW", CALL("kill", "KILL", ",\"errnoRet\":1")), "linux.seccomp.syscalls[0].errnoRet: 1: only SCMP_ACT_ERRNO" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}]}",
		  "linux.seccomp.syscalls[0].names: at least one is needed" },
		{ ARGS(ARG(6, 1, 0, EQ)), "linux.seccomp.syscalls[0].args[0].index: 6 is above 5" },
		{ ARGS(ARG(0, 1, 0, IS)), "linux.seccomp.syscalls[0].args[0].op: 'SCMP_CMP_IS' is not an operator" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"m\"}", "linux.seccomp.listenerMetadata: 'm': there is no listenerPath" },
		{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs one" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seccomp_program p = { .filter = NULL };
		struct err e = ERR_INIT;

		assert_int_equal(compile(rows[i].json, &p, &e), -1);
		if (!str_starts(e.text, rows[i].said))
			fail_msg("said '%s', wanted '%s'", e.text, rows[i].said);
		assert_null(p.filter);
	}
}

enum { CALLS_AT_LEAST = 100000 };

/* Seeded: the same profiles at every run. The fuzzer looks for others. */
static void a_hundred_thousand_calls_are_answered_as_by_libseccomp(void **state)
{
	uint64_t seed = 88172645463325252;
	size_t calls = 0, profiles = 0;

	/* The model's first architecture. linux/seccomp_test.c asks libseccomp about ARM. */
	if (seccomp_native() != SECCOMP_X86_64)
		skip();
	for (; calls < CALLS_AT_LEAST; profiles++) {
		uint64_t bytes[160];

		for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			bytes[i] = seed;
		}
		calls += spec_model_compare((const uint8_t *)bytes, sizeof(bytes));
	}
	print_message("%zu calls of %zu profiles\n", calls, profiles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_action_has_its_number),
		cmocka_unit_test(numbers_are_carried_by_errno_and_trace),
		cmocka_unit_test(every_operator_compares),
		cmocka_unit_test(what_is_newer_than_the_profile_is_not_there_if_the_default_is_an_errno),
		cmocka_unit_test(a_multiplexer_of_x86_obeys_the_rules_of_its_calls),
		cmocka_unit_test(flags_and_the_listener),
		cmocka_unit_test(what_cannot_be_meant_is_named),
		cmocka_unit_test(a_hundred_thousand_calls_are_answered_as_by_libseccomp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
