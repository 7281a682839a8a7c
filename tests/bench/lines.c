/* SPDX-License-Identifier: Apache-2.0 */

/* lines BYTES: that many bytes of 100-byte lines, in writes of 64 KiB: a producer that is faster than any log. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char block[65536 / 100 * 100];
	long long left = argc > 1 ? strtoll(argv[1], NULL, 10) : 0;

	memset(block, 'x', sizeof(block));
	for (size_t i = 99; i < sizeof(block); i += 100)
		block[i] = '\n';
	while (left > 0) {
		ssize_t n = write(1, block, left < (long long)sizeof(block) ? (size_t)left : sizeof(block));

		if (n < 0)
			return 1;
		left -= n;
	}
	return 0;
}
