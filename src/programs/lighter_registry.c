/* SPDX-License-Identifier: Apache-2.0 */

/* lighter-registry CONFIG: the server that `lighter registry serve` becomes; CONFIG is formats/registry_config.h's. */

#include <stdio.h>
#include <unistd.h>

#include "registry/server.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fprintf(stderr, "lighter-registry: is started by 'lighter registry serve', not by hand\n");
		return 2;
	}
	/* Its memory is closed to others, also to what looks for leaks at an ordinary end. */
	_exit(server_main(argv[1]));
}
