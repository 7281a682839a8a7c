/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the server gives up before it reads a foreign byte: all capabilities, new privileges, and (Landlock, Linux 5.19) every
 * file outside the registry. Inside it may write to files below uploads/ only: what has been published is never written
 * again, not even by a server that was taken over.
 */

#include "registry/registry.h"

int confine(const struct registry *r, struct err *e);
