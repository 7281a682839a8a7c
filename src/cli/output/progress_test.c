/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output/progress.h"

#include <fcntl.h>

#include "base/io.h"
#include "base/test.h"

static const struct image_progress events[] = {
	{ "aaa", "Pulling fs layer", 0, 0 },  { "bbb", "Pulling fs layer", 0, 0 }, { "aaa", "Downloading", 0, 1000 },
	{ "aaa", "Downloading", 500, 1000 },  { "bbb\x1b[2J", "Downloading", 1, 0 }, { "aaa", "Pull complete", 0, 0 },
	{ NULL, "Digest: sha256:00", 0, 0 },
};

static void play(struct progress *p, struct str *out)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	p->fd = ends[1];
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		assert_int_equal(progress_event(&events[i], p), 0);
	(void)close(ends[1]);
	assert_int_equal(io_read_all(ends[0], 4096, out), 0);
	(void)close(ends[0]);
	progress_done(p);
}

static void without_a_terminal_each_change_is_one_plain_line(void **state)
{
	autostr struct str out = STR_INIT;
	struct progress p = { .live = false };

	play(&p, &out);
	assert_string_equal(str_text(&out), "aaa: Pulling fs layer\nbbb: Pulling fs layer\naaa: Downloading\n"
					    "bbb\\x1b[2J: Downloading\naaa: Pull complete\nDigest: sha256:00\n");
}

static void on_a_terminal_each_object_keeps_its_line(void **state)
{
	autostr struct str out = STR_INIT;
	struct progress p = { .live = true };

	play(&p, &out);
	/* the second piece of "aaa" comes within the redraw time and is not drawn */
	assert_string_equal(str_text(&out),
			    "aaa: Pulling fs layer\nbbb: Pulling fs layer\n"
			    "\x1b[2A\r\x1b[2Kaaa: Downloading [>                             ] 0B/1kB\n\x1b[1B"
			    "bbb\\x1b[2J: Downloading 1B\n"
			    "\x1b[3A\r\x1b[2Kaaa: Pull complete\n\x1b[2BDigest: sha256:00\n");
}

static void the_rate_and_the_time_left_are_told_after_a_second(void **state)
{
	static const struct { uint64_t done, left; int64_t elapsed; const char *wanted; } cases[] = {
		{ 5000000, 10000000, 999999999, "" },
		{ 10000000, 20000000, 2000000000, " 5MB/s 4s" },
		{ 10000000, 500000000, 2000000000, " 5MB/s 1m40s" },
		{ 2000, 10000000, 2000000000, " 1kB/s 2h46m" },
		{ 0, 10, 5000000000, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		autostr struct str out = STR_INIT;

		progress_rate(&out, cases[i].done, cases[i].left, cases[i].elapsed);
		assert_string_equal(str_text(&out), cases[i].wanted);
	}
}

static void quiet_shows_nothing(void **state)
{
	autostr struct str out = STR_INIT;
	struct progress p = { .quiet = true };

	play(&p, &out);
	assert_string_equal(str_text(&out), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_terminal_each_change_is_one_plain_line),
		cmocka_unit_test(on_a_terminal_each_object_keeps_its_line),
		cmocka_unit_test(the_rate_and_the_time_left_are_told_after_a_second),
		cmocka_unit_test(quiet_shows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
