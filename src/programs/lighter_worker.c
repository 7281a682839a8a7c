/* SPDX-License-Identifier: Apache-2.0 */

/* lighter-worker JOB: one job on foreign bytes, started by worker/client.c with a socket and descriptors. */

#include <stdio.h>

#include "base/own.h"
#include "fetch/jobs.h"

static const struct job jobs[] = {
	{ "copy", false, fetch_copy },
	{ "import", false, fetch_import },
	{ "load", false, fetch_load },
	{ "login", true, fetch_login },
	{ "pull", true, fetch_pull },
	{ "push", true, fetch_push, .blobs = true },
	{ "tags", true, fetch_tags },
};

int main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fprintf(stderr, "lighter-worker: is started by lighter, not by hand\n");
		return 2;
	}
	return job_main(jobs, ARRAY_SIZE(jobs), argv[1]);
}
