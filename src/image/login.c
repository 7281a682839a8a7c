/* SPDX-License-Identifier: Apache-2.0 */

/* A login is asked of the registry before it is kept: a wrong password is told now and not at the next pull. */

#include <string.h>

#include "image/credential.h"
#include "image/endpoint.h"
#include "image/image.h"
#include "image/remote_job.h"

static void request_done(struct worker_request *request)
{
	decode_done(&worker_request_table, request);
}

int image_login(struct store *store, const struct image_remote *remote, const char *host, const struct credential *c,
		char **ret_path, struct err *e)
{
	cleanup(request_done) struct worker_request request = { .reference = NULL };
	struct remote_job job = { .name = "login", .request = &request, .blobs = -EBADF };
	struct worker_endpoint *endpoint;

	if (endpoint_host(remote, host, &request.network, e) < 0)
		return err_prefix(e, "login '%s'", host);
	endpoint = &request.network.endpoints.items[0];
	endpoint->user = strdup(c->user);
	endpoint->password = strdup(c->password);
	if (!endpoint->user || !endpoint->password)
		return err_nomem(e);
	if (remote_job_run(store, &job, e) < 0)
		return err_prefix(e, "login '%s'", host);
	return credential_store(remote->authfile, host, c, ret_path, e);
}
