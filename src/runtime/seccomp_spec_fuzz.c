/* SPDX-License-Identifier: Apache-2.0 */

/*
 * linux.seccomp to a filter, twice: the bytes as the document itself, which compiles or is refused with a sentence; and the
 * bytes as the choices of a profile that libseccomp compiles as well.
 */

#include "base/fuzz.h"
#include "runtime/seccomp_spec_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seccomp_program program = { .filter = NULL };
	struct err e = ERR_INIT;

	if (size > 0 && data[0] == '{') {
		if (spec_model_compile((const char *)data, size, &program, &e) < 0 && (e.code == ERR_NONE || !e.text[0]))
			abort();
		(void)seccomp_spec_asks(&program);
		seccomp_program_done(&program);
		return 0;
	}
	(void)spec_model_compare(data, size);
	return 0;
}
