/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CRC-32C (Castagnoli), the checksum of our own records: with the processor's instruction where there is one. */

#include <stddef.h>
#include <stdint.h>

/* Continues from `crc`; 0 to begin. crc32c(crc32c(0, a), b) is the checksum of a followed by b. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);
