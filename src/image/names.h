/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* References as the store keeps them (docker.io/library/alpine:latest) and as people read them (alpine:latest). */

#include "base/err.h"

int names_normalise(const char *typed, char **ret, struct err *e);
char *names_familiar(const char *normal); /* owned; NULL when out of memory */
