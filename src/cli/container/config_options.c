/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Types that only these options have: words from a fixed list, bind mounts, NAME=value with the value taken from our own
 * environment when it is left out. Words of Docker's that have no meaning here yet are refused by name.
 */

#include "cli/container/config_options.h"

#include <string.h>

#include "base/signame.h"
#include "cli/container/env.h"

/* ---- words ---- */

static int set_word(void *field, const char *value, const char *const *words, struct err *e)
{
	autostr struct str known = STR_INIT;

	for (size_t i = 0; words[i]; i++) {
		if (str_eq(words[i], value))
			return opt_type_text.set(field, value, e);
		str_addf(&known, "%s%s", i ? ", " : "", words[i]);
	}
	return err_set(e, ERR_INVALID, "one of %s is wanted", str_text(&known));
}

static int network_set(void *field, const char *value, struct err *e)
{
	static const char *const words[] = { "none", "host", NULL };

	return set_word(field, value, words, e);
}

static int userns_set(void *field, const char *value, struct err *e)
{
	static const char *const words[] = { "private", "host", NULL };

	return set_word(field, value, words, e);
}

static int pull_set(void *field, const char *value, struct err *e)
{
	static const char *const words[] = { "always", "missing", "never", NULL };

	return set_word(field, value, words, e);
}

static int signal_set(void *field, const char *value, struct err *e)
{
	int number;

	return signame_parse(value, &number, e) < 0 ? -1 : opt_type_text.set(field, value, e);
}

/* ---- --entrypoint: the field is the whole config ---- */

static int entrypoint_set(void *field, const char *value, struct err *e)
{
	struct container_config *config = field;

	strv_done(&config->entrypoint);
	config->entrypoint_set = true;
	return *value && strv_add(&config->entrypoint, value) < 0 ? err_nomem(e) : 0;
}

/* ---- -v: the field is the whole config ---- */

static int bind_check(const char *source, const char *target, struct err *e)
{
	if (!target)
		return err_set(e, ERR_UNSUPPORTED, "anonymous volumes are not there yet, give SOURCE:TARGET");
	if (!*source || !*target)
		return err_set(e, ERR_INVALID, "SOURCE:TARGET is wanted, neither empty");
	if (*source == '.')
		return err_set(e, ERR_INVALID, "the source '%s' is relative, an absolute path is wanted", source);
	if (*source != '/')
		return err_set(e, ERR_UNSUPPORTED, "'%s' is no absolute path, and named volumes are not there yet", source);
	if (*target != '/')
		return err_set(e, ERR_INVALID, "the target '%s' is relative, an absolute path is wanted", target);
	return 0;
}

