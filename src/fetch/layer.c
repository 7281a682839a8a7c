/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The chain of sources: blob (digest, copy) -> decompression -> tar bytes (diffID) -> entries -> files. Nothing counts
 * until all three ends agree: the tar has ended, the blob has its digest and size, the tar bytes have the diffID.
 */

#include "fetch/layer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "archive/compress.h"
#include "archive/extract.h"
#include "base/own.h"
#include "base/path.h"
#include "base/weaken.h"
#include "formats/image_record.h"
#include "oci/manifest.h"

/* No compression of files packs better, but for one long zero; what claims to is a bomb. */
static const uint64_t greatest_ratio = 1100, always_allowed = UINT64_C(64) << 20;

/* What the decompressor gives, hashed on its way to the tar reader. */
struct tee {
	struct source source;
	struct source *from;
	struct digest digest;
	uint64_t seen, limit;
};

static ssize_t tee_read(struct source *s, void *to, size_t len, struct err *e)
{
	struct tee *t = (struct tee *)s;
	ssize_t n = source_read(t->from, to, len, e);

	if (n <= 0)
		return n;
	t->seen += (uint64_t)n;
	if (t->seen > t->limit)
		return err_set(e, ERR_INVALID, "it unpacks to more than %llu times its size",
			       (unsigned long long)greatest_ratio);
	digest_add(&t->digest, to, (size_t)n);
	return n;
}

struct unpacking {
	const struct job_context *ctx;
	const struct layer *layer;
	struct blob_reader blob;
	struct source *from;
	struct decompress *decompress;
	struct tee tee;
	struct tar_reader *tar;
	int root;
	struct extract_result result;
};

static void unpacking_done(struct unpacking *u)
{
	tar_reader_free(u->tar);
	digest_done(&u->tee.digest);
	decompress_free(u->decompress);
	blob_reader_done(&u->blob);
	own_close(&u->root);
}

static int on_special(const struct extract_special *s, void *arg, struct err *e)
{
	static const int kinds[] = {
		[EXTRACT_OPAQUE] = SPECIAL_OPAQUE, [EXTRACT_CHAR] = SPECIAL_CHAR, [EXTRACT_BLOCK] = SPECIAL_BLOCK,
	};
	const struct unpacking *u = arg;
	struct worker_special special = {
		.layer = (char *)(uintptr_t)u->layer->diff_id,
		.path = (char *)(uintptr_t)s->path,
		.kind = kinds[s->kind],
	};

	if (s->entry) {
		special.mode = s->entry->mode;
		special.uid = s->entry->uid;
		special.gid = s->entry->gid;
		special.major = s->entry->major;
		special.minor = s->entry->minor;
		special.mtime = s->entry->mtime;
	}
	return job_send(u->ctx, WORKER_SPECIAL, &worker_special_table, &special, e);
}

static int open_root(struct unpacking *u, struct err *e)
{
	autofree char *path = str_format("layers/%s", image_digest_hex(u->layer->diff_id));
	autofd int layers = path_make_dirs(u->ctx->staging, "layers", PATH_OWN, 0700), dir = -EBADF;

	if (!path)
		return err_nomem(e);
	if (layers >= 0) {
		(void)path_remove_tree(layers, image_digest_hex(u->layer->diff_id));
		dir = path_make_dirs(u->ctx->staging, path, PATH_OWN, 0700);
	}
	/* The layer's root has the mode that its archive says; without an entry it is everyone's to read. */
	if (dir < 0 || mkdirat(dir, "root", 0755) < 0)
		return err_sys(e, errno, "make the directory of layer '%s'", u->layer->diff_id);
	u->root = path_open(dir, "root", PATH_OWN, O_RDONLY | O_DIRECTORY, 0);
	return u->root < 0 ? err_sys(e, -u->root, "open the directory of layer '%s'", u->layer->diff_id) : 0;
}

