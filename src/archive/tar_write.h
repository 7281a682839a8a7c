/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Members of a tar archive of our own making: ustar, owned by 0, of the epoch, so that equal content is an equal archive.
 * Pure: headers and padding as bytes; the content between them is the caller's to write.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* Appends the header of a file or (a name that ends in a slash) of a directory. Names of at most 100 bytes. */
int tar_write_header(struct str *to, const char *name, uint64_t size, struct err *e);
void tar_write_padding(struct str *to, uint64_t size); /* behind `size` bytes of content */
void tar_write_end(struct str *to);
