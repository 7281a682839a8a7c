/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/runtime.h"

/*
 * What a spec must have before anything is made, and what is understood but not supported yet: refused by its name in
 * the document, because an accepted field must have its effect.
 */
int validate_spec(const struct oci_spec *spec, struct err *e);
int validate_process(const struct oci_process *process, struct err *e);

/* The second part alone: ERR_UNSUPPORTED, with the field. The spec has `linux`. */
int validate_support(const struct oci_spec *spec, struct err *e);
