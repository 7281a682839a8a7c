/* SPDX-License-Identifier: Apache-2.0 */

#include <sys/utsname.h>

#include "cli/command.h"
#include "cli/output/out.h"

static const struct opt rows[] = {
	OPT_LATER("format", 'f', text),
};
OPT_TABLE(options_table, rows);

static int version_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct utsname host;

	if (uname(&host) < 0)
		return err_sys(e, errno, "uname");
	str_add(&text, "lighter\n Version:    " LIGHTER_VERSION "\n");
	str_addf(&text, " Compiler:   %s\n", __VERSION__);
	str_addf(&text, " OS/Arch:    linux/%s\n", host.machine);
	str_addf(&text, " Kernel:     %s\n", host.release);
	return out_str(&text, e);
}

const struct command system_version = {
	.operands = "[OPTIONS]",
	.summary = "Show version information",
	.options = &options_table,
	.run = version_run,
};
