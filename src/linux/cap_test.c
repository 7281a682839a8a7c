/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cap.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/test.h"

#define BIT(cap) (UINT64_C(1) << (cap))

static void names_and_numbers_agree(void **state)
{
	assert_int_equal(cap_number("CAP_CHOWN"), CAP_CHOWN);
	assert_int_equal(cap_number("SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal(cap_number("cap_net_raw"), CAP_NET_RAW);
	assert_int_equal(cap_number("CAP_CHECKPOINT_RESTORE"), CAP_CHECKPOINT_RESTORE);
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		assert_int_equal(cap_number(cap_name(i)), i);
	assert_null(cap_name(CAP_LAST_CAP + 1));
	assert_null(cap_name(-1));
	assert_true(cap_number("CAP_") < 0);
	assert_true(cap_number("") < 0);
	assert_true(cap_number("CAP_CAP_CHOWN") < 0);
	assert_true(cap_number("ALL") < 0);
}

static uint64_t status_mask(const char *label)
{
	autostr struct str text = STR_INIT;
	autofd int fd = path_open(AT_FDCWD, "/proc/self/status", PATH_HOST, O_RDONLY, 0);
	const char *line;

	if (fd < 0 || io_read_all(fd, 65536, &text) < 0)
		return UINT64_MAX;
	line = strstr(str_text(&text), label);
	return line ? strtoull(line + strlen(label), NULL, 16) : UINT64_MAX;
}

/* In a child, as the runtime does it; what /proc says is the proof. */
static int apply_and_look(const struct cap_sets *sets)
{
	if (cap_limit_bounding(sets->bounding, UINT64_MAX) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    setresuid(1000, 1000, 1000) < 0 || cap_apply(sets, NULL) < 0)
		return 1;
	if (status_mask("CapBnd:") != sets->bounding)
		return 2;
	if (status_mask("CapPrm:") != sets->permitted)
		return 3;
	if (status_mask("CapEff:") != sets->effective)
		return 4;
	if (status_mask("CapInh:") != sets->inheritable)
		return 5;
	return status_mask("CapAmb:") == sets->ambient ? 0 : 6;
}

static void the_five_sets_are_exactly_what_was_asked_for(void **state)
{
	const uint64_t needed = BIT(CAP_KILL) | BIT(CAP_CHOWN) | BIT(CAP_SETPCAP) | BIT(CAP_SETUID);
	const struct cap_sets cases[] = {
		{ 0 },
		{ .bounding = BIT(CAP_KILL) | BIT(CAP_CHOWN), .permitted = BIT(CAP_KILL) | BIT(CAP_CHOWN), .effective = BIT(CAP_KILL) },
		{ .bounding = BIT(CAP_KILL), .permitted = BIT(CAP_KILL), .effective = BIT(CAP_KILL),
		  .inheritable = BIT(CAP_KILL), .ambient = BIT(CAP_KILL) },
		{ .bounding = BIT(CAP_KILL) | BIT(CAP_CHOWN), .permitted = BIT(CAP_CHOWN), .inheritable = BIT(CAP_KILL) },
	};

	if (geteuid() != 0 || needed & ~status_mask("CapBnd:"))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(apply_and_look(&cases[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("case %zu: child's answer is %#x", i, status);
	}
}

static void what_cannot_be_granted_is_cut_and_told(void **state)
{
	const uint64_t a = BIT(CAP_KILL), b = BIT(CAP_CHOWN), c = BIT(CAP_FOWNER);
	const struct { struct cap_sets asked; uint64_t bounding, permitted, refused; struct cap_sets granted; } rows[] = {
		{ { a, a, a, a, a }, a | b, a | b, 0, { a, a, a, a, a } },
		{ { a | b, a | b, a | b }, a, a | b, b, { a, a | b, a | b } },
		{ { a | b, a | b, a }, a | b, a, b, { a | b, a, a } },
		{ { a, a, a | b }, a | b | c, a | b | c, b, { a, a, a } },	  /* effective, not permitted */
		{ { a, a, a, b }, a | b, a | b, b, { a, a, a, 0 } },		  /* inheritable, not bounding */
		{ { a, a, a, 0, a }, a, a, a, { a, a, a, 0, 0 } },		  /* ambient, not inheritable */
		{ { a, 0, 0, a, a }, a, a, a, { a, 0, 0, a, 0 } },		  /* ambient, not permitted */
		{ { 0 }, ~UINT64_C(0), ~UINT64_C(0), 0, { 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cap_sets sets = rows[i].asked;

		if (cap_clamp(&sets, rows[i].bounding, rows[i].permitted) != rows[i].refused ||
		    memcmp(&sets, &rows[i].granted, sizeof(sets)) != 0)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_agree),
		cmocka_unit_test(what_cannot_be_granted_is_cut_and_told),
		cmocka_unit_test(the_five_sets_are_exactly_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
