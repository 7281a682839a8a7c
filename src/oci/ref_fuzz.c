/* SPDX-License-Identifier: Apache-2.0 */

/* An accepted reference has a normal form that is accepted and is its own normal form. */

#include <stdint.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "oci/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = strndup((const char *)data, size), *first = NULL, *second = NULL;
	struct oci_ref ref;
	struct err e = ERR_INIT;

	if (!text || oci_ref_parse(text, &ref, &e) < 0)
		return 0;
	first = oci_ref_format(&ref);
	oci_ref_done(&ref);
	if (oci_ref_parse(first, &ref, &e) < 0)
		abort();
	second = oci_ref_format(&ref);
	oci_ref_done(&ref);
	if (!str_eq(first, second))
		abort();
	return 0;
}
