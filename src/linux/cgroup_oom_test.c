/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_oom.h"

#include "linux/cgroup_fake.h"

static int open_v2(void **state)
{
	return fake_open(state, "cpu,memory,pids", true);
}

static int open_v1(void **state)
{
	return fake_open(state, "memory", false);
}

static int open_without(void **state)
{
	return fake_open(state, "cpu,pids", true);
}

/* The text before a kill and after one, as kernels have written it. */
static void count(struct fake *f, const char *file, const char *before, const char *after)
{
	char path[64];
	int counter;

	assert_int_equal(mkdirat(f->fd, "c", 0755), 0);
	(void)snprintf(path, sizeof(path), "c/%s", file);
	fake_put(f, path, before);
	counter = cgroup_oom_counter(&f->system, "/c");
	assert_true(counter >= 0);
	assert_int_equal(cgroup_oom_count(counter), 0);
	fake_put(f, path, after);
	assert_int_equal(cgroup_oom_count(counter), 2);
	/* What has gone is not counted. */
	assert_int_equal(path_remove_tree(f->fd, "c"), 0);
	assert_int_equal(cgroup_oom_counter(&f->system, "/c"), -ENOENT);
	(void)close(counter);
}

static void kills_are_counted_by_memory_events(void **state)
{
	count(*state, "memory.events", "low 0\nhigh 0\nmax 31\noom 4\noom_kill 0\noom_group_kill 0\n",
	      "low 0\nhigh 0\nmax 57\noom 9\noom_kill 2\noom_group_kill 1\n");
}

static void kills_are_counted_by_oom_control(void **state)
{
	count(*state, "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0\n",
	      "oom_kill_disable 0\nunder_oom 1\noom_kill 2\n");
}

static void without_memory_nothing_counts(void **state)
{
	struct fake *f = *state;

	assert_int_equal(cgroup_oom_counter(&f->system, "/"), -ENOENT);
	assert_int_equal(cgroup_oom_count(-EBADF), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kills_are_counted_by_memory_events, open_v2, fake_close),
		cmocka_unit_test_setup_teardown(kills_are_counted_by_oom_control, open_v1, fake_close),
		cmocka_unit_test_setup_teardown(without_memory_nothing_counts, open_without, fake_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
