/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container/env.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/path.h"
#include "base/str.h"
#include "base/test.h"

static int read_file(const char *text, struct strv *env, struct err *e)
{
	autofd int fd = memfd_create("env", MFD_CLOEXEC);
	char path[PATH_FD_LEN];

	assert_int_equal(io_write_full(fd, text, strlen(text)), 0);
	return env_file_read(env, path_of_fd(fd, path), e);
}

static void assert_env(const struct strv *env, const char *want)
{
	autostr struct str s = STR_INIT;

	for (size_t i = 0; i < env->n; i++)
		str_addf(&s, "%s|", env->items[i]);
	assert_string_equal(str_text(&s), want);
}

static void a_name_alone_takes_our_value_or_is_nothing(void **state)
{
	autostrv struct strv env = STRV_INIT, typed = STRV_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(setenv("LIGHTER_TEST_SET", "ours", 1), 0);
	(void)unsetenv("LIGHTER_TEST_UNSET");
	assert_int_equal(strv_add(&typed, "LIGHTER_TEST_SET"), 0);
	assert_int_equal(strv_add(&typed, "LIGHTER_TEST_UNSET"), 0);
	assert_int_equal(strv_add(&typed, "A=1"), 0);
	assert_int_equal(strv_add(&typed, "EMPTY="), 0);
	assert_int_equal(strv_add(&typed, "A=2=3"), 0);
	assert_int_equal(env_apply_all(&env, &typed, &e), 0);
	assert_env(&env, "LIGHTER_TEST_SET=ours|A=2=3|EMPTY=|");
}

static void files_have_comments_and_one_variable_a_line(void **state)
{
	autostrv struct strv env = STRV_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(read_file("# comment\n\n  A=1\r\nB=two words # kept\nC=\n", &env, &e), 0);
	assert_env(&env, "A=1|B=two words # kept|C=|");
}

static void a_bad_line_is_named(void **state)
{
	autostrv struct strv env = STRV_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(read_file("A=1\nB C=2\n", &env, &e), -1);
	assert_non_null(strstr(e.text, ", line 2: poorly formatted environment: variable 'B C' contains whitespaces"));
	assert_int_equal(read_file("=x\n", &env, &e), -1);
	assert_non_null(strstr(e.text, "line 1: invalid environment variable: '=x'"));
	assert_int_equal(env_file_read(&env, "/nonexistent/env", &e), -1);
	assert_string_equal(e.text, "read environment file '/nonexistent/env': No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_alone_takes_our_value_or_is_nothing),
		cmocka_unit_test(files_have_comments_and_one_variable_a_line),
		cmocka_unit_test(a_bad_line_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
