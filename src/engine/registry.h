/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The registry server over this instance's files: a program of its own, because it reads foreign bytes and speaks TLS. */

#include "engine/engine.h"
#include "formats/registry_config.h"

/* Becomes lighter-registry; returns only when that fails. What `config` leaves open (root, images) is the instance's. */
int engine_registry_serve(struct engine *engine, const struct registry_config *config, struct err *e);
