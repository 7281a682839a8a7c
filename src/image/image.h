/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Images of one instance: pull, load, list, resolve, remove. Foreign bytes are read by lighter-worker alone; what is
 * kept here is our own record of an image. An image is listed only when all of its blobs and layers are whole and synced.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/vec.h"
#include "formats/image_record.h"

struct store;

/* Progress of long work, as events; the receiver prints. `total` 0: unknown. Returning < 0 cancels the job. */
struct image_progress {
	const char *object; /* short layer digest, or the tag; NULL: `status` is a line of its own */
	const char *status; /* "Downloading", "Extracting", "Pull complete", "Already exists", ... Docker's words */
	uint64_t current, total;
};

struct image_progress_sink {
	int (*event)(const struct image_progress *p, void *arg);
	void *arg;
	/* Becomes readable when the work is to stop (a signalfd of SIGINT and SIGTERM, an eventfd); 0: never. The call then
	 * kills its worker, removes what it had made and fails with ERR_CANCELLED. */
	int cancel_fd;
};

/* How registries are to be spoken to; zero: as the configuration says. */
struct image_remote {
	struct opt_bool tls_verify;
	struct opt_u32 retry;	 /* times */
	const char *retry_delay; /* a duration */
	const char *cert_dir;	 /* instead of certs.d/HOST */
	const char *authfile;	 /* of the logins */
	bool no_mirrors;	 /* of registries.conf: they are for pulls */
};

struct credential;

/* Asks the registry whether it takes the login, and keeps it. *ret_path: the file that it is in now, owned; NULL: with a
 * helper. */
int image_login(struct store *store, const struct image_remote *remote, const char *host, const struct credential *c,
		char **ret_path, struct err *e);

struct image_push {
	const char *reference; /* as typed; a repository alone with `all_tags` */
	bool all_tags;
	struct image_remote remote;
	/* Told of each tag when the registry has it. */
	int (*pushed)(const char *tag, const char *digest, uint64_t size, void *arg, struct err *e);
	void *arg;
};

int image_push(struct store *store, const struct image_push *how, const struct image_progress_sink *sink, struct err *e);

/* The tags that the registry has of a repository; *ret: normalised references. */
int image_remote_tags(struct store *store, const struct image_remote *remote, const char *repository, struct strv *ret,
		      struct err *e);

/* May the image be run, as policy.json says? */
int image_allowed(struct store *store, const char *name, struct err *e);

/* The normal form of a name, which may be short: an alias of registries.conf, or below a registry that it says. */
int image_name(const char *typed, char **ret, struct err *e);

struct image_pull {
	const char *reference; /* as typed */
	const char *platform;  /* NULL: this machine's */
	struct image_remote remote;
};

/* *ret_id: "sha256:..." (owned). A second puller of the same image waits for the first and finds its result. */
int image_pull(struct store *store, const struct image_pull *how, const struct image_progress_sink *sink, char **ret_id,
	       struct err *e);

/* Reads an OCI image layout or docker-archive tar (optionally compressed) from `fd`. *ret_names: the references that
 * were loaded, or the id of an image without a name. */
int image_load(struct store *store, int fd, const struct image_progress_sink *sink, struct strv *ret_names,
	       struct err *e);

struct image_import {
	const char *reference; /* as typed; NULL: the image gets no name */
	const char *message, *platform; /* platform: os[/architecture[/variant]]; NULL: this machine's */
	const struct strv *changes; /* Dockerfile instructions, see image/change.h */
};

/* Makes an image of one layer of the tar (optionally compressed) from `fd`. *ret_id: "sha256:..." (owned). */
int image_import(struct store *store, const struct image_import *how, int fd, const struct image_progress_sink *sink,
		 char **ret_id, struct err *e);

/* Copies an image from one place to another as it is: TRANSPORT:PATH[:NAME], dir, docker-archive, oci or oci-archive. Manifest
 * and blobs keep their digests; a docker-archive gets the manifest that a load would give it. */
int image_copy(struct store *store, const char *from, const char *to, const struct image_progress_sink *sink, struct err *e);

/* Writes these images (names, ids; a repository is all of its tags) as one archive, a docker-archive that is an OCI image layout,
 * to the descriptor (borrowed) that `target` gives: it is called when nothing but the writing can fail any more. */
int image_save(struct store *store, char *const *names, size_t n, int (*target)(void *arg, struct err *e), void *arg,
	       struct err *e);

/* Removes what killed pulls and loads left behind; every pull and load begins with it. */
int image_sweep(struct store *store, struct err *e);

struct image_entry {
	char *id, *record; /* record: as image_record_parse reads it; NULL: not asked for */
	struct strv names; /* normalised: docker.io/library/alpine:latest; empty: dangling */
	int64_t created;   /* nanoseconds UTC */
	uint64_t size;
};

struct image_list {
	struct image_entry *items;
	size_t n;
};

int image_list(struct store *store, bool records, struct image_list *ret, struct err *e);
void image_list_done(struct image_list *list);

/* `name`: a reference as typed, an id or a unique prefix of one. ERR_NOT_FOUND: "no such image: NAME". */
int image_resolve(struct store *store, const char *name, struct image_record *ret, struct err *e);

/* Bytes of an image's manifest, config and layers as its registry has them. */
int image_content_size(struct store *store, const struct image_record *record, uint64_t *ret, struct err *e);

/* Gives an image one more name, which another image may lose. */
int image_tag(struct store *store, const char *source, const char *target, struct err *e);

struct image_removal {
	bool force;	    /* all names of an id, also what a stopped container uses */
	bool keep_layers;   /* what only this image used stays until the next removal */
};

/* Removes a name, and the image with its last name. *ret_lines: "Untagged: ...", "Deleted: ..." as Docker prints them. */
int image_remove(struct store *store, const char *name, const struct image_removal *how, struct strv *ret_lines,
		 struct err *e);

/* A step that an image was built by; the newest comes last. */
struct image_step {
	uint64_t size;	   /* bytes of the layer's files; 0 without a layer */
	const char *layer; /* its diffID, borrowed from the record, or NULL */
};

/* The sizes of the record's history, one a row of it; *ret is on the heap. */
int image_steps(struct store *store, const struct image_record *record, struct image_step **ret, struct err *e);

/* Snapshots: how an image's layers become a root file system. One row a driver; overlay directories are the first. */
struct snapshot_driver {
	const char *name;
	/* The layer directories of an image, top first, for launch_rootfs. Missing or incomplete layers are an error. */
	int (*layers)(struct store *store, const struct image_record *image, struct strv *ret_paths, struct err *e);
};

const struct snapshot_driver *snapshot_default(void);
