/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/path.h"

#define ROW(...) DECODE_ROW(struct state, __VA_ARGS__)

RECORD_TABLE(state_table, struct state,
	ROW("ociVersion", oci_version, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW("id", id, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW("pid", pid, DECODE_I32, .flags = DECODE_ALWAYS),
	ROW("startTime", start_time, DECODE_U64),
	ROW("bundle", bundle, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW("rootfs", rootfs, DECODE_STRING),
	ROW("cgroup", cgroup, DECODE_STRING),
	ROW("unit", unit, DECODE_STRING),
	ROW("userManager", user_manager, DECODE_BOOL),
	ROW("created", created, DECODE_STRING),
	ROW("launch", launch, DECODE_BOOL),
	ROW("memorySwap", resources.memory_swap, DECODE_OPT_I64),
	ROW("deviceRules", resources.device_rules, DECODE_U32),
	ROW("hooks", hooks, DECODE_BOOL),
	ROW("noNewKeyring", no_new_keyring, DECODE_BOOL),
	ROW("processCgroup", process_cgroup, DECODE_STRING),
	ROW("sharedPid", shared_pid, DECODE_BOOL),
	ROW("rdtGroup", rdt.name, DECODE_STRING),
	ROW("rdtOwned", rdt.owned, DECODE_BOOL),
	ROW("rdtMonitor", rdt.monitor, DECODE_BOOL),
	ROW("listener", listener, DECODE_BOOL),
	ROW("annotations", annotations, DECODE_STRMAP));

int runtime_root_open(const char *path, struct runtime_root **ret, struct err *e)
{
	struct runtime_root *root;
	/* The sticky bit: what lies in $XDG_RUNTIME_DIR without it may be pruned (XDG Base Directory Specification). */
	int fd = path_make_dirs(AT_FDCWD, path, PATH_HOST, 01700);

	if (fd < 0)
		return err_sys(e, -fd, "open state root '%s'", path);
	root = calloc(1, sizeof(*root));
	if (root)
		root->path = strdup(path);
	if (!root || !root->path) {
		(void)close(fd);
		free(root);
		return err_nomem(e);
	}
	root->fd = fd;
	*ret = root;
	return 0;
}

void runtime_root_started_as(struct runtime_root *root, const char *path)
{
	root->started_as = path;
}

void runtime_root_free(struct runtime_root *root)
{
	if (!root)
		return;
	own_close(&root->fd);
	free(root->path);
	free(root);
}

int state_check_id(const char *id, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";
	size_t len = strlen(id);

	if (len == 0 || len > 255 || strspn(id, allowed) != len || str_eq(id, ".") || str_eq(id, ".."))
		return err_set(e, ERR_INVALID, "invalid container id '%.100s': 1 to 255 of [a-zA-Z0-9_+.-] are wanted", id);
	return 0;
}

int state_not_found(const char *id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "container does not exist: '%s'", id);
}

int state_open(const struct runtime_root *root, const char *id, struct err *e)
{
	int fd;

	if (state_check_id(id, e) < 0)
		return -1;
	fd = path_open(root->fd, id, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -ENOENT)
		return state_not_found(id, e);
	return fd < 0 ? err_sys(e, -fd, "open the state of container '%s'", id) : fd;
}

int state_read(int dir, const char *id, struct state *ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct state state;

	if (file_read(dir, "state.json", STATE_MAX, &text, e) < 0 ||
	    decode_text(&state_table, str_text(&text), text.len, &state, e) < 0)
		return err_prefix(e, "state of container '%s'", id);
	if (!str_eq(state.id, id)) {
		state_done(&state);
		return err_set(e, ERR_INVALID, "state of container '%s': it is of another one", id);
	}
	*ret = state;
	return 0;
}

static void print(const struct state *state, struct str *to)
{
	struct json_writer w = { .out = to };

	encode(&state_table, state, &w, NULL);
}

/* Whoever meets a container that is being created finds a whole record or none. */
int state_write_first(int dir, const struct state *state, struct err *e)
{
	autostr struct str text = STR_INIT;

	print(state, &text);
	if (text.failed)
		return err_nomem(e);
	return file_place(dir, "state.json", text.data, text.len, 0600, e);
}

int state_write(int dir, const struct state *state, struct err *e)
{
	autostr struct str text = STR_INIT;

	print(state, &text);
	if (text.failed)
		return err_nomem(e);
	return file_replace(dir, "state.json", text.data, text.len, 0600, FILE_ATOMIC, e);
}

void state_done(struct state *state)
{
	decode_done(&state_table, state);
}

void state_add(const struct state *state, const char *status, pid_t pid, struct json_writer *w, const char *key)
{
	const struct strv *pairs = &state->annotations.pairs;

	json_object_begin(w, key);
	json_add_string(w, "ociVersion", state->oci_version);
	json_add_string(w, "id", state->id);
	json_add_string(w, "status", status);
	if (pid > 0)
		json_add_i64(w, "pid", pid);
	json_add_string(w, "bundle", state->bundle);
	if (pairs->n > 0)
		json_object_begin(w, "annotations");
	for (size_t i = 0; i + 1 < pairs->n; i += 2)
		json_add_string(w, pairs->items[i], pairs->items[i + 1]);
	if (pairs->n > 0)
		json_object_end(w);
	json_object_end(w);
}

const char *state_process_cgroup(const struct state *state)
{
	return state->process_cgroup ? state->process_cgroup : state->cgroup;
}

int state_read_cgroups(const struct state *state, struct cgroup_system *ret, struct err *e)
{
	*ret = (struct cgroup_system){ .items = NULL };
	return state->cgroup ? cgroup_system_read(ret, e) : 0;
}

int state_is_paused(const struct state *state)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	struct err e = ERR_INIT;

	if (state_read_cgroups(state, &cgroups, &e) < 0)
		return e.number ? -e.number : -EIO;
	return cgroup_is_frozen(&cgroups, state->cgroup);
}

/* Where resctrl is not mounted any more, its groups are gone, too. */
int state_remove_rdt(const struct state *state, struct err *e)
{
	autofd int root = state->rdt.name ? rdt_open(NULL) : -EBADF;

	return root < 0 ? 0 : rdt_remove(root, &state->rdt, state->id, e);
}
