/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Properties of a unit as words of a command line, in busctl's way: NAME SIGNATURE VALUE..., where the values follow each
 * other flat and an array begins with the number of its elements:
 *
 *   TasksMax t 33      Delegate b true      DeviceAllow a(ss) 2 /dev/null rw char-pts rw      AllowedCPUs ay 1 3
 *
 * or as NAME = TEXT, the text being GVariant's (systemd/variant.h); a name in ...Sec is then ...USec with the value in
 * seconds, as in unit files:
 *
 *   CollectMode = "'inactive-or-failed'"      TimeoutStopSec = 5
 */

#include <systemd/sd-bus.h>

#include "base/err.h"

/* Appends what the words up to their NULL say as the a(sv) that systemd's methods take. */
int property_append_all(sd_bus_message *to, const char *const *words, struct err *e);
