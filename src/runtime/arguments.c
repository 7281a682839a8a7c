/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/arguments.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/weaken.h"

int arguments_stay_hidden(struct err *e)
{
	if (weakened("dumpable") || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		return 0;
	return err_sys(e, errno, "become undumpable");
}

int arguments_hide(const struct arguments *arguments, const char *title, bool unprivileged, char **ret_saved,
		   struct err *e)
{
	size_t len = strlen(title);
	char *saved;

	*ret_saved = NULL;
	/* An ordinary user can write the id maps of a dumpable child only. It is still safe from the container, which has
	 * no rights outside of its own user namespace. */
	if (!unprivileged && arguments_stay_hidden(e) < 0)
		return -1;
	if (arguments->size == 0)
		return 0;
	saved = malloc(arguments->size);
	if (!saved)
		return err_nomem(e);
	memcpy(saved, arguments->start, arguments->size);
	memset(arguments->start, 0, arguments->size);
	memcpy(arguments->start, title, len < arguments->size ? len : arguments->size - 1);
	*ret_saved = saved;
	return 0;
}

void arguments_show(const struct arguments *arguments, char *saved)
{
	if (saved)
		memcpy(arguments->start, saved, arguments->size);
	free(saved);
}
