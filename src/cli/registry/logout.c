/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/output/out.h"
#include "cli/registry/host.h"
#include "image/credential.h"
#include "oci/ref.h"

int registry_host(const char *typed, char **ret, struct err *e)
{
	const char *host = typed ? typed : "docker.io";
	autofree char *name = NULL;
	struct oci_ref ref;
	size_t n;

	if (strstr(host, "://"))
		host = strstr(host, "://") + 3;
	n = strcspn(host, "/");
	/* The grammar of a reference's host is the one that counts: a name without a dot needs its port. */
	name = str_format("%.*s/x", (int)n, host);
	if (!name)
		return err_nomem(e);
	if (oci_ref_parse(name, &ref, NULL) < 0 || (str_eq(ref.host, "docker.io") && !str_ends(name, "docker.io/x")))
		return err_set(e, ERR_INVALID, "'%.200s' is not the name of a registry", typed);
	*ret = take_ptr(ref.host);
	oci_ref_done(&ref);
	return 0;
}

struct logout_options { char *authfile; };

static const struct opt rows[] = {
	OPT(struct logout_options, authfile, "authfile", 0, text, "Path of the file with the logins", .word = "path"),
};
OPT_TABLE(options_table, rows);

static int logout_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	const struct logout_options *o = options;
	autofree char *host = NULL, *line = NULL;
	int r;

	if (registry_host(n ? operands[0] : NULL, &host, e) < 0)
		return -1;
	r = credential_erase(o->authfile, host, e);
	if (r < 0)
		return -1;
	line = str_format("%s %s", r ? "Removing login credentials for" : "Not logged in to", host);
	return line ? out_line(line, e) : err_nomem(e);
}

static void logout_done(void *options)
{
	free(((struct logout_options *)options)->authfile);
}

const struct command registry_logout_command = {
	.operands = "[OPTIONS] [SERVER]",
	.summary = "Log out from a registry",
	.options = &options_table,
	.size = sizeof(struct logout_options),
	.max = 1,
	.run = logout_run,
	.done = logout_done,
};
