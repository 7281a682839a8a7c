/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/info.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "runtime/state.h"
#include "runtime/user.h"

void runtime_info_done(struct runtime_info *info)
{
	char *const owned[] = { info->oci_version, info->id, info->bundle, info->rootfs, info->created, info->owner };

	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		free(owned[i]);
	strv_done(&info->annotations.pairs);
	*info = (struct runtime_info){ .pid = 0 };
}

static int owner_of(int dir, char **ret, struct err *e)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return err_sys(e, errno, "look at the state directory");
	return user_name(st.st_uid, ret, e);
}

/* The strings of the record go over to the information. */
static void take_record(struct state *state, struct runtime_info *to)
{
	*to = (struct runtime_info){
		.oci_version = take_ptr(state->oci_version),
		.id = take_ptr(state->id),
		.bundle = take_ptr(state->bundle),
		.rootfs = take_ptr(state->rootfs),
		.created = take_ptr(state->created),
		.pid = state->pid,
		.annotations = state->annotations,
	};
	state->annotations = (struct strmap){ .pairs = STRV_INIT };
}

int runtime_info(struct runtime_root *root, const char *id, struct runtime_info *ret, struct err *e)
{
	static const char *const words[] = {
		[STATE_CREATING] = "creating", [STATE_CREATED] = "created", [STATE_RUNNING] = "running",
		[STATE_STOPPED] = "stopped",
	};
	autofd int dir = state_open(root, id, e);
	cleanup(state_done) struct state state = { .pid = 0 };
	struct runtime_info info;
	int status;
	bool paused;

	if (dir < 0 || state_read(dir, id, &state, e) < 0)
		return -1;
	status = state_status(dir, &state, NULL, e);
	if (status < 0)
		return -1;
	paused = (status == STATE_CREATED || status == STATE_RUNNING) && state_is_paused(&state) > 0;
	take_record(&state, &info);
	info.status = paused ? "paused" : words[status];
	if (status == STATE_STOPPED)
		info.pid = 0;
	if (owner_of(dir, &info.owner, e) < 0) {
		runtime_info_done(&info);
		return -1;
	}
	*ret = info;
	return 0;
}

void runtime_info_write(const struct runtime_info *info, struct json_writer *w)
{
	const struct strv *pairs = &info->annotations.pairs;

	json_object_begin(w, NULL);
	json_add_string(w, "ociVersion", info->oci_version);
	json_add_string(w, "id", info->id);
	json_add_i64(w, "pid", info->pid);
	json_add_string(w, "status", info->status);
	json_add_string(w, "bundle", info->bundle);
	json_add_string(w, "rootfs", info->rootfs ? info->rootfs : "");
	json_add_string(w, "created", info->created);
	if (pairs->n > 0)
		json_object_begin(w, "annotations");
	for (size_t i = 0; i + 1 < pairs->n; i += 2)
		json_add_string(w, pairs->items[i], pairs->items[i + 1]);
	if (pairs->n > 0)
		json_object_end(w);
	json_add_string(w, "owner", info->owner);
	json_object_end(w);
}

/* ---- all of them ---- */

void runtime_list_done(struct runtime_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		runtime_info_done(&list->items[i]);
	free(list->items);
	*list = (struct runtime_list){ .items = NULL };
}

/* Deleted while we look is no news. */
static int add(struct runtime_root *root, const char *id, struct runtime_list *to, struct err *e)
{
	struct err why = ERR_INIT;
	struct runtime_info info, *item;

	if (runtime_info(root, id, &info, &why) < 0) {
		if (why.code != ERR_NOT_FOUND)
			log_warn("container '%s': %s", id, why.text);
		return 0;
	}
	item = vec_add(to);
	if (!item) {
		runtime_info_done(&info);
		return err_nomem(e);
	}
	*item = info;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct runtime_info *)a)->id, ((const struct runtime_info *)b)->id);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static DIR *open_dir(const struct runtime_root *root, struct err *e)
{
	autofd int fd = path_open(root->fd, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		(void)take_fd(fd);
	else
		(void)err_sys(e, fd < 0 ? -fd : errno, "read state root '%s'", root->path);
	return dir;
}

int runtime_list(struct runtime_root *root, struct runtime_list *ret, struct err *e)
{
	cleanup(close_dir) DIR *dir = open_dir(root, e);
	struct runtime_list list = { .items = NULL };
	const struct dirent *entry;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || state_check_id(entry->d_name, NULL) < 0)
			continue;
		if (add(root, entry->d_name, &list, e) < 0) {
			runtime_list_done(&list);
			return -1;
		}
	}
	if (list.n > 0)
		qsort(list.items, list.n, sizeof(*list.items), by_id);
	*ret = list;
	return 0;
}
