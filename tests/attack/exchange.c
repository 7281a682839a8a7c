/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The attacker of a path race: exchanges two names of a directory as fast as it can, until it is killed.
 *   exchange DIR A B
 */

#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	int dir = argc == 4 ? open(argv[1], O_PATH | O_DIRECTORY) : -1;

	if (dir < 0 || renameat2(dir, argv[2], dir, argv[3], RENAME_EXCHANGE) < 0) {
		perror("exchange");
		return 1;
	}
	for (;;)
		(void)renameat2(dir, argv[2], dir, argv[3], RENAME_EXCHANGE);
}
