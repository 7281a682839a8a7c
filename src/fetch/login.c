/* SPDX-License-Identifier: Apache-2.0 */

/* Does the registry take the login? /v2/ is what everyone who may log in may read. */

#include <string.h>

#include "base/own.h"
#include "fetch/jobs.h"
#include "fetch/registry.h"

int fetch_login(struct job_context *ctx, struct err *e)
{
	const struct worker_network *network = &ctx->request.network;
	cleanup(registry_done) struct registry registry = { NULL };
	cleanup(registry_call_done) struct registry_call call = { .registry = &registry, .what = "login" };
	autofree char *url = NULL;

	if (network->endpoints.n != 1)
		return err_set(e, ERR_INTERNAL, "there is no registry to ask");
	if (registry_connect(network, &network->endpoints.items[0], &registry, e) < 0)
		return -1;
	url = str_format("%s/v2/", registry.origin);
	if (!url)
		return err_nomem(e);
	if (registry_call_run(&call, url, e) < 0)
		return -1;
	return call.answer.status == 200 ? 0 : registry_refused(&call, e);
}
