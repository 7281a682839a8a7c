/* SPDX-License-Identifier: Apache-2.0 */

/* Frames as a hostile worker may send them, and their bodies through every table. */

#include <stdint.h>

#include "formats/worker_msg.h"

static const struct {
	enum worker_msg_type type;
	const struct decode_table *table;
} bodies[] = {
	{ WORKER_REQUEST, &worker_request_table }, { WORKER_PROGRESS, &worker_progress_table },
	{ WORKER_SPECIAL, &worker_special_table }, { WORKER_LAYER, &worker_layer_table },
	{ WORKER_IMAGE, &worker_image_table },	   { WORKER_ERROR, &worker_error_table },
	{ WORKER_TEXT, &worker_text_table },
};

union any_body {
	struct worker_request request;
	struct worker_progress progress;
	struct worker_special special;
	struct worker_layer layer;
	struct worker_image image;
	struct worker_error error;
	struct worker_text text;
};

static void decode_body(const struct worker_msg *msg)
{
	union any_body body;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		if (bodies[i].type == msg->type && decode_text(bodies[i].table, msg->json, msg->len, &body, &e) == 0)
			decode_done(bodies[i].table, &body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	struct worker_msg msg;
	struct err e = ERR_INIT;
	size_t used;

	while (worker_msg_parse(at, size, &msg, &used, &e) == 1) {
		decode_body(&msg);
		at += used;
		size -= used;
	}
	return 0;
}
