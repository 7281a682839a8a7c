/* SPDX-License-Identifier: Apache-2.0 */

/* The command becomes the server: what it has understood goes along as one record. */

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "engine/registry.h"

enum { DEADLINE = 60, CONNECTIONS = 1000, PROCESSES_MOST = 4 };

struct serve_options {
	struct strv listen;
	char *root, *htpasswd, *tls_cert, *tls_key;
	struct opt_i64 deadline;
	struct opt_u32 connections, processes;
};

static const struct opt rows[] = {
	OPT(struct serve_options, deadline, "deadline", 0, decimal,
	    "Seconds in which a request's head must be whole, and anything else must move (default 60)", .word = "seconds"),
	OPT(struct serve_options, htpasswd, "htpasswd", 0, text,
	    "Ask for a name and a password of this file (bcrypt, as by htpasswd -B)", .word = "file"),
	OPT(struct serve_options, listen, "listen", 0, list,
	    "Address to listen on: ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH (default 127.0.0.1:5000)", .word = "address"),
	OPT(struct serve_options, connections, "max-connections", 0, uint,
	    "Connections that one process serves at once (default 1000)"),
	OPT(struct serve_options, processes, "processes", 0, uint, "Processes that serve (default: one a processor, at most 4)"),
	OPT(struct serve_options, root, "root", 0, text,
	    "Directory of the registry (default: registry in the data root)", .word = "directory"),
	OPT(struct serve_options, tls_cert, "tls-cert", 0, text, "Speak TLS, with this certificate and its chain (PEM)",
	    .word = "file"),
	OPT(struct serve_options, tls_key, "tls-key", 0, text, "Key of the certificate (PEM)", .word = "file"),
};
OPT_TABLE(options_table, rows);

static uint32_t default_processes(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > PROCESSES_MOST ? PROCESSES_MOST : (uint32_t)n;
}

static int check(const struct serve_options *o, struct err *e)
{
	if (!o->tls_cert != !o->tls_key)
		return err_set(e, ERR_INVALID, "--tls-cert and --tls-key belong together");
	if (o->deadline.set && o->deadline.value <= 0)
		return err_set(e, ERR_INVALID, "--deadline must be more than 0 seconds");
	if ((o->connections.set && o->connections.value < 1) || (o->processes.set && o->processes.value < 1))
		return err_set(e, ERR_INVALID, "--max-connections and --processes must be at least 1");
	return 0;
}

static int serve_run(struct cli *cli, void *options, char **operands, size_t n, struct err *e)
{
	struct serve_options *o = options;
	struct registry_config config = {
		.version = REGISTRY_CONFIG_VERSION,
		.listen = o->listen,
		.root = o->root,
		.htpasswd = o->htpasswd,
		.tls_cert = o->tls_cert,
		.tls_key = o->tls_key,
		.log_level = cli->log_level,
		.processes = o->processes.set ? o->processes.value : default_processes(),
		.connections = o->connections.set ? o->connections.value : CONNECTIONS,
		.deadline = o->deadline.set ? o->deadline.value : DEADLINE * NSEC_PER_SEC,
	};
	struct engine *engine;

	if (check(o, e) < 0)
		return -1;
	if (!config.listen.n && strv_add(&o->listen, "127.0.0.1:5000") < 0)
		return err_nomem(e);
	config.listen = o->listen;
	if (cli_engine(cli, &engine, e) < 0)
		return -1;
	return engine_registry_serve(engine, &config, e);
}

static void serve_done(void *options)
{
	struct serve_options *o = options;

	strv_done(&o->listen);
	free(o->root);
	free(o->htpasswd);
	free(o->tls_cert);
	free(o->tls_key);
}

const struct command registry_serve = {
	.operands = "[OPTIONS]",
	.summary = "Serve a registry to push images to and pull them from",
	.options = &options_table,
	.size = sizeof(struct serve_options),
	.run = serve_run,
	.done = serve_done,
};
