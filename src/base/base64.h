/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* RFC 4648 section 4, with padding. */

#include "base/str.h"

void base64_encode(struct str *to, const void *bytes, size_t len);

/* Strict: the alphabet, whole groups, padding where it belongs and zero bits behind. 0, or -EINVAL and `to` as it was. */
int base64_decode(struct str *to, const char *text, size_t len);
