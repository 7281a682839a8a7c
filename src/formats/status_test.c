/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/proc.h"
#include "formats/status.h"

struct place {
	char name[40];
	int fd;
};

static struct place place_new(void)
{
	struct place p = { .name = "/tmp/lighter-status-XXXXXX" };

	assert_non_null(mkdtemp(p.name));
	p.fd = path_open(AT_FDCWD, p.name, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	assert_true(p.fd >= 0);
	return p;
}

static void place_done(struct place *p)
{
	(void)unlinkat(p->fd, STATUS_FILE, 0);
	(void)close(p->fd);
	assert_int_equal(rmdir(p->name), 0);
}

static struct status sample(int64_t n)
{
	struct status s = { .state = STATUS_RUNNING, .pid = (int32_t)n, .started = n, .finished = n };

	memset(s.id, 'a' + (int)(n % 26), ID_LEN);
	return s;
}

/* By members: what lies between them is nobody's. */
static void expect_same(const struct status *a, const struct status *b)
{
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->exit_code, b->exit_code);
	assert_int_equal(a->exit_unknown, b->exit_unknown);
	assert_int_equal(a->oom_killed, b->oom_killed);
	assert_int_equal(a->started, b->started);
	assert_int_equal(a->finished, b->finished);
	assert_int_equal(a->keeper_pid, b->keeper_pid);
	assert_int_equal(a->keeper_start, b->keeper_start);
}

static void slot_is_read_back_as_written(void **state)
{
	struct place p = place_new();
	struct status_map w = STATUS_MAP_INIT, r = STATUS_MAP_INIT;
	struct status in = sample(5), out;
	struct err e = ERR_INIT;

	assert_int_equal(status_open(p.fd, false, &r, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(status_open(p.fd, true, &w, &e), 0);
	assert_int_equal(status_open(p.fd, false, &r, &e), 0);
	assert_int_equal(status_read(&r, 3, &out), 0);
	in.exit_unknown = true;
	assert_int_equal(status_write(&w, 3, &in), 0);
	assert_int_equal(status_read(&r, 3, &out), 1);
	expect_same(&in, &out);
	assert_int_equal(status_clear(&w, 3), 0);
	assert_int_equal(status_read(&r, 3, &out), 0);
	assert_int_equal(status_write(&r, 3, &in), -ERANGE);
	assert_int_equal(status_write(&w, STATUS_SLOTS, &in), -ERANGE);
	status_close(&w);
	status_close(&r);
	place_done(&p);
}

static void file_of_another_boot_is_void_and_made_anew(void **state)
{
	struct place p = place_new();
	struct status_map m = STATUS_MAP_INIT;
	struct status in = sample(5), out;
	struct err e = ERR_INIT;
	char *boot;

	assert_int_equal(status_open(p.fd, true, &m, &e), 0);
	assert_int_equal(status_write(&m, 0, &in), 0);
	boot = (char *)m.base + 24;
	boot[0] = boot[0] == 'f' ? '0' : 'f';
	status_close(&m);
	assert_int_equal(status_open(p.fd, false, &m, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(status_open(p.fd, true, &m, &e), 0);
	assert_int_equal(status_read(&m, 0, &out), 0);
	status_close(&m);
	place_done(&p);
}

/* A writer that died between filling a copy and moving the sequence has changed nothing; a flipped bit is named. */
static void half_written_copy_is_never_seen(void **state)
{
	_Alignas(8) uint8_t slot[STATUS_SLOT_SIZE] = { 0 };
	struct status in = sample(7), out;
	size_t copy = (STATUS_SLOT_SIZE - 8) / 2;

	status_slot_write(slot, &in);
	memset(slot + 8, 0xee, copy / 2); /* sequence is 1: copy 0 is idle */
	assert_int_equal(status_slot_read(slot, &out), 1);
	assert_int_equal(out.pid, 7);
	slot[0] ^= 1;
	assert_int_equal(status_slot_read(slot, &out), -EBADMSG);
}

static void reader_sees_whole_copies_while_a_writer_runs_and_dies(void **state)
{
	struct place p = place_new();
	struct status_map m = STATUS_MAP_INIT;
	struct err e = ERR_INIT;
	autoproc struct proc child = PROC_INIT;
	struct status out;
	pid_t pid;

	assert_int_equal(status_open(p.fd, true, &m, &e), 0);
	pid = proc_fork(&child);
	assert_true(pid >= 0);
	if (pid == 0)
		for (int64_t n = 1;; n++) {
			struct status s = sample(n & 0xffffff);

			(void)status_write(&m, 1, &s);
		}
	while (status_read(&m, 1, &out) != 1)
		;
	for (int i = 0; i < 200000; i++) {
		int r = status_read(&m, 1, &out);

		assert_true(r == 1 || r == -EAGAIN);
		if (r == 1)
			assert_true(out.started == out.finished && out.id[0] == 'a' + (int)(out.started % 26));
	}
	assert_int_equal(proc_kill_wait(&child), 128 + SIGKILL);
	assert_int_equal(status_read(&m, 1, &out), 1);
	assert_true(out.started == out.finished);
	status_close(&m);
	place_done(&p);
}

static void keeper_is_known_by_pid_and_start_time(void **state)
{
	struct status s = { .keeper_pid = getpid(), .keeper_start = status_process_start(getpid()) };

	assert_true(s.keeper_start > 0);
	assert_true(status_keeper_alive(&s));
	s.keeper_start++;
	assert_false(status_keeper_alive(&s));
	assert_int_equal(status_process_start(0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(slot_is_read_back_as_written),
		cmocka_unit_test(file_of_another_boot_is_void_and_made_anew),
		cmocka_unit_test(half_written_copy_is_never_seen),
		cmocka_unit_test(reader_sees_whole_copies_while_a_writer_runs_and_dies),
		cmocka_unit_test(keeper_is_known_by_pid_and_start_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
