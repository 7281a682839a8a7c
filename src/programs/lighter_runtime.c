/* SPDX-License-Identifier: Apache-2.0 */

/* lighter-runtime: the OCI runtime. */

#include <malloc.h>

#include "base/log.h"
#include "runtime/command/command.h"

int main(int argc, char **argv)
{
	/* The heap of a short life grows once and never shrinks. */
	(void)mallopt(M_TOP_PAD, 512 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
	log_init("lighter-runtime", 2, LOG_LEVEL_WARN);
	return command_main(argc, argv);
}
