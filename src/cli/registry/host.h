/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The registry that `login` and `logout` name: "https://quay.io/", "quay.io"; NULL: Docker Hub. */

#include "base/err.h"

int registry_host(const char *typed, char **ret, struct err *e);
