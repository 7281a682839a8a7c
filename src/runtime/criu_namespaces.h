/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Namespaces that a container shares with others by path: criu leaves them alone and is given them again at the restore. */

#include "base/str.h"
#include "oci/spec.h"

/* What criu cannot do for a configuration, by name. */
int criu_namespaces_check(const struct oci_spec *spec, struct err *e);

int criu_namespaces_save(const struct oci_spec *spec, struct str *options, struct err *e);

/* The namespaces that criu is to inherit: descriptors here, `first` and what follows there. */
struct criu_namespaces { int fds[2]; size_t n; };

int criu_namespaces_restore(const struct oci_spec *spec, int first, struct criu_namespaces *ret, struct str *options,
			    struct err *e);
void criu_namespaces_done(struct criu_namespaces *namespaces);
