/* SPDX-License-Identifier: Apache-2.0 */

/* lighter-systemd: one call of systemd's manager, started by lighter-runtime. Its exit status is the error's code, its
 * only line the error's text. */

#include <stdio.h>

#include "systemd/unit.h"

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	if (unit_main(argv + 1, argc > 0 ? (size_t)argc - 1 : 0, &e) == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", e.text);
	return e.code;
}
