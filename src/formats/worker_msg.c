/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Frames and bodies of the worker's protocol. The parser is pure and refuses early: a header that announces too much,
 * another version or an unknown type fails before a byte of the body is waited for.
 */

#include "formats/worker_msg.h"

#include <endian.h>
#include <string.h>

#include "base/io.h"

static const char *const names[WORKER_MSG_TYPES] = {
	[WORKER_REQUEST] = "request", [WORKER_PROGRESS] = "progress", [WORKER_SPECIAL] = "special",
	[WORKER_LAYER] = "layer",     [WORKER_IMAGE] = "image",	      [WORKER_RESULT] = "result",
	[WORKER_ERROR] = "error",     [WORKER_TEXT] = "text",
};

struct worker_header {
	uint32_t len; /* little endian */
	uint8_t version, type;
	uint16_t zero;
};
_Static_assert(sizeof(struct worker_header) == WORKER_MSG_HEADER, "the header has no holes");

const char *worker_msg_name(enum worker_msg_type type)
{
	return (unsigned)type < WORKER_MSG_TYPES ? names[type] : "unknown";
}

void worker_msg_frame(enum worker_msg_type type, const char *json, size_t len, struct str *to)
{
	struct worker_header header = { .version = WORKER_MSG_VERSION, .type = (uint8_t)type };

	if (len > WORKER_MSG_MAX) {
		to->failed = true;
		return;
	}
	header.len = htole32((uint32_t)len);
	str_add_bytes(to, &header, sizeof(header));
	str_add_bytes(to, json, len);
}

static int header_check(const struct worker_header *header, struct err *e)
{
	if (header->version != WORKER_MSG_VERSION || header->zero)
		return err_set(e, ERR_INVALID, "worker message: version %u is not known", header->version);
	if (header->type >= WORKER_MSG_TYPES)
		return err_set(e, ERR_INVALID, "worker message: type %u is not known", header->type);
	if (le32toh(header->len) > WORKER_MSG_MAX)
		return err_set(e, ERR_INVALID, "worker message: %u bytes are more than %d", le32toh(header->len),
			       WORKER_MSG_MAX);
	return 0;
}

int worker_msg_parse(const char *bytes, size_t len, struct worker_msg *ret, size_t *ret_used, struct err *e)
{
	struct worker_header header;
	size_t body;

	if (len < sizeof(header))
		return 0;
	memcpy(&header, bytes, sizeof(header));
	if (header_check(&header, e) < 0)
		return -1;
	body = le32toh(header.len);
	if (len - sizeof(header) < body)
		return 0;
	*ret = (struct worker_msg){ .type = header.type, .json = bytes + sizeof(header), .len = body };
	*ret_used = sizeof(header) + body;
	return 1;
}

int worker_msg_send(int sock, enum worker_msg_type type, const struct decode_table *table, const void *body)
{
	autostr struct str json = STR_INIT, frame = STR_INIT;
	struct json_writer w = { .out = &json };

	encode(table, body, &w, NULL);
	worker_msg_frame(type, str_text(&json), json.len, &frame);
	if (json.failed || frame.failed)
		return -ENOMEM;
	return io_write_full(sock, frame.data, frame.len);
}

int worker_msg_read(int sock, struct str *to, struct worker_msg *ret, struct err *e)
{
	struct worker_header header;
	size_t used, body;
	char *at;
	int r;

	str_clear(to);
	r = io_read_full(sock, &header, sizeof(header));
	if (r == -ENODATA)
		return 0;
	if (r < 0)
		return err_sys(e, -r, "read worker message");
	if (header_check(&header, e) < 0)
		return -1;
	str_add_bytes(to, &header, sizeof(header));
	body = le32toh(header.len);
	at = str_reserve(to, body);
	if (!at)
		return err_nomem(e);
	r = io_read_full(sock, at, body);
	if (r < 0)
		return err_sys(e, -r, "read worker message");
	to->len += body;
	to->data[to->len] = '\0';
	return worker_msg_parse(to->data, to->len, ret, &used, e);
}

/* ---- bodies ---- */

#define ENDPOINT(name, member, kind, ...) DECODE_ROW(struct worker_endpoint, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(endpoint_table, struct worker_endpoint,
	ENDPOINT("host", host, DECODE_STRING, .flags = DECODE_REQUIRED),
	ENDPOINT("repository", repository, DECODE_STRING),
	ENDPOINT("plain", plain, DECODE_BOOL),
	ENDPOINT("either", either, DECODE_BOOL),
	ENDPOINT("insecure", insecure, DECODE_BOOL),
	ENDPOINT("ca", ca, DECODE_STRING),
	ENDPOINT("cert", cert, DECODE_STRING),
	ENDPOINT("key", key, DECODE_STRING),
	ENDPOINT("user", user, DECODE_STRING),
	ENDPOINT("password", password, DECODE_STRING),
	ENDPOINT("token", token, DECODE_STRING),
);

