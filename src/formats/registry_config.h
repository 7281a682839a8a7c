/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `lighter registry serve` hands to lighter-registry, as one JSON argument. It holds paths and numbers, no secret.
 * Strict: an unknown key is an error, because it could be a limit that is not applied.
 */

#include "base/decode.h"

enum { REGISTRY_CONFIG_VERSION = 1 };

struct registry_config {
	uint32_t version;
	struct strv listen;    /* "ADDRESS:PORT", "[ADDRESS]:PORT", "unix:PATH"; at least one */
	char *root;	       /* the registry's own directory */
	char *images;	       /* images/blobs of the instance, whose files may be linked; NULL: none */
	char *htpasswd;	       /* NULL: everybody may do everything */
	char *tls_cert, *tls_key; /* PEM; both or none */
	char *log_level;
	uint32_t processes, connections; /* connections: of one process */
	int64_t deadline;      /* nanoseconds */
};

extern const struct decode_table registry_config_table;

int registry_config_parse(const char *json, size_t len, struct registry_config *ret, struct err *e);
void registry_config_print(const struct registry_config *config, struct str *to);
void registry_config_done(struct registry_config *config);
