/* SPDX-License-Identifier: Apache-2.0 */

/* Go's names of architectures, which images use. */

#include "oci/platform.h"

DECODE_TABLE(oci_platform_table, struct oci_platform,
	DECODE_ROW(struct oci_platform, "os", os, DECODE_STRING),
	DECODE_ROW(struct oci_platform, "architecture", architecture, DECODE_STRING),
	DECODE_ROW(struct oci_platform, "variant", variant, DECODE_STRING),
);

#if defined(__x86_64__)
static const char architecture[] = "amd64";
#elif defined(__aarch64__)
static const char architecture[] = "arm64";
#endif

const char *oci_platform_architecture(void)
{
	return architecture;
}

bool oci_platform_matches(const struct oci_platform *p)
{
	return p->os && str_eq(p->os, "linux") && p->architecture && str_eq(p->architecture, architecture);
}
