/* SPDX-License-Identifier: Apache-2.0 */

/* lighter-monitor N: started by the engine for one container, with the descriptors that monitor/keeper.h names. */

#include <stdio.h>

#include "monitor/keeper.h"

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long n = argc == 2 ? strtoul(argv[1], &end, 10) : 0;

	if (!end || *end || end == argv[1] || n > KEEPER_CGROUPS_MAX) {
		(void)fprintf(stderr, "lighter-monitor: is started by lighter, not by hand\n");
		return 2;
	}
	return keeper_start((unsigned)n) < 0 ? 1 : 0;
}
