/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The jobs of lighter-worker on images. Requests and answers: formats/worker_msg.h. */

#include "worker/job.h"

int fetch_pull(struct job_context *ctx, struct err *e); /* request: reference, network, platform */
int fetch_login(struct job_context *ctx, struct err *e); /* request: network with one endpoint and its login */
int fetch_push(struct job_context *ctx, struct err *e);  /* request: see fetch/push.c; input: the blobs */
int fetch_tags(struct job_context *ctx, struct err *e);  /* request: network; answers: a text "tag" each */
int fetch_load(struct job_context *ctx, struct err *e); /* input: an archive */
int fetch_import(struct job_context *ctx, struct err *e); /* request: config; input: a root file system's tar */
/* Reads an archive as load does and announces its images, blobs verified and left in the staging directory. Blobs may be in
 * the staging directory before; request: reference, the one image to take; input: also a tar of index.json and oci-layout alone,
 * or of a manifest under the name JOB_DIR_MANIFEST. */
int fetch_copy(struct job_context *ctx, struct err *e);
