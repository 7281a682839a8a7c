/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Decompression as a source over a source: the first bytes say which format it is (gzip, zstd, none). */

#include "archive/source.h"

struct decompress;

int decompress_new(struct source *from, struct decompress **ret, struct err *e);
struct source *decompress_source(struct decompress *d);
const char *decompress_format(const struct decompress *d); /* "gzip", "zstd", "none" */
void decompress_free(struct decompress *d);
