/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/worker_msg.h"

#include <string.h>
#include <sys/socket.h>

#include "base/test.h"

static void a_frame_comes_back_as_it_was_sent(void **state)
{
	struct worker_progress sent = { .object = (char *)"abc", .status = (char *)"Downloading", .total = 7 };
	struct worker_progress got;
	autostr struct str buffer = STR_INIT;
	struct worker_msg msg;
	struct err e = ERR_INIT;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(worker_msg_send(pair[0], WORKER_PROGRESS, &worker_progress_table, &sent), 0);
	assert_int_equal(worker_msg_read(pair[1], &buffer, &msg, &e), 1);
	assert_int_equal(msg.type, WORKER_PROGRESS);
	assert_int_equal(decode_text(&worker_progress_table, msg.json, msg.len, &got, &e), 0);
	assert_string_equal(got.status, "Downloading");
	assert_int_equal(got.total, 7);
	decode_done(&worker_progress_table, &got);
	(void)close(pair[0]);
	assert_int_equal(worker_msg_read(pair[1], &buffer, &msg, &e), 0);
	(void)close(pair[1]);
}

static void half_a_frame_waits_for_more(void **state)
{
	autostr struct str frame = STR_INIT;
	struct worker_msg msg;
	struct err e = ERR_INIT;
	size_t used;

	(void)state;
	worker_msg_frame(WORKER_RESULT, "{}", 2, &frame);
	for (size_t len = 0; len < frame.len; len++)
		assert_int_equal(worker_msg_parse(frame.data, len, &msg, &used, &e), 0);
	assert_int_equal(worker_msg_parse(frame.data, frame.len, &msg, &used, &e), 1);
	assert_int_equal(used, frame.len);
}

static void a_header_that_lies_is_refused_before_its_body(void **state)
{
	static const char headers[][WORKER_MSG_HEADER] = {
		{ 0, 0, 0, 127, WORKER_MSG_VERSION, WORKER_RESULT, 0, 0 }, /* too long */
		{ 2, 0, 0, 0, 9, WORKER_RESULT, 0, 0 },			   /* another version */
		{ 2, 0, 0, 0, WORKER_MSG_VERSION, 99, 0, 0 },		   /* an unknown type */
	};
	struct worker_msg msg;
	struct err e = ERR_INIT;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		assert_int_equal(worker_msg_parse(headers[i], WORKER_MSG_HEADER, &msg, &used, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_comes_back_as_it_was_sent),
		cmocka_unit_test(half_a_frame_waits_for_more),
		cmocka_unit_test(a_header_that_lies_is_refused_before_its_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
