/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The jobs of lighter-worker on images. Requests and answers: formats/worker_msg.h. */

#include "worker/job.h"

int fetch_pull(struct job_context *ctx, struct err *e); /* request: reference, plain_http */
int fetch_load(struct job_context *ctx, struct err *e); /* input: an archive */
int fetch_import(struct job_context *ctx, struct err *e); /* request: config; input: a root file system's tar */
