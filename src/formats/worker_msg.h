/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What lighter-worker and its client say to each other over a stream socket: frames of a fixed header and a JSON body,
 * bounded and versioned. The client trusts nothing in them: the worker has read foreign bytes. The client speaks first
 * (one request), then the worker sends any number of events and one last message, a result or an error.
 *
 * Frame: length of the body (32 bits, little endian), version (8 bits), type (8 bits), 16 bits zero, body.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decode.h"
#include "base/err.h"
#include "base/str.h"

enum { WORKER_MSG_VERSION = 1, WORKER_MSG_HEADER = 8, WORKER_MSG_MAX = 8 << 20 };

enum worker_msg_type {
	WORKER_REQUEST, /* client: what the job is asked */
	WORKER_PROGRESS, /* struct worker_progress */
	WORKER_SPECIAL, /* struct worker_special */
	WORKER_LAYER, /* struct worker_layer: a layer is complete */
	WORKER_IMAGE, /* struct worker_image: an image is complete, its layers were announced */
	WORKER_RESULT, /* the end: struct worker_result */
	WORKER_ERROR, /* the end: struct worker_error */
	WORKER_TEXT, /* struct worker_text: an answer in words */
	WORKER_MSG_TYPES,
};

struct worker_msg {
	enum worker_msg_type type;
	const char *json; /* borrowed from the bytes that were parsed, `len` bytes, not terminated */
	size_t len;
};

const char *worker_msg_name(enum worker_msg_type type); /* "request", "progress", ... */

/* Appends one frame to `to`; a body above WORKER_MSG_MAX makes it fail. */
void worker_msg_frame(enum worker_msg_type type, const char *json, size_t len, struct str *to);

/* Pure: 1 and *ret and *ret_used (bytes of the frame) for a whole frame, 0 when more bytes are needed, -1 when the
 * bytes can never become one. */
int worker_msg_parse(const char *bytes, size_t len, struct worker_msg *ret, size_t *ret_used, struct err *e);

/* Sends one message: 0 or -errno. `table` and `body` make the JSON. */
int worker_msg_send(int sock, enum worker_msg_type type, const struct decode_table *table, const void *body);

/* Reads exactly one message from a blocking socket into `to` (cleared first). 0 at the end of the stream, 1 or -1. */
int worker_msg_read(int sock, struct str *to, struct worker_msg *ret, struct err *e);

/* ---- bodies ---- */

/* A place to speak to: the registry of a reference, or a mirror of it. */
struct worker_endpoint {
	char *host, *repository; /* "127.0.0.1:5000", "library/alpine" */
	bool plain;		 /* http alone */
	bool either;		 /* http where https does not answer */
	bool insecure;		 /* any certificate will do */
	char *ca, *cert, *key;	 /* PEM texts of certs.d */
	char *user, *password, *token; /* token: an identity token */
};

struct worker_endpoints {
	struct worker_endpoint *items;
	size_t n;
};

/* How registries are spoken to, whatever is asked of them. */
struct worker_network {
	struct worker_endpoints endpoints; /* tried in turn */
	char *http_proxy, *https_proxy, *no_proxy;
	uint32_t stall; /* seconds without progress after which a transfer fails */
	uint32_t tries; /* how often a request is sent that may be sent again */
	uint32_t delay; /* milliseconds before the second time */
};

/* Asked of a job. Descriptors: 0 the staging directory, 1 (load, import) the archive, (push) the blobs. */
#define JOB_DIR_MANIFEST "dir-manifest.json" /* copy: the member that is the manifest of a directory */

struct worker_request {
	char *reference; /* normalised */
	struct worker_network network;
	char *platform;	     /* os/architecture[/variant]; NULL: this machine's */
	struct strv layers;  /* diffIDs that need not be unpacked again */
	struct strv blobs;   /* digests that need not be stored again */
	struct strv words;   /* push: the tags; other jobs: their operands */
	char *manifest, *manifest_type, *manifest_digest; /* push: the document, its media type and digest */
	struct strv sources; /* push: repositories of the same registry that may hold the blobs */
	char *config;	     /* import: the config document to be completed with the layer */
};

extern const struct decode_table worker_request_table;

struct worker_progress {
	char *object, *status;
	uint64_t current, total;
};

extern const struct decode_table worker_progress_table;

/* Something in a layer that takes privilege to make: applied by the client after the layer is complete. */
enum worker_special_kind { SPECIAL_NONE, SPECIAL_OPAQUE, SPECIAL_CHAR, SPECIAL_BLOCK, SPECIAL_KINDS };

struct worker_special {
	char *layer; /* diffID */
	char *path;  /* relative to the layer's root */
	int kind;    /* enum worker_special_kind */
	uint32_t mode, uid, gid, major, minor;
	int64_t mtime; /* seconds */
};

extern const struct decode_table worker_special_table;

struct worker_layer {
	char *diff_id;
	uint64_t size;	      /* bytes of its files */
	uint32_t greatest_id; /* greatest uid or gid */
};

extern const struct decode_table worker_layer_table;

struct worker_image {
	char *record;	   /* an image record as JSON text */
	struct strv names; /* normalised references, maybe none */
};

extern const struct decode_table worker_image_table;

struct worker_text {
	char *kind; /* what it is: "tag", "digest", ... */
	char *text;
	uint64_t number;
};

extern const struct decode_table worker_text_table;

struct worker_result {
	uint32_t images; /* how many were announced */
};

extern const struct decode_table worker_result_table;

struct worker_error {
	int code; /* enum err_code */
	int number;
	char *text;
};

extern const struct decode_table worker_error_table;
