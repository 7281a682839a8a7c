/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Quantities as people type them and as Docker reads them: integers, byte sizes, decimals, durations, points in time.
 * All return 0, -EINVAL for a text of another shape and -ERANGE for a number that does not fit. None looks at a locale.
 */

#include <stdint.h>

int quantity_i64(const char *text, int64_t *ret);

/* "512", "512b", "1.5g", "64KiB": powers of 1024, the unit's case does not matter. Fractions of a byte are dropped. */
int quantity_size(const char *text, int64_t *ret_bytes);

/* A decimal as billionths: "0.5" is 500000000. More than nine digits behind the point are -EINVAL unless they are 0. */
int quantity_nano(const char *text, int64_t *ret);

/* Go's durations, "1h30m", "1.5s", "250ms"; "0" needs no unit. Nanoseconds, may be negative. */
int quantity_duration(const char *text, int64_t *ret);

/* A point in time: a duration before `now`, RFC 3339 (also only its front: "2024-05-01", UTC then), or seconds since the
 * epoch with a fraction. Nanoseconds UTC. */
int quantity_time(const char *text, int64_t now, int64_t *ret);
