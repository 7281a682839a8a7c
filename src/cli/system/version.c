/* SPDX-License-Identifier: Apache-2.0 */

#include <sys/utsname.h>

#include "cli/command.h"
#include "cli/output/format.h"
#include "cli/output/out.h"
#include "oci/platform.h"

struct version_options { char *format; };

static const struct opt rows[] = {
	OPT(struct version_options, format, "format", 'f', text, "Format output: 'json', or a Go template"),
};
OPT_TABLE(options_table, rows);

/* Docker's client and server are one here: scripts ask either for its version. */
static int print_document(const char *format, const struct utsname *host, struct err *e)
{
	static const char *const parts[] = { "Client", "Server" };
	autostr struct str document = STR_INIT, text = STR_INIT;
	struct json_writer w = { .out = &document };

	json_object_begin(&w, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		json_object_begin(&w, parts[i]);
		json_add_string(&w, "Version", LIGHTER_VERSION);
		json_add_string(&w, "Os", "linux");
		json_add_string(&w, "Arch", oci_platform_architecture());
		json_add_string(&w, "Compiler", __VERSION__);
		json_add_string(&w, "KernelVersion", host->release);
		json_object_end(&w);
	}
	json_object_end(&w);
	return format_document(format, &document, &text, e) < 0 ? -1 : format_out(&text, e);
}

static int version_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct version_options *o = options;
	autostr struct str text = STR_INIT;
	struct utsname host;

	if (uname(&host) < 0)
		return err_sys(e, errno, "uname");
	if (o->format)
		return print_document(o->format, &host, e);
	str_add(&text, "lighter\n Version:    " LIGHTER_VERSION "\n");
	str_addf(&text, " Compiler:   %s\n", __VERSION__);
	str_addf(&text, " OS/Arch:    linux/%s\n", host.machine);
	str_addf(&text, " Kernel:     %s\n", host.release);
	return out_str(&text, e);
}

static void version_done(void *options)
{
	free(((struct version_options *)options)->format);
}

const struct command system_version = {
	.operands = "[OPTIONS]",
	.summary = "Show version information",
	.options = &options_table,
	.size = sizeof(struct version_options),
	.run = version_run,
	.done = version_done,
};
