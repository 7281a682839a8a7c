/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The worker has read foreign bytes, so nothing that it says is a path for us: layers are named by digests whose grammar
 * is checked, and the paths of special files are opened below the layer's own root, beneath it and through no link.
 */

#include "image/work.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/path.h"
#include "worker/client.h"

enum { SPECIALS_MAX = 65536, IMAGES_MAX = 1024, NAMES_MAX = 1024 };

struct progress_state {
	const struct work *work;
	struct content_images images;
	struct { struct worker_special *items; size_t n; } specials;
};

static void state_done(struct progress_state *s)
{
	for (size_t i = 0; i < s->specials.n; i++)
		decode_done(&worker_special_table, &s->specials.items[i]);
	free(s->specials.items);
	content_images_done(&s->images);
}

int work_tell(const struct image_progress_sink *sink, const char *object, const char *status, struct err *e)
{
	const struct image_progress p = { .object = object, .status = status };

	if (!sink || !sink->event || sink->event(&p, sink->arg) >= 0)
		return 0;
	return err_set(e, ERR_CANCELLED, "cancelled");
}

/* ---- events ---- */

static int on_progress(struct progress_state *s, const struct worker_msg *msg, struct err *e)
{
	const struct image_progress_sink *sink = s->work->sink;
	struct worker_progress p;
	int r = 0;

	if (decode_text(&worker_progress_table, msg->json, msg->len, &p, e) < 0)
		return -1;
	if (sink && sink->event)
		r = sink->event(&(struct image_progress){ p.object[0] ? p.object : NULL, p.status, p.current, p.total },
				sink->arg);
	decode_done(&worker_progress_table, &p);
	return r < 0 ? err_set(e, ERR_CANCELLED, "cancelled") : 0;
}

static int on_special(struct progress_state *s, const struct worker_msg *msg, struct err *e)
{
	struct worker_special *special;

	if (s->specials.n >= SPECIALS_MAX)
		return err_set(e, ERR_INVALID, "more than %d device nodes and opaque directories", SPECIALS_MAX);
	special = vec_add(&s->specials);
	if (!special)
		return err_nomem(e);
	if (decode_text(&worker_special_table, msg->json, msg->len, special, e) < 0)
		return -1;
	if (!image_digest_valid(special->layer) || special->kind == SPECIAL_NONE)
		return err_set(e, ERR_INVALID, "special file of a layer without a digest");
	return 0;
}

