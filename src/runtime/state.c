/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"

enum { LOCK_SECONDS = 10, TELL_AFTER = 500 * NSEC_PER_MSEC };

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

int state_lock(int dir, const char *id, bool patient, struct err *e)
{
	int64_t begun = clock_boot(), waited;
	bool told = false;
	int r;

	while ((r = lock_directory(dir)) == -EAGAIN || r == -EINTR) {
		waited = clock_boot() - begun;
		if (!patient || waited > LOCK_SECONDS * NSEC_PER_SEC)
			return err_set(e, ERR_CONFLICT, "container '%s' is being created or deleted by process %d", id,
				       lock_directory_holder(dir));
		if (!told && waited > TELL_AFTER)
			log_warn("container '%s': waiting for process %d, which creates or deletes it", id,
				 lock_directory_holder(dir));
		told = waited > TELL_AFTER;
		(void)poll(NULL, 0, 1);
	}
	return r < 0 ? err_sys(e, -r, "lock the state of container '%s'", id) : 0;
}

bool state_is_removed(int dir)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_nlink == 0;
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

int state_write_first(int dir, const struct state *state, struct err *e)
{
	autofd int fd = path_open(dir, "state.json", PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0600);
	autostr struct str text = STR_INIT;
	int r;

	print(state, &text);
	if (text.failed)
		return err_nomem(e);
	r = fd < 0 ? fd : io_write_full(fd, text.data, text.len);
	return r < 0 ? err_sys(e, -r, "write 'state.json'") : 0;
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

int state_start_time(pid_t pid, uint64_t *ret)
{
	unsigned long long start = 0;
	char path[32], line[1024], status, *tail;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	r = file_read_line(AT_FDCWD, path, line, sizeof(line));
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	/* The name is in parentheses and may hold any byte: what counts comes after the last one. */
	tail = strrchr(line, ')');
	if (!tail || sscanf(tail + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
			    &status, &start) != 2)
		return -EPROTO;
	if (status == 'Z' || status == 'X')
		return -ESRCH;
	*ret = start;
	return 0;
}

/* 1 or 0; or -errno: whoever cannot look must not take it for dead. The pidfd first, then the look: what is seen belongs
 * to the process that the descriptor holds. */
static int is_alive(const struct state *state, struct proc *ret)
{
	autoproc struct proc init = { .pid = state->pid, .pidfd = -EBADF };
	uint64_t start = 0;
	int r;

	if (state->pid < 0)
		return 0;
	init.pidfd = (int)syscall(SYS_pidfd_open, state->pid, 0);
	r = init.pidfd < 0 ? -errno : state_start_time(state->pid, &start);
	if (r < 0 || start != state->start_time)
		return r == -ESRCH ? 0 : r;
	if (ret) {
		*ret = init;
		init = (struct proc)PROC_INIT;
	}
	return 1;
}

int state_connect_start(int dir, int flags)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		return -errno;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start.sock", dir);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : take_fd(fd);
}

/* The name alone does not tell: a start that is killed leaves it behind. */
static int is_waiting(int dir)
{
	int fd;

	if (faccessat(dir, "start.sock", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	fd = state_connect_start(dir, SOCK_NONBLOCK);
	if (fd >= 0)
		(void)close(fd); /* at once: the first process waits for its end */
	if (fd >= 0 || fd == -EAGAIN)
		return 1;
	return fd == -ECONNREFUSED || fd == -ENOENT ? 0 : fd;
}

int state_status(int dir, const struct state *state, struct proc *ret_init, struct err *e)
{
	int r;

	if (state->pid == 0)
		return STATE_CREATING;
	r = is_alive(state, ret_init);
	if (r == 0)
		return STATE_STOPPED;
	r = r < 0 ? r : is_waiting(dir);
	if (r < 0)
		return err_sys(e, -r, "look at the first process of container '%s'", state->id);
	return r > 0 ? STATE_CREATED : STATE_RUNNING;
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
