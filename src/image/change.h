/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `--change`: one Dockerfile instruction on an image's config, as Docker takes it for import and commit: CMD, ENTRYPOINT, ENV,
 * EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR. Pure.
 */

#include "base/err.h"
#include "oci/image_config.h"

int change_apply(const char *instruction, struct oci_image_runtime *to, struct err *e);