static int bind_options(struct strv *to, char *words, struct err *e)
{
	static const char *const known[] = { "ro", "rw", "private", "rprivate", "slave", "rslave", "shared", "rshared" };
	char *save = NULL;

	for (char *w = strtok_r(words, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		bool found = false;

		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			found |= str_eq(known[i], w);
		if (!found)
			return err_set(e, ERR_UNSUPPORTED, "the mount option '%s' is not known", w);
		if (strv_add(to, w) < 0)
			return err_nomem(e);
	}
	return 0;
}

static int bind_set(void *field, const char *value, struct err *e)
{
	struct container_config *config = field;
	autofree char *copy = strdup(value);
	char *rest = copy, *source, *target, *options;
	struct container_bind *bind;

	if (!copy)
		return err_nomem(e);
	source = strsep(&rest, ":");
	target = strsep(&rest, ":");
	options = rest;
	if (bind_check(source, target, e) < 0)
		return -1;
	bind = vec_add(&config->binds);
	if (!bind)
		return err_nomem(e);
	bind->source = strdup(source);
	bind->target = strdup(target);
	if (!bind->source || !bind->target)
		return err_nomem(e);
	return options ? bind_options(&bind->options, options, e) : 0;
}

/* ---- the tables ---- */

static const struct opt_type opt_type_network = { "network", network_set };
static const struct opt_type opt_type_userns = { "string", userns_set };
static const struct opt_type opt_type_pull = { "string", pull_set };
static const struct opt_type opt_type_signal = { "signal", signal_set };
static const struct opt_type opt_type_entrypoint = { "string", entrypoint_set };
static const struct opt_type opt_type_bind = { "source:target", bind_set };

#define CONFIG(member, ...) OPT(struct config_options, config.member, __VA_ARGS__)
#define WHOLE(...) OPT(struct config_options, config, __VA_ARGS__)
#define OWN(member, ...) OPT(struct config_options, member, __VA_ARGS__)

static const struct opt rows[] = {
	OWN(detach, "detach", 'd', flag, "Run container in background and print container ID"), /* row 0: run alone */
	CONFIG(cap_add, "cap-add", 0, list, "Add Linux capabilities"),
	CONFIG(cap_drop, "cap-drop", 0, list, "Drop Linux capabilities"),
	CONFIG(nano_cpus, "cpus", 0, decimal, "Number of CPUs"),
	WHOLE("entrypoint", 0, entrypoint, "Overwrite the default ENTRYPOINT of the image"),
	OWN(env, "env", 'e', env, "Set environment variables"),
	OWN(env_files, "env-file", 0, list, "Read in a file of environment variables"),
	CONFIG(hostname, "hostname", 'h', text, "Container host name"),
	CONFIG(open_stdin, "interactive", 'i', flag, "Keep STDIN open even if not attached"),
	CONFIG(labels, "label", 'l', map, "Set meta data on a container"),
	CONFIG(memory, "memory", 'm', size, "Memory limit"),
	CONFIG(name, "name", 0, text, "Assign a name to the container"),
	CONFIG(network, "network", 0, network, "Connect a container to a network (none, host)"),
	CONFIG(network, "net", 0, network, NULL),
	CONFIG(pids_limit, "pids-limit", 0, int, "Tune container pids limit (set -1 for unlimited)"),
	CONFIG(privileged, "privileged", 0, flag, "Give extended privileges to this container"),
	OWN(pull, "pull", 0, pull, "Pull image before running (always, missing, never)"),
	CONFIG(read_only, "read-only", 0, flag, "Mount the container's root filesystem as read only"),
	CONFIG(remove, "rm", 0, flag, "Automatically remove the container when it exits"),
	CONFIG(stop_signal, "stop-signal", 0, signal, "Signal to stop the container"),
	CONFIG(stop_timeout, "stop-timeout", 0, int, "Timeout (in seconds) to stop a container"),
	CONFIG(tty, "tty", 't', flag, "Allocate a pseudo-TTY"),
	CONFIG(user, "user", 'u', text, "Username or UID (format: <name|uid>[:<group|gid>])"),
	CONFIG(userns, "userns", 0, userns, "User namespace to use (private, host)"),
	WHOLE("volume", 'v', bind, "Bind mount a directory or file of the host"),
	CONFIG(working_dir, "workdir", 'w', text, "Working directory inside the container"),

	OPT_LATER("add-host", 0, list),
	OPT_LATER("annotation", 0, map),
	OPT_LATER("attach", 'a', list),
	OPT_LATER("blkio-weight", 0, int),
	OPT_LATER("blkio-weight-device", 0, list),
	OPT_LATER("cgroup-parent", 0, text),
	OPT_LATER("cgroupns", 0, text),
	OPT_LATER("cidfile", 0, text),
	OPT_LATER("cpu-period", 0, int),
	OPT_LATER("cpu-quota", 0, int),
	OPT_LATER("cpu-rt-period", 0, int),
	OPT_LATER("cpu-rt-runtime", 0, int),
	OPT_LATER("cpu-shares", 'c', int),
	OPT_LATER("cpuset-cpus", 0, text),
	OPT_LATER("cpuset-mems", 0, text),
	OPT_LATER("detach-keys", 0, text),
	OPT_LATER("device", 0, list),
	OPT_LATER("device-cgroup-rule", 0, list),
	OPT_LATER("device-read-bps", 0, list),
	OPT_LATER("device-read-iops", 0, list),
	OPT_LATER("device-write-bps", 0, list),
	OPT_LATER("device-write-iops", 0, list),
	OPT_LATER("disable-content-trust", 0, flag),
	OPT_LATER("dns", 0, list),
	OPT_LATER("dns-option", 0, list),
	OPT_LATER("dns-search", 0, list),
	OPT_LATER("domainname", 0, text),
	OPT_LATER("expose", 0, list),
	OPT_LATER("gpus", 0, text),
	OPT_LATER("group-add", 0, list),
	OPT_LATER("health-cmd", 0, text),
	OPT_LATER("health-interval", 0, text),
	OPT_LATER("health-retries", 0, int),
	OPT_LATER("health-start-interval", 0, text),
	OPT_LATER("health-start-period", 0, text),
	OPT_LATER("health-timeout", 0, text),
	OPT_LATER("init", 0, flag),
	OPT_LATER("ip", 0, text),
	OPT_LATER("ip6", 0, text),
	OPT_LATER("ipc", 0, text),
	OPT_LATER("isolation", 0, text),
	OPT_LATER("kernel-memory", 0, size),
	OPT_LATER("label-file", 0, list),
	OPT_LATER("link", 0, list),
	OPT_LATER("link-local-ip", 0, list),
	OPT_LATER("log-driver", 0, text),
	OPT_LATER("log-opt", 0, list),
	OPT_LATER("mac-address", 0, text),
	OPT_LATER("memory-reservation", 0, size),
	OPT_LATER("memory-swap", 0, size),
	OPT_LATER("memory-swappiness", 0, int),
	OPT_LATER("mount", 0, list),
	OPT_LATER("network-alias", 0, list),
	OPT_LATER("no-healthcheck", 0, flag),
	OPT_LATER("oom-kill-disable", 0, flag),
	OPT_LATER("oom-score-adj", 0, int),
	OPT_LATER("pid", 0, text),
	OPT_LATER("platform", 0, text),
	OPT_LATER("publish", 'p', list),
	OPT_LATER("publish-all", 'P', flag),
	OPT_LATER("quiet", 'q', flag),
	OPT_LATER("restart", 0, text),
	OPT_LATER("runtime", 0, text),
	OPT_LATER("security-opt", 0, list),
	OPT_LATER("shm-size", 0, size),
	OPT_LATER("sig-proxy", 0, flag),
	OPT_LATER("storage-opt", 0, list),
	OPT_LATER("sysctl", 0, list),
	OPT_LATER("tmpfs", 0, list),
	OPT_LATER("ulimit", 0, list),
	OPT_LATER("use-api-socket", 0, flag),
	OPT_LATER("uts", 0, text),
	OPT_LATER("volume-driver", 0, text),
	OPT_LATER("volumes-from", 0, list),
};

const struct opt_table config_options_of_run = {
	.rows = rows, .n = ARRAY_SIZE(rows), .operands_end_options = true,
};
const struct opt_table config_options_of_create = {
	.rows = rows + 1, .n = ARRAY_SIZE(rows) - 1, .operands_end_options = true,
};

int config_options_finish(struct config_options *options, char **operands, size_t n, struct err *e)
{
	struct container_config *config = &options->config;

	for (size_t i = 0; i < options->env_files.n; i++)
		if (env_file_read(&config->env, options->env_files.items[i], e) < 0)
			return -1;
	if (env_apply_all(&config->env, &options->env, e) < 0)
		return -1;
	config->image = strdup(operands[0]);
	if (!config->image)
		return err_nomem(e);
	for (size_t i = 1; i < n; i++)
		if (strv_add(&config->args, operands[i]) < 0)
			return err_nomem(e);
	return 0;
}

void config_options_done(void *options)
{
	struct config_options *o = options;

	strv_done(&o->env);
	strv_done(&o->env_files);
	free(o->pull);
	container_config_done(&o->config);
}
