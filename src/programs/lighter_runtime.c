/* SPDX-License-Identifier: Apache-2.0 */

/* lighter-runtime: the OCI runtime. */

#include "base/log.h"
#include "runtime/command/command.h"

int main(int argc, char **argv)
{
	log_init("lighter-runtime", 2, LOG_LEVEL_WARN);
	return command_main(argc, argv);
}
