/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whole texts to standard output, in one write where the kernel allows; a full disk is an error, not silence. */

#include "base/err.h"
#include "base/str.h"

int out_str(const struct str *text, struct err *e);
int out_line(const char *line, struct err *e);

/* Everything to `fd`, also when somebody else made it non-blocking: 0 or -errno. */
int out_bytes(int fd, const void *bytes, size_t len);
