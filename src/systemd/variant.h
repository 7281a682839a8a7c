/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GVariant's text format, in which annotations give properties of units (org.systemd.property.*): true, 5, uint64 5,
 * 'text', b'bytes', ['a', 'b'], ('a', uint32 1), <5>, @as []. Dictionaries and maybe types are in no unit's property and
 * are refused.
 */

#include "base/err.h"
#include "base/vec.h"

/* Appends the value as the words of systemd/property.h: its signature, then what it holds. */
int variant_parse(const char *text, struct strv *to, struct err *e);

/* The length of the one complete type that a D-Bus signature begins with; 0: there is none. */
size_t variant_type_len(const char *signature);
