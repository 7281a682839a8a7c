/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Platforms as images name them. */

#include <stdbool.h>

#include "base/decode.h"
#include "base/str.h"

struct oci_platform {
	char *os, *architecture, *variant;
};

extern const struct decode_table oci_platform_table;

void oci_platform_done(struct oci_platform *p);

/* "linux/arm/v7", "arm64", "linux": what is not said is this machine's. Other tools' names of architectures are taken. */
int oci_platform_parse(const char *text, struct oci_platform *ret, struct err *e);

/* How well what is offered serves what is wanted: 0 not at all, the greatest best. */
unsigned oci_platform_score(const struct oci_platform *wanted, const struct oci_platform *offered);

/* Appends "os/architecture[/variant]". */
void oci_platform_print(const struct oci_platform *p, struct str *to);

/* Can this machine run it? */
bool oci_platform_matches(const struct oci_platform *p);
const char *oci_platform_architecture(void); /* of this build: "amd64", "arm64" */
