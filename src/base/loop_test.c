/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/loop.h"
#include "base/own.h"

struct counter {
	struct loop_source source;
	struct loop *loop;
	struct counter *other;
	int seen, limit;
};

static int count(struct loop_source *source, uint32_t events, struct err *e)
{
	struct counter *c = loop_owner(source, struct counter, source);

	c->seen++;
	if (c->other)
		loop_remove(c->loop, &c->other->source);
	if (c->seen == c->limit)
		loop_stop(c->loop);
	return 0;
}

static int refuse(struct loop_source *source, uint32_t events, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "enough");
}

static void level_triggered_source_is_called_until_stopped(void **state)
{
	struct loop loop = LOOP_INIT;
	struct counter c = { .source = { .ready = count }, .loop = &loop, .limit = 3 };
	struct err e = ERR_INIT;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(loop_open(&loop, &e), 0);
	c.source.fd = ends[0];
	assert_int_equal(loop_watch(&loop, &c.source, EPOLLIN, &e), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(loop_run(&loop, &e), 0);
	assert_int_equal(c.seen, 3);
	loop_close(&loop);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* Both are ready at once; whichever comes first removes the other, which is then never called. */
static void removed_source_is_not_called_any_more(void **state)
{
	struct loop loop = LOOP_INIT;
	struct counter a = { .source = { .ready = count }, .loop = &loop, .limit = 2 }, b = a;
	struct err e = ERR_INIT;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(loop_open(&loop, &e), 0);
	a.source.fd = ends[0];
	b.source.fd = dup(ends[0]);
	a.other = &b;
	b.other = &a;
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(loop_watch(&loop, &a.source, EPOLLIN, &e), 0);
	assert_int_equal(loop_watch(&loop, &b.source, EPOLLIN, &e), 0);
	assert_int_equal(loop_run(&loop, &e), 0);
	assert_int_equal(a.seen + b.seen, 2);
	assert_true(a.seen == 0 || b.seen == 0);
	loop_close(&loop);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(b.source.fd);
}

static void error_of_a_callback_ends_the_run(void **state)
{
	struct loop loop = LOOP_INIT;
	struct loop_source source = { .ready = refuse };
	struct err e = ERR_INIT;

	assert_int_equal(loop_open(&loop, &e), 0);
	source.fd = loop_timer();
	assert_true(source.fd >= 0);
	assert_int_equal(loop_timer_set(source.fd, 1), 0);
	assert_int_equal(loop_watch(&loop, &source, EPOLLIN, &e), 0);
	assert_int_equal(loop_run(&loop, &e), -1);
	assert_string_equal(e.text, "enough");
	loop_close(&loop);
	(void)close(source.fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(level_triggered_source_is_called_until_stopped),
		cmocka_unit_test(removed_source_is_not_called_any_more),
		cmocka_unit_test(error_of_a_callback_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
