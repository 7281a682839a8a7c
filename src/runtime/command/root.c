/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/root.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "linux/userns.h"

/* Root of a user namespace that calls itself root is a machine of its own (a nested engine). */
static bool is_machine_root(void)
{
	const char *user = getenv("USER");

	if (geteuid() != 0)
		return false;
	return userns_is_initial() || (user && str_eq(user, "root"));
}

int root_open(const struct command_globals *g, struct runtime_root **ret, struct err *e)
{
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	autofree char *own = NULL;

	if (g->root && strspn(g->root, "/") == strlen(g->root))
		return err_set(e, ERR_INVALID, "--root '%s' is not a directory of our own", g->root);
	if (g->root)
		return runtime_root_open(g->root, ret, e);
	if (!is_machine_root() && runtime_dir && runtime_dir[0])
		own = str_format("%s/lighter-runtime", runtime_dir);
	else
		own = strdup("/run/lighter-runtime");
	return own ? runtime_root_open(own, ret, e) : err_nomem(e);
}
