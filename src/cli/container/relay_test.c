/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container/relay.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/test.h"

struct pipe_ends { int read, write; };

static struct pipe_ends make_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	return (struct pipe_ends){ ends[0], ends[1] };
}

static void all_output_is_carried_although_the_process_has_ended(void **state)
{
	autorelays struct relays relays = RELAYS_INIT;
	struct pipe_ends from = make_pipe(), to = make_pipe(), ended = make_pipe();
	autostr struct str got = STR_INIT;
	char bytes[40000];
	struct err e = ERR_INIT;
	struct relay *r;

	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(io_write_full(from.write, bytes, sizeof(bytes)), 0);
	(void)close(ended.write); /* from.write stays open, as a child left behind would hold it */
	(void)fcntl(from.read, F_SETFL, O_NONBLOCK);
	r = relays_add(&relays, from.read, to.write);
	r->output = r->owns_from = r->owns_to = true;
	relays.ended_fd = ended.read;
	assert_int_equal(relays_run(&relays, &e), 0);
	relays_done(&relays);
	assert_int_equal(io_read_all(to.read, sizeof(bytes), &got), 0);
	assert_int_equal(got.len, sizeof(bytes));
	(void)close(from.write);
	(void)close(to.read);
	(void)close(ended.read);
}

/* A process that copies its input to its output until the input ends; it alone holds ended.write. */
static void fork_cat(struct pipe_ends in, struct pipe_ends out)
{
	char bytes[64];
	ssize_t n;

	if (fork() != 0)
		return;
	(void)close(in.write);
	while ((n = read(in.read, bytes, sizeof(bytes))) > 0)
		(void)!write(out.write, bytes, (size_t)n);
	_exit(0);
}

static void the_end_of_our_input_is_passed_on(void **state)
{
	autorelays struct relays relays = RELAYS_INIT;
	struct pipe_ends ours = make_pipe(), in = make_pipe(), out = make_pipe(), shown = make_pipe(), ended = make_pipe();
	struct err e = ERR_INIT;
	struct relay *r;
	char got[8] = "";

	assert_int_equal(io_write_full(ours.write, "abc", 3), 0);
	(void)close(ours.write);
	fork_cat(in, out);
	(void)close(in.read);
	(void)close(out.write);
	(void)close(ended.write);
	r = relays_add(&relays, ours.read, in.write);
	r->owns_from = r->owns_to = true;
	r = relays_add(&relays, out.read, shown.write);
	r->output = r->owns_from = r->owns_to = true;
	relays.ended_fd = ended.read;
	assert_int_equal(relays_run(&relays, &e), 0); /* for ever, if the process never sees the end */
	assert_int_equal(read(shown.read, got, sizeof(got)), 3);
	assert_string_equal(got, "abc");
	assert_true(wait(NULL) > 0);
	(void)close(shown.read);
	(void)close(ended.read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_output_is_carried_although_the_process_has_ended),
		cmocka_unit_test(the_end_of_our_input_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
