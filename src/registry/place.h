/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A small file of a repository, put in their place in one step and durably. It is written in uploads/ first: it is the one
 * directory in which the confined server may write to files (confine.h).
 */

#include <stddef.h>

#include "registry/registry.h"

/* Replaces NAME in a directory of the repository, which is made when need be: 0 or -errno. */
int place_text(const struct registry *r, const char *repository, const char *directory, const char *name, const char *text,
	       size_t len);
