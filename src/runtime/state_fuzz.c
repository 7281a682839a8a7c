/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as state.json: what is accepted is written and read again as the same, and can be asked for all that a record is
 * asked for. An id that is accepted names one entry of a directory.
 */

#include "runtime/state.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/fuzz.h"
#include "base/own.h"
#include "base/path.h"

static void write_again(const struct state *state, struct str *to)
{
	if (state_write(fuzz_directory(), state, NULL) < 0 ||
	    file_read(fuzz_directory(), "state.json", STATE_MAX, to, NULL) < 0)
		abort();
}

static void ask(const struct state *state)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };
	autojson struct json *again = NULL;
	autoproc struct proc init = PROC_INIT;

	state_add(state, "stopped", state->pid, &w, NULL);
	if (json_parse(text.data, text.len, &again, NULL) < 0)
		abort();
	if (state_status(fuzz_directory(), state, &init, NULL) == STATE_CREATING && state->pid != 0)
		abort();
	if (state_process_cgroup(state) != state->cgroup && state_process_cgroup(state) != state->process_cgroup)
		abort();
}

/* What asks the kernel about groups is slow: a record in sixteen. */
static void ask_kernel(const struct state *state)
{
	const struct state without_rdt = { .id = state->id };
	struct state alive = { .pid = getpid() };
	autoproc struct proc init = PROC_INIT;
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };

	if (state_start_time(alive.pid, &alive.start_time) < 0 || state_remove_rdt(&without_rdt, NULL) != 0 ||
	    state_status(fuzz_directory(), &alive, &init, NULL) != STATE_RUNNING)
		abort();
	if (state_read_cgroups(state, &cgroups, NULL) == 0 && !state->cgroup && cgroups.n > 0)
		abort();
	(void)state_is_paused(state);
}

/* One holder at a time, and the directory is there. */
static void lock_twice(void)
{
	autofd int one = path_open(fuzz_directory(), ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	autofd int other = path_open(fuzz_directory(), ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);

	if (state_lock(one, "a", true, NULL) < 0 || state_lock(other, "a", false, NULL) == 0 || state_is_removed(one))
		abort();
}

static void check_id(const char *id)
{
	struct runtime_root *root = NULL;
	struct err e = ERR_INIT;
	int fd;

	if (runtime_root_open("/", &root, NULL) < 0)
		abort();
	runtime_root_started_as(root, "fuzz");
	if (state_check_id(id, &e) < 0 ? e.code != ERR_INVALID : !id[0] || strchr(id, '/') || str_eq(id, ".."))
		abort();
	fd = state_open(root, id, &e);
	own_close(&fd);
	runtime_root_free(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned accepted;
	autofree char *text = fuzz_text(data, size);
	autostr struct str first = STR_INIT, second = STR_INIT;
	struct state state;
	struct err e = ERR_INIT;

	check_id(text);
	fuzz_put("state.json", data, size);
	if (state_read(fuzz_directory(), "a", &state, &e) < 0)
		return e.code == ERR_NONE ? (abort(), 0) : 0;
	ask(&state);
	if (accepted++ % 16 == 0)
		ask_kernel(&state);
	lock_twice();
	if (unlinkat(fuzz_directory(), "state.json", 0) < 0 || state_write_first(fuzz_directory(), &state, NULL) < 0)
		abort();
	write_again(&state, &first);
	state_done(&state);
	if (state_read(fuzz_directory(), "a", &state, NULL) < 0)
		abort();
	write_again(&state, &second);
	state_done(&state);
	if (!str_eq(str_text(&first), str_text(&second)))
		abort();
	return 0;
}