static int open_staged_layer(int staging, const char *diff_id, struct err *e)
{
	autofree char *path = str_format("layers/%s", image_digest_hex(diff_id));
	int fd;

	if (!path)
		return err_nomem(e);
	fd = path_open(staging, path, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	return fd < 0 ? err_sys(e, -fd, "open layer '%s'", diff_id) : fd;
}

static int on_layer(struct progress_state *s, const struct worker_msg *msg, struct err *e)
{
	autofd int dir = -EBADF;
	struct worker_layer layer;
	int r = -1;

	if (decode_text(&worker_layer_table, msg->json, msg->len, &layer, e) < 0)
		return -1;
	if (!image_digest_valid(layer.diff_id)) {
		(void)err_set(e, ERR_INVALID, "layer '%.100s' is not a sha256 digest", layer.diff_id);
	} else {
		dir = open_staged_layer(s->work->staging, layer.diff_id, e);
		if (dir >= 0)
			r = content_describe_layer(dir, &layer, e);
	}
	decode_done(&worker_layer_table, &layer);
	return r;
}

static int on_image(struct progress_state *s, const struct worker_msg *msg, struct err *e)
{
	struct content_image *image;
	struct worker_image body;
	int r;

	if (decode_text(&worker_image_table, msg->json, msg->len, &body, e) < 0)
		return -1;
	if (s->images.n >= IMAGES_MAX || body.names.n > NAMES_MAX) {
		decode_done(&worker_image_table, &body);
		return err_set(e, ERR_INVALID, "more than %d images or names in one archive", IMAGES_MAX);
	}
	image = vec_add(&s->images);
	r = image ? image_record_parse(body.record, strlen(body.record), &image->record, e) : err_nomem(e);
	if (r == 0) {
		image->names = body.names;
		body.names = (struct strv)STRV_INIT;
	}
	decode_done(&worker_image_table, &body);
	return r;
}

static int on_event(const struct worker_msg *msg, void *arg, struct err *e)
{
	static int (*const handlers[WORKER_MSG_TYPES])(struct progress_state *, const struct worker_msg *, struct err *) = {
		[WORKER_PROGRESS] = on_progress,
		[WORKER_SPECIAL] = on_special,
		[WORKER_LAYER] = on_layer,
		[WORKER_IMAGE] = on_image,
	};

	if (!handlers[msg->type])
		return err_set(e, ERR_INVALID, "lighter-worker: message '%s' is out of place", worker_msg_name(msg->type));
	return handlers[msg->type](arg, msg, e);
}

/* ---- what takes privilege ---- */

static int make_node(int root, const struct worker_special *s)
{
	const char *name;
	autofd int dir = path_open_parent(root, s->path, PATH_OWN, &name), readable = -EBADF;
	mode_t mode = (s->mode & 07777) | (s->kind == SPECIAL_CHAR ? S_IFCHR : S_IFBLK);
	struct timespec times[2] = { { .tv_sec = s->mtime }, { .tv_sec = s->mtime } };
	struct stat before;

	if (dir < 0)
		return dir;
	/* The node comes late: its directory keeps the time that the archive gave it. */
	readable = path_open(dir, ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (readable < 0 || fstat(readable, &before) < 0)
		return -errno;
	if (mknodat(dir, name, mode, makedev(s->major, s->minor)) < 0)
		return -errno;
	if (fchownat(dir, name, s->uid, s->gid, AT_SYMLINK_NOFOLLOW) < 0 || fchmodat(dir, name, mode & 07777, 0) < 0)
		return -errno;
	if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return futimens(readable, (struct timespec[2]){ before.st_atim, before.st_mtim }) < 0 ? -errno : 0;
}

static int make_opaque(int root, const struct worker_special *s)
{
	autofd int dir = path_open(root, s->path[0] ? s->path : ".", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);

	if (dir < 0)
		return dir;
	return fsetxattr(dir, "trusted.overlay.opaque", "y", 1, 0) < 0 ? -errno : 0;
}

static int apply_special(int staging, const struct worker_special *s, struct err *e)
{
	autofree char *path = str_format("layers/%s/root", image_digest_hex(s->layer));
	autofd int root = -EBADF;
	int r;

	if (!path)
		return err_nomem(e);
	root = path_open(staging, path, PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	if (root < 0)
		return err_sys(e, -root, "open layer '%s'", s->layer);
	r = s->kind == SPECIAL_OPAQUE ? make_opaque(root, s) : make_node(root, s);
	return r < 0 ? err_sys(e, -r, "layer '%s': make '%.300s'", s->layer, s->path) : 0;
}

/* ---- the run ---- */

static void forget(struct strv *list)
{
	strv_done(list);
	*list = (struct strv)STRV_INIT;
}

int work_run(const struct work *work, const char *name, struct worker_request *request, int input, bool everything,
	     struct content_images *ret, struct err *e)
{
	cleanup(state_done) struct progress_state state = { .work = work };
	const int fds[] = { work->staging, input };
	const struct worker_job job = {
		.name = name,
		.libexec = store_instance(work->store)->libexec,
		.request = request,
		.fds = fds,
		.n_fds = input < 0 ? 1 : 2,
		.cancel_fd = work->sink ? work->sink->cancel_fd : 0,
	};

	forget(&request->layers);
	forget(&request->blobs);
	if (!everything && content_existing(work->store, &request->layers, &request->blobs, e) < 0)
		return -1;
	if (worker_run(&job, on_event, &state, e) < 0)
		return -1;
	for (size_t i = 0; i < state.specials.n; i++)
		if (apply_special(work->staging, &state.specials.items[i], e) < 0)
			return -1;
	*ret = state.images;
	state.images = (struct content_images){ 0 };
	return 0;
}