#define NETWORK(name, member, kind, ...) DECODE_ROW(struct worker_network, name, member, kind, ##__VA_ARGS__)

PRIVATE_TABLE(network_table, struct worker_network,
	NETWORK("endpoints", endpoints, DECODE_ARRAY, .table = &endpoint_table),
	NETWORK("httpProxy", http_proxy, DECODE_STRING),
	NETWORK("httpsProxy", https_proxy, DECODE_STRING),
	NETWORK("noProxy", no_proxy, DECODE_STRING),
	NETWORK("stall", stall, DECODE_U32),
	NETWORK("tries", tries, DECODE_U32),
	NETWORK("delay", delay, DECODE_U32),
);

#define REQUEST(name, member, kind, ...) DECODE_ROW(struct worker_request, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(worker_request_table, struct worker_request,
	REQUEST("reference", reference, DECODE_STRING),
	REQUEST("network", network, DECODE_OBJECT, .table = &network_table),
	REQUEST("platform", platform, DECODE_STRING),
	REQUEST("layers", layers, DECODE_STRV),
	REQUEST("blobs", blobs, DECODE_STRV),
	REQUEST("words", words, DECODE_STRV),
	REQUEST("manifest", manifest, DECODE_STRING),
	REQUEST("manifestType", manifest_type, DECODE_STRING),
	REQUEST("manifestDigest", manifest_digest, DECODE_STRING),
	REQUEST("sources", sources, DECODE_STRV),
	REQUEST("config", config, DECODE_STRING),
);

#define PROGRESS(name, member, kind, ...) DECODE_ROW(struct worker_progress, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(worker_progress_table, struct worker_progress,
	PROGRESS("object", object, DECODE_STRING, .flags = DECODE_REQUIRED),
	PROGRESS("status", status, DECODE_STRING, .flags = DECODE_REQUIRED),
	PROGRESS("current", current, DECODE_U64),
	PROGRESS("total", total, DECODE_U64),
);

static const char *const special_words[] = {
	[SPECIAL_NONE] = "",	   [SPECIAL_OPAQUE] = "opaque", [SPECIAL_CHAR] = "char",
	[SPECIAL_BLOCK] = "block", [SPECIAL_KINDS] = NULL,
};

#define SPECIAL(name, member, kind, ...) DECODE_ROW(struct worker_special, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(worker_special_table, struct worker_special,
	SPECIAL("layer", layer, DECODE_STRING, .flags = DECODE_REQUIRED),
	SPECIAL("path", path, DECODE_STRING, .flags = DECODE_REQUIRED),
	SPECIAL("kind", kind, DECODE_ENUM, .flags = DECODE_REQUIRED, .words = special_words),
	SPECIAL("mode", mode, DECODE_U32),
	SPECIAL("uid", uid, DECODE_U32),
	SPECIAL("gid", gid, DECODE_U32),
	SPECIAL("major", major, DECODE_U32),
	SPECIAL("minor", minor, DECODE_U32),
	SPECIAL("mtime", mtime, DECODE_I64),
);

#define LAYER(name, member, kind, ...) DECODE_ROW(struct worker_layer, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(worker_layer_table, struct worker_layer,
	LAYER("diffId", diff_id, DECODE_STRING, .flags = DECODE_REQUIRED),
	LAYER("size", size, DECODE_U64),
	LAYER("greatestId", greatest_id, DECODE_U32),
);

#define IMAGE(name, member, kind, ...) DECODE_ROW(struct worker_image, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(worker_image_table, struct worker_image,
	IMAGE("record", record, DECODE_STRING, .flags = DECODE_REQUIRED),
	IMAGE("names", names, DECODE_STRV),
);

RECORD_TABLE(worker_text_table, struct worker_text,
	DECODE_ROW(struct worker_text, "kind", kind, DECODE_STRING, .flags = DECODE_REQUIRED),
	DECODE_ROW(struct worker_text, "text", text, DECODE_STRING, .flags = DECODE_REQUIRED),
	DECODE_ROW(struct worker_text, "number", number, DECODE_U64),
);

RECORD_TABLE(worker_result_table, struct worker_result,
	DECODE_ROW(struct worker_result, "images", images, DECODE_U32, .flags = DECODE_ALWAYS),
);

#define ERROR(name, member, kind, ...) DECODE_ROW(struct worker_error, name, member, kind, ##__VA_ARGS__)

RECORD_TABLE(worker_error_table, struct worker_error,
	ERROR("code", code, DECODE_I32, .flags = DECODE_REQUIRED | DECODE_ALWAYS),
	ERROR("number", number, DECODE_I32),
	ERROR("text", text, DECODE_STRING, .flags = DECODE_REQUIRED),
);
