/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An answer as it goes over the wire, and as it stands in the log. */

#include "registry/exchange.h"

/* Appends status line and fields, up to the empty line. */
void answer_print(const struct answer *a, struct str *to);

/* One line: peer, method, path, status, bytes, time. */
void answer_log(const struct answer *a, const struct http1_request *request, const char *peer, int64_t nanoseconds);
