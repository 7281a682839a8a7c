/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image/remote.h"

struct image_remote remote_of(const struct remote_options *options)
{
	return (struct image_remote){
		.tls_verify = options->tls_verify,
		.retry = options->retry,
		.retry_delay = options->retry_delay,
		.cert_dir = options->cert_dir,
		.authfile = options->authfile,
	};
}

void remote_done(struct remote_options *options)
{
	free(options->retry_delay);
	free(options->cert_dir);
	free(options->authfile);
	*options = (struct remote_options){ 0 };
}
