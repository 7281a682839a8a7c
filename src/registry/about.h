/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the registry remembers of a manifest beside its bytes, so that serving one parses no JSON: a file of four lines,
 *
 *   media type, subject's digest or nothing, artifact type (as a JSON string) or nothing, descriptor (as JSON)
 *
 * of which the last is what an index of referrers lists.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "registry/digest.h"
#include "registry/document.h"

enum { ABOUT_HEAD = 4096 }; /* the first three lines are not longer */

struct about {
	char media_type[256];
	char subject[DIGEST_TEXT];
	const char *artifact_type; /* borrowed, as JSON, not terminated */
	size_t artifact_type_len;
	size_t descriptor;	   /* where the last line begins */
};

void about_print(const struct document *d, const char *digest, uint64_t size, struct str *to);

/* Reads the head: 0 or -EINVAL. */
int about_parse(const char *text, size_t len, struct about *ret);
