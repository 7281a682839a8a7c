/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/runtime.h"

/* What a spec must have before anything is made; what is wrong is named by its path in the document. */
int validate_spec(const struct oci_spec *spec, struct err *e);
int validate_process(const struct oci_process *process, struct err *e);

/* validate_linux.c: parts of validate_spec. */
int validate_namespaces(const struct oci_spec *spec, struct err *e);
int validate_mounts(const struct oci_spec *spec, struct err *e);
