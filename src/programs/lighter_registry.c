/* SPDX-License-Identifier: Apache-2.0 */

/* lighter-registry CONFIG: the server that `lighter registry serve` becomes; CONFIG is formats/registry_config.h's. */

#include <stdio.h>

#include "registry/server.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fprintf(stderr, "lighter-registry: is started by 'lighter registry serve', not by hand\n");
		return 2;
	}
	return server_main(argv[1]);
}
