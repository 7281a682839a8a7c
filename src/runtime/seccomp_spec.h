/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * linux.seccomp as a filter (config-linux.md, "Seccomp"); a launch record without one names lighter's own default
 * profile, which depends on the bounding capabilities.
 */

#include "base/word.h"
#include "formats/launch.h"
#include "linux/seccomp.h"

/* The words of the document, all that are known. */
extern const struct words seccomp_spec_actions, seccomp_spec_operators, seccomp_spec_arches, seccomp_spec_flags;

int seccomp_spec_compile(const struct oci_spec *spec, const struct launch *launch, uint64_t capabilities,
			 struct seccomp_program *ret, struct err *e);

/* Does the filter ask: is there a listener to be given away? */
bool seccomp_spec_asks(const struct seccomp_program *program);
