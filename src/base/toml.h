/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * TOML 1.0, as a JSON document: what reads configuration reads one kind of tree, by the tables of base/decode. Dates and
 * times become strings; inf and nan, which JSON does not have, are refused. Pure; limits: 64 levels, 1 MiB of text.
 */

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

enum { TOML_MAX = 1 << 20, TOML_DEPTH = 64 };

/* Appends the document to `json`. An error names the line. */
int toml_to_json(const char *text, size_t len, struct str *json, struct err *e);
