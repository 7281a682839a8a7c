/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/path.h"
#include "formats/logfile_reader.h"
#include "monitor/relay.h"

struct scene {
	char place[32];
	int dir, from[2], staging[2];
	struct relay_memory *memory;
};

static struct scene scene_new(void)
{
	struct scene s = { .place = "/tmp/lighter-relay-XXXXXX" };

	assert_non_null(mkdtemp(s.place));
	s.dir = path_open(AT_FDCWD, s.place, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	assert_int_equal(pipe2(s.from, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(pipe2(s.staging, O_CLOEXEC), 0);
	s.memory = relay_memory_new();
	assert_non_null(s.memory);
	return s;
}

static void scene_done(struct scene *s)
{
	int tmp = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_RDONLY | O_DIRECTORY, 0);

	(void)path_remove_tree(tmp, s->place + sizeof("/tmp/") - 1);
	(void)close(tmp);
	(void)close(s->dir);
	(void)close(s->from[0]);
	own_close(&s->from[1]);
	(void)close(s->staging[0]);
	(void)close(s->staging[1]);
	(void)munmap(s->memory, sizeof(*s->memory));
}

/* One life of a monitor. `final`: the container has ended. 0, or -1 on any error. */
static int live(struct scene *s, bool final)
{
	struct logs logs = {
		.dir = s->dir, .name = "log", .max_size = 150, .max_files = 100, .shared = &s->memory->logs,
	};
	struct relay r = {
		.memory = s->memory, .from = s->from[0], .staging = { s->staging[0], s->staging[1] }, .logs = &logs,
	};
	const char *bytes;
	bool more = true;
	int n = 1;

	if (logs_open(&logs, NULL) < 0 || relay_recover(&r, NULL) < 0 || relay_log(&r, false, NULL) < 0)
		return -1;
	while (n > 0) {
		n = relay_read(&r, &bytes, &more, NULL);
		if (n < 0 || relay_log(&r, false, NULL) < 0)
			return -1;
	}
	relay_idle(&r);
	if (final && relay_log(&r, true, NULL) < 0)
		return -1;
	logs_close(&logs);
	return 0;
}

/* A monitor that is killed at its k-th system call stop; false: it was done before. */
static bool live_until(struct scene *s, unsigned k)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(1);
		(void)raise(SIGSTOP);
		_exit(live(s, false) < 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (unsigned i = 0; i < k && WIFSTOPPED(status); i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	if (!WIFSTOPPED(status)) {
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		return false;
	}
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return true;
}

static void expect_log(struct scene *s, const char *wanted)
{
	struct logfile_read how = { .dir = s->dir, .name = "log", .tail = -1 };
	autostr struct str got = STR_INIT;
	struct logfile_reader *reader = NULL;
	struct logfile_record record;
	struct err e = ERR_INIT;

	assert_int_equal(logfile_reader_open(&how, &reader, &e), 0);
	while (logfile_reader_next(reader, &record, &e) == 1)
		str_add_bytes(&got, record.bytes, record.len);
	logfile_reader_free(reader);
	assert_string_equal(str_text(&got), wanted);
}

static const char text[] = "one\ntwo\nthree, which is longer\nfour\nfive\nsix\nand an unfinished end";

/* The kill comes at every entry and every return of every system call in turn; a read that has taken bytes from the pipe
 * and never told how many is among them. Each time a second monitor finishes, and the log is that of an undisturbed run. */
static void kill_at_any_system_call_loses_and_doubles_nothing(void **state)
{
	unsigned k = 1;
	bool killed = true;

	for (; killed; k++) {
		struct scene s = scene_new();

		assert_int_equal(write(s.from[1], text, sizeof(text) - 1), sizeof(text) - 1);
		killed = live_until(&s, k);
		assert_int_equal(live(&s, true), 0);
		expect_log(&s, text);
		scene_done(&s);
	}
	assert_true(k > 20);
}

static void second_kill_during_recovery_loses_nothing_either(void **state)
{
	for (unsigned k = 5; k < 60; k += 3) {
		struct scene s = scene_new();

		assert_int_equal(write(s.from[1], text, sizeof(text) - 1), sizeof(text) - 1);
		(void)live_until(&s, k);
		(void)live_until(&s, k / 2);
		assert_int_equal(live(&s, true), 0);
		expect_log(&s, text);
		scene_done(&s);
	}
}

static void long_output_passes_through_the_small_buffer(void **state)
{
	struct scene s = scene_new();
	autostr struct str all = STR_INIT;
	struct logs logs = { .dir = s.dir, .name = "log", .shared = &s.memory->logs };
	struct relay r = {
		.memory = s.memory, .from = s.from[0], .staging = { s.staging[0], s.staging[1] }, .logs = &logs,
	};
	const char *bytes;
	bool more;

	assert_int_equal(logs_open(&logs, NULL), 0);
	for (int i = 0; i < 200; i++) { /* lines of 9,999 bytes: batches end anywhere */
		char block[9999];

		memset(block, 'a' + i % 26, sizeof(block));
		block[sizeof(block) - 1] = '\n';
		str_add_bytes(&all, block, sizeof(block));
		assert_int_equal(io_write_full(s.from[1], block, sizeof(block)), 0);
		if (i % 5 == 4)
			assert_true(relay_read(&r, &bytes, &more, NULL) > 0 && relay_log(&r, false, NULL) == 0);
		if (i % 50 == 49)
			relay_idle(&r);
	}
	while (relay_read(&r, &bytes, &more, NULL) > 0)
		assert_int_equal(relay_log(&r, false, NULL), 0);
	logs_close(&logs);
	expect_log(&s, str_text(&all));
	scene_done(&s);
}

static void closed_pipe_is_the_end(void **state)
{
	struct scene s = scene_new();
	struct relay r = { .memory = s.memory, .from = s.from[0], .staging = { s.staging[0], s.staging[1] } };
	const char *bytes;
	bool more = false;

	assert_int_equal(relay_read(&r, &bytes, &more, NULL), 0);
	assert_true(more);
	assert_int_equal(write(s.from[1], "x", 1), 1);
	(void)close(s.from[1]);
	s.from[1] = -EBADF;
	assert_int_equal(relay_read(&r, &bytes, &more, NULL), 1);
	assert_int_equal(bytes[0], 'x');
	assert_int_equal(relay_read(&r, &bytes, &more, NULL), 0);
	assert_false(more);
	scene_done(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kill_at_any_system_call_loses_and_doubles_nothing),
		cmocka_unit_test(second_kill_during_recovery_loses_nothing_either),
		cmocka_unit_test(long_output_passes_through_the_small_buffer),
		cmocka_unit_test(closed_pipe_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
