/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/command/criu.h"

#include <stdlib.h>

int criu_options_read(const struct criu_options *o, const struct command_globals *globals, struct runtime_criu *ret,
		      struct err *e)
{
	/* Links and addresses belong to whoever made them: an engine, which makes them again in a hook. */
	for (size_t i = 0; i < o->empty_ns.n; i++)
		if (!str_eq(o->empty_ns.items[i], "network"))
			return err_set(e, ERR_UNSUPPORTED, "--empty-ns '%.50s': only 'network' can be empty",
				       o->empty_ns.items[i]);
	*ret = (struct runtime_criu){
		.program = globals->criu,
		.images = o->image_path && o->image_path[0] ? o->image_path : "checkpoint",
		.work = o->work_path && o->work_path[0] ? o->work_path : NULL,
		.cgroups_mode = o->cgroups_mode,
		.tcp_established = o->tcp_established,
		.ext_unix_sk = o->ext_unix_sk,
		.shell_job = o->shell_job,
		.file_locks = o->file_locks,
		.lazy_pages = o->lazy_pages,
		.auto_dedup = o->auto_dedup,
	};
	return 0;
}

void criu_options_done(struct criu_options *o)
{
	free(o->image_path);
	free(o->work_path);
	free(o->cgroups_mode);
	strv_done(&o->empty_ns);
}
