/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What lighter-systemd does, one verb a start of the program:
 *
 *   lighter-systemd [--user] [--timeout SECONDS] VERB UNIT [WORD...]
 *
 *   start UNIT PROPERTY...   a transient unit; returns when systemd has started it
 *   set UNIT PROPERTY...     properties of a running unit
 *   attach UNIT PID [PATH]   moves a process into a unit, or into a group below its own
 *   stop UNIT                kills what is left in it, stops it and forgets its failure; a missing unit is no error
 *
 * Properties are those of systemd/property.h.
 */

#include "base/err.h"

int unit_main(char **argv, size_t argc, struct err *e);
