/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a repository is to be reached, and with what: what the worker is told of the network. */

#include "formats/worker_msg.h"
#include "image/image.h"

/* Fills ret->endpoints, the proxies and the limits for `reference` (normalised). */
int endpoint_network(const struct image_remote *remote, const char *reference, struct worker_network *ret, struct err *e);

/* The same for a host alone, without what is known of a login. */
int endpoint_host(const struct image_remote *remote, const char *host, struct worker_network *ret, struct err *e);
