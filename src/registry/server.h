/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The server: one process that looks after the others, and a few that serve, each with one loop. They share the listening
 * sockets and the registry's files and nothing else. A process that dies is started again; no request needs another one.
 */

#include "base/loop.h"
#include "formats/registry_config.h"
#include "registry/auth.h"
#include "registry/registry.h"

struct connection;

enum { SERVER_SCRATCH = 256 << 10, SERVER_LISTENERS = 8, SERVER_WORKS = 16 };

/* One serving process. */
struct server {
	struct loop loop;
	const struct registry_config *config;
	const struct registry *registry;
	void *tls;	   /* SSL_CTX; NULL: plain */
	struct auth *auth; /* NULL: everybody may do everything */
	struct listener {
		struct loop_source source;
		struct server *server;
	} listeners[SERVER_LISTENERS];
	size_t n_listeners;
	struct loop_source timer, signals;
	struct connection *oldest, *newest; /* by deadline, which is the same span for all */
	uint32_t connections;
	unsigned works;
	bool accepting, stopping;
	char *scratch; /* SERVER_SCRATCH bytes for whoever reads a body now */
};

/* Everything, until a signal ends it; `json` is a registry_config. The exit status. */
int server_main(const char *json);

/* The life of one serving process. */
int server_serve(struct server *s, struct err *e);

/* A place has become free. */
void server_release(struct server *s);