/* The bytes must be what the media type says: one text, one meaning. */
static int check_format(const struct unpacking *u, struct err *e)
{
	static const char *const names[] = {
		[OCI_LAYER_PLAIN] = "none", [OCI_LAYER_GZIP] = "gzip", [OCI_LAYER_ZSTD] = "zstd", [OCI_LAYER_UNKNOWN] = NULL,
	};
	const struct layer *layer = u->layer;
	const char *found = decompress_format(u->decompress), *said;
	bool foreign;

	said = names[oci_layer_kind(layer->media_type, &foreign)];
	if (!said || !layer->verified || str_eq(said, found))
		return 0;
	return err_set(e, ERR_INVALID, "layer '%s': its media type '%s' says compression '%s', its content is '%s'",
		       layer->blob.digest, layer->media_type, said, found);
}

static int open_chain(struct unpacking *u, struct source *from, struct err *e)
{
	const struct layer *layer = u->layer;

	if (!layer->verified && blob_reader_init(&u->blob, from, &layer->blob, -EBADF, e) < 0)
		return -1;
	u->from = layer->verified ? from : &u->blob.source;
	if (decompress_new(u->from, &u->decompress, e) < 0 || check_format(u, e) < 0)
		return -1;
	u->tee = (struct tee){
		.source = { .read = tee_read },
		.from = decompress_source(u->decompress),
		.limit = layer->blob.size < UINT64_MAX / greatest_ratio - always_allowed ?
				 layer->blob.size * greatest_ratio + always_allowed : UINT64_MAX,
	};
	if (digest_init_as(&u->tee.digest, layer->diff_id, e) < 0)
		return -1;
	return tar_reader_new(&u->tee.source, &u->tar, e);
}

/* The rest of the tar bytes belongs to the diffID too: padding behind the end mark. */
static int drain(struct source *from, struct err *e)
{
	char chunk[16384];
	ssize_t n;

	do
		n = source_read(from, chunk, sizeof(chunk), e);
	while (n > 0);
	return n < 0 ? -1 : 0;
}

static int check_diff_id(struct unpacking *u, struct err *e)
{
	char found[DIGEST_TEXT];

	digest_end(&u->tee.digest, found);
	if (str_eq(found, u->layer->diff_id) || weakened("digest-check"))
		return 0;
	return err_set(e, ERR_INVALID, "layer '%s': unpacked it has the digest '%s', the config's diff_ids say '%s'",
		       u->layer->blob.digest, found, u->layer->diff_id);
}

static int unpack(struct unpacking *u, struct err *e)
{
	const struct extract_how how = {
		.root = u->root, .id_limit = u->ctx->id_limit, .special = on_special, .arg = u,
	};

	if (extract_layer(u->tar, &how, &u->result, e) < 0 || drain(&u->tee.source, e) < 0) {
		/* Damaged content has a reason: tell that when the blob is not what was promised. */
		return str_starts(e->text, "layer '") ? -1 : err_prefix(e, "layer '%s'", u->layer->blob.digest);
	}
	if ((u->layer->verified ? drain(u->from, e) : blob_verify(&u->blob, e)) < 0)
		return -1;
	return check_diff_id(u, e);
}

int layer_check(const struct layer *layer, struct err *e)
{
	bool foreign;

	switch (oci_layer_kind(layer->media_type, &foreign)) {
	case OCI_LAYER_ENCRYPTED:
		return err_set(e, ERR_UNSUPPORTED, "layer '%s' is encrypted ('%s'), there is no key for it", layer->blob.digest,
			       layer->media_type);
	case OCI_LAYER_UNKNOWN:
		return err_set(e, ERR_UNSUPPORTED, "layer '%s' is no layer of an image: its media type is '%.200s'",
			       layer->blob.digest, layer->media_type);
	default:
		return 0;
	}
}

int layer_unpack(const struct job_context *ctx, const struct layer *layer, struct source *from, struct err *e)
{
	cleanup(unpacking_done) struct unpacking u = { .ctx = ctx, .layer = layer, .root = -EBADF };
	struct worker_layer body = { .diff_id = (char *)(uintptr_t)layer->diff_id };

	if (open_chain(&u, from, e) < 0 || open_root(&u, e) < 0 || unpack(&u, e) < 0)
		return -1;
	body.size = u.result.size;
	body.greatest_id = u.result.greatest_id;
	return job_send(ctx, WORKER_LAYER, &worker_layer_table, &body, e);
}
