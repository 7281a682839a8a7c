/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Short records go through a table of 16 entries, a nibble a step: no start-up cost, one cache line. Longer input uses
 * SSE 4.2 or the ARMv8 CRC extension. Whether the processor has it is asked once, and only when something long comes:
 * CPUID may trap in a virtual machine.
 */

#include "base/crc32c.h"

#include <string.h>

enum { CRC_LONG = 64 };

static const uint32_t nibbles[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t crc_short(uint32_t crc, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		crc = (crc >> 4) ^ nibbles[crc & 15];
		crc = (crc >> 4) ^ nibbles[crc & 15];
	}
	return crc;
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <nmmintrin.h>

static int crc_has_instruction(void)
{
	unsigned a, b, c = 0, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2);
}

__attribute__((target("sse4.2"))) static uint32_t crc_fast(uint32_t crc, const uint8_t *bytes, size_t len)
{
	uint64_t wide = crc, word;

	for (; len >= sizeof(word); len -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		wide = _mm_crc32_u64(wide, word);
	}
	return crc_short((uint32_t)wide, bytes, len);
}

#elif defined(__aarch64__)

#include <arm_acle.h>
#include <sys/auxv.h>

static int crc_has_instruction(void)
{
	return (getauxval(AT_HWCAP) & (1U << 7)) != 0; /* HWCAP_CRC32 */
}

__attribute__((target("+crc"))) static uint32_t crc_fast(uint32_t crc, const uint8_t *bytes, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		crc = __crc32cd(crc, word);
	}
	return crc_short(crc, bytes, len);
}

#else
#error "lighter runs on x86-64 and aarch64"
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
	static int has; /* 0: not asked yet; a property of the machine, so a static is no state */

	if (len >= CRC_LONG && !has)
		has = crc_has_instruction() ? 1 : -1;
	return ~(len >= CRC_LONG && has > 0 ? crc_fast(~crc, bytes, len) : crc_short(~crc, bytes, len));
}
