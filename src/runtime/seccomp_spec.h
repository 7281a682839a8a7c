/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* linux.seccomp as a filter; a launch record without one names lighter's own default profile, which depends on the
 * bounding capabilities. */

#include "formats/launch.h"
#include "linux/seccomp.h"

int seccomp_spec_compile(const struct oci_spec *spec, const struct launch *launch, uint64_t capabilities,
			 struct seccomp_program *ret, struct err *e);

/* The words that a profile may use, by number; NULL past the last. */
const char *seccomp_spec_action(size_t i);
const char *seccomp_spec_operator(size_t i);
const char *seccomp_spec_arch(size_t i);
const char *seccomp_spec_flag(size_t i);
