/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * images/index.json and images/oci-layout: the store's images as an OCI image layout, so that other tools can read what
 * lighter keeps. Generated; lists complete images only. The caller holds the content lock.
 */

#include "base/err.h"
#include "store/store.h"

int index_write(struct store *store, struct err *e);
