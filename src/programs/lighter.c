/* SPDX-License-Identifier: Apache-2.0 */

/* The command line. All it maps besides libc is SQLite: nothing that talks to a registry or reads foreign bytes. */

#include "cli/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
