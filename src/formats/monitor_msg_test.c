/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/own.h"
#include "formats/monitor_msg.h"

static void message_and_descriptor_arrive_as_sent(void **state)
{
	char bytes[sizeof(struct monitor_msg) + MONITOR_MSG_BODY];
	struct monitor_msg msg;
	const char *body;
	int ends[2], fds[MONITOR_MSG_FDS];
	size_t n = MONITOR_MSG_FDS;
	ssize_t got;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(monitor_msg_send(ends[0], MONITOR_OUTPUT, 2, -5, "a\0b", 3, &ends[0], 1, 0), 0);
	got = io_recv_fds(ends[1], bytes, sizeof(bytes), fds, &n);
	assert_int_equal(n, 1);
	assert_int_equal(monitor_msg_check(bytes, (size_t)got, &msg, &body), 0);
	assert_int_equal(msg.type, MONITOR_OUTPUT);
	assert_int_equal(msg.a, 2);
	assert_int_equal(msg.b, -5);
	assert_memory_equal(body, "a\0b", 3);
	(void)close(fds[0]);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void message_that_does_not_hold_is_refused(void **state)
{
	struct monitor_msg good = { .version = MONITOR_MSG_VERSION, .type = MONITOR_KILL }, bad, got;
	const char *body;

	assert_int_equal(monitor_msg_check(&good, sizeof(good), &got, &body), 0);
	assert_int_equal(monitor_msg_check(&good, sizeof(good) - 1, &got, &body), -EBADMSG);
	bad = good;
	bad.version++;
	assert_int_equal(monitor_msg_check(&bad, sizeof(bad), &got, &body), -EBADMSG);
	bad = good;
	bad.type = MONITOR_MSG_TYPES;
	assert_int_equal(monitor_msg_check(&bad, sizeof(bad), &got, &body), -EBADMSG);
	bad = good;
	bad.len = 1;
	assert_int_equal(monitor_msg_check(&bad, sizeof(bad), &got, &body), -EBADMSG);
}

static void error_crosses_the_socket(void **state)
{
	char bytes[sizeof(struct monitor_msg) + MONITOR_MSG_BODY];
	struct err e = ERR_INIT, got = ERR_INIT;
	struct monitor_msg msg;
	const char *body;
	size_t none = 0;
	int ends[2];
	ssize_t n;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	(void)err_sys(&e, ENOENT, "exec 'x'");
	assert_int_equal(monitor_msg_send_error(ends[0], 127, &e, 0), 0);
	n = io_recv_fds(ends[1], bytes, sizeof(bytes), NULL, &none);
	assert_int_equal(monitor_msg_check(bytes, (size_t)n, &msg, &body), 0);
	monitor_msg_error(&msg, body, &got);
	assert_int_equal(msg.a, 127);
	assert_int_equal(got.code, ERR_NOT_FOUND);
	assert_int_equal(got.number, ENOENT);
	assert_string_equal(got.text, e.text);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void exec_request_is_read_back_as_written(void **state)
{
	char user[] = "daemon";
	struct monitor_exec exec = { .flags = MONITOR_EXEC_TTY, .rows = 24, .columns = 80, .user = user }, got;
	autostr struct str packed = STR_INIT;
	struct err e = ERR_INIT;

	assert_int_equal(strv_add(&exec.args, "printf"), 0);
	assert_int_equal(strv_add(&exec.args, ""), 0);
	assert_int_equal(strv_add(&exec.env, "A=\xff"), 0);
	monitor_exec_encode(&exec, &packed);
	assert_int_equal(monitor_exec_decode(packed.data, packed.len, &got, &e), 0);
	assert_string_equal(got.user, "daemon");
	assert_null(got.working_dir);
	assert_int_equal(got.args.n, 2);
	assert_string_equal(got.args.items[1], "");
	assert_string_equal(got.env.items[0], "A=\xff");
	monitor_exec_done(&got);
	for (size_t len = 0; len < packed.len; len++)
		assert_int_equal(monitor_exec_decode(packed.data, len, &got, &e), -1);
	strv_done(&exec.args);
	strv_done(&exec.env);
}

static void exec_errors_have_docker_codes(void **state)
{
	struct err e = ERR_INIT;

	(void)err_sys(&e, ENOENT, "exec 'x'");
	assert_int_equal(monitor_exec_failure(&e), 127);
	(void)err_set(&e, ERR_NOT_FOUND, "executable file not found in $PATH");
	assert_int_equal(monitor_exec_failure(&e), 127);
	(void)err_sys(&e, EACCES, "exec 'x'");
	assert_int_equal(monitor_exec_failure(&e), 126);
	(void)err_sys(&e, ENOEXEC, "exec 'x'");
	assert_int_equal(monitor_exec_failure(&e), 126);
	(void)err_sys(&e, EISDIR, "exec 'x'");
	assert_int_equal(monitor_exec_failure(&e), 126);
	(void)err_sys(&e, ENOMEM, "exec 'x'");
	assert_int_equal(monitor_exec_failure(&e), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_and_descriptor_arrive_as_sent),
		cmocka_unit_test(message_that_does_not_hold_is_refused),
		cmocka_unit_test(error_crosses_the_socket),
		cmocka_unit_test(exec_request_is_read_back_as_written),
		cmocka_unit_test(exec_errors_have_docker_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
