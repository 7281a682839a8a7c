/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "registry/exchange.h"

/* Finds the row for the request's method and path and fills x->route, x->repository, x->target; answers when there is none. */
void router_find(struct exchange *x);
