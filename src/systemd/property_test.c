/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/property.h"

#include <string.h>
#include <sys/socket.h>

#include "base/own.h"
#include "base/test.h"

/* Messages can be written as soon as there is some transport; nobody is at its other end. */
static int bus_new(void **state)
{
	sd_bus *bus = NULL;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	(void)close(pair[1]);
	*state = bus;
	return 0;
}

static int bus_free(void **state)
{
	(void)sd_bus_close_unref(*state);
	return 0;
}

static sd_bus_message *message(void **state)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_method_call(*state, &m, "a.b", "/", "a.b", "C") >= 0);
	return m;
}

static int append(void **state, const char *const *words, sd_bus_message **ret)
{
	struct err e = ERR_INIT;
	int r;

	*ret = message(state);
	r = property_append_all(*ret, words, &e);
	if (r == 0)
		assert_true(sd_bus_message_seal(*ret, 1, 0) >= 0);
	else
		assert_string_not_equal(e.text, "");
	return r;
}

static void words_become_typed_properties(void **state)
{
	const char *const words[] = { "TasksMax", "t", "18446744073709551615", "Delegate", "b", "true", "DeviceAllow", "a(ss)",
				      "2", "/dev/null", "rw", "char-pts", "m", "AllowedCPUs", "ay", "2", "255", "1", NULL };
	sd_bus_message *m;
	const char *name, *node, *access;
	const void *bytes;
	uint64_t tasks;
	size_t size;
	int yes;

	assert_int_equal(append(state, words, &m), 0);
	assert_true(sd_bus_message_enter_container(m, 'a', "(sv)") > 0);
	assert_true(sd_bus_message_read(m, "(sv)", &name, "t", &tasks) > 0);
	assert_string_equal(name, "TasksMax");
	assert_true(tasks == UINT64_MAX);
	assert_true(sd_bus_message_read(m, "(sv)", &name, "b", &yes) > 0);
	assert_int_equal(yes, 1);
	assert_true(sd_bus_message_enter_container(m, 'r', "sv") > 0);
	assert_true(sd_bus_message_read(m, "s", &name) > 0);
	assert_true(sd_bus_message_enter_container(m, 'v', "a(ss)") > 0);
	assert_true(sd_bus_message_enter_container(m, 'a', "(ss)") > 0);
	assert_true(sd_bus_message_read(m, "(ss)", &node, &access) > 0);
	assert_string_equal(node, "/dev/null");
	assert_true(sd_bus_message_read(m, "(ss)", &node, &access) > 0);
	assert_string_equal(access, "m");
	for (int i = 0; i < 3; i++)
		assert_true(sd_bus_message_exit_container(m) >= 0);
	assert_true(sd_bus_message_enter_container(m, 'r', "sv") > 0);
	assert_true(sd_bus_message_read(m, "s", &name) > 0);
	assert_true(sd_bus_message_enter_container(m, 'v', "ay") > 0);
	assert_true(sd_bus_message_read_array(m, 'y', &bytes, &size) >= 0);
	assert_int_equal(size, 2);
	assert_memory_equal(bytes, "\xff\x01", 2);
	(void)sd_bus_message_unref(m);
}

static void every_basic_type_and_nesting_are_known(void **state)
{
	const char *const words[] = { "A", "(ybnqiuxtdsog)", "1", "false", "-32768", "65535", "-2147483648", "4294967295",
				      "-9223372036854775808", "7", "1.5", "text", "/a", "as", "B", "av", "1", "s", "x", "C",
				      "aas", "1", "1", "y", "D", "as", "0", NULL };
	sd_bus_message *m;

	assert_int_equal(append(state, words, &m), 0);
	assert_string_equal(sd_bus_message_get_signature(m, 1), "a(sv)");
	(void)sd_bus_message_unref(m);
}

static void words_that_do_not_fit_are_refused(void **state)
{
	static const char *const bad[][6] = {
		{ "A", NULL },		     { "A", "t", NULL },	    { "A", "t", "-1", NULL }, { "A", "y", "256", NULL },
		{ "A", "b", "maybe", NULL }, { "A", "a(s", "1", "x", NULL }, { "A", "z", "1", NULL },  { "A", "as", "2", "x", NULL },
		{ "A", "()", NULL },	     { "A", "ss", "x", "y", NULL }, { "A", "a", "0", NULL },  { "A", "i", "1x", NULL },
		{ "A", "aaaaaaaaaaaas", "0", NULL }, { "A", "o", "no path", NULL }, { "A", "d", "", NULL }, { "A", "q", "65536", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		sd_bus_message *m;

		assert_int_equal(append(state, bad[i], &m), -1);
		(void)sd_bus_message_unref(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_become_typed_properties, bus_new, bus_free),
		cmocka_unit_test_setup_teardown(every_basic_type_and_nesting_are_known, bus_new, bus_free),
		cmocka_unit_test_setup_teardown(words_that_do_not_fit_are_refused, bus_new, bus_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
