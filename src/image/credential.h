/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Logins at registries, in the ecosystem's own files: Docker's config.json (auths, credHelpers, credsStore) and Podman's
 * auth.json. Looked at in this order: --authfile, $REGISTRY_AUTH_FILE, or else $DOCKER_CONFIG or ~/.docker/config.json, then
 * Podman's in $XDG_RUNTIME_DIR/containers and ~/.config/containers. The first that knows the registry counts; within a file
 * a helper for the host comes before the store of all, which comes before what stands in the file itself.
 *
 * A secret is in memory, in these files, and on the pipe of a helper: never in an argument, the environment or a log.
 */

#include "base/err.h"

struct credential {
	char *user, *password; /* owned; NULL: none */
	char *token;	       /* an identity token in place of a password */
};

void credential_done(struct credential *c); /* clears what it frees */
#define autocredential cleanup(credential_done)

/* What is known for a repository of a host: *ret stays empty when nothing is. */
int credential_find(const char *authfile, const char *host, const char *repository, struct credential *ret, struct err *e);

/* Keeps a login, where a helper is configured with the helper. *ret_path: the file, owned; NULL with a helper. */
int credential_store(const char *authfile, const char *host, const struct credential *c, char **ret_path, struct err *e);

/* Forgets it: 1 when there was one, 0, -1. */
int credential_erase(const char *authfile, const char *host, struct err *e);
