/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Times: nanoseconds since the epoch in records, CLOCK_BOOTTIME for timers and deadlines, so that a stepped wall clock
 * changes no wait. */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NSEC_PER_SEC INT64_C(1000000000)
#define NSEC_PER_MSEC INT64_C(1000000)

int64_t clock_wall(void); /* nanoseconds UTC */
int64_t clock_boot(void); /* nanoseconds since boot, suspended time included */

/* RFC 3339 with nine fractional digits and Z, as Docker writes it; "0001-01-01T00:00:00Z" for 0. */
enum { CLOCK_TEXT = 64 };
char *clock_format(int64_t wall, char to[static CLOCK_TEXT]);

/* The boot's id of /proc/sys/kernel/random/boot_id, 36 characters. */
enum { BOOT_ID_TEXT = 37 };
int clock_boot_id(char to[static BOOT_ID_TEXT], struct err *e);
