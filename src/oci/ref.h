/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Image references, Docker's grammar: [HOST[:PORT]/]PATH[:TAG][@DIGEST]. Normal form: docker.io and library/ are written
 * out, a missing tag (without a digest) is latest.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { REF_MAX = 1024 };

struct oci_ref {
	char *host;	  /* docker.io, 127.0.0.1:5000 */
	char *repository; /* library/alpine */
	char *tag;	  /* NULL with a digest only */
	char *digest;	  /* sha256:..., or NULL */
};

int oci_ref_parse(const char *text, struct oci_ref *ret, struct err *e);
void oci_ref_done(struct oci_ref *ref);

/* Names in themselves, of `len` bytes. */
bool oci_repository_valid(const char *text, size_t len);
bool oci_tag_valid(const char *text, size_t len);

/* docker.io/library/alpine:latest; owned, NULL when out of memory. */
char *oci_ref_format(const struct oci_ref *ref);
/* As people write it: alpine:latest. */
char *oci_ref_familiar(const struct oci_ref *ref);
