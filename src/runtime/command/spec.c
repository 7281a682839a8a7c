/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `spec`: the document to start from. Byte for byte what runc writes, so that scripts which edit it find what they look
 * for; runc's own name as hostname is part of that.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/path.h"
#include "linux/cgroup.h"
#include "runtime/command/command.h"

struct spec_options {
	char *bundle;
	bool rootless;
};

static const struct opt rows[] = {
	OPT(struct spec_options, bundle, "bundle", 'b', text, "directory for config.json (default: the working directory)", "DIR"),
	OPT(struct spec_options, rootless, "rootless", 0, flag, "for an ordinary user: a user namespace with one id"),
};
VERB_OPTIONS(options_table, rows);

static const char *const capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE", NULL };

enum { OPTIONS = 8 };

static const struct default_mount {
	const char *destination, *type, *source, *options[OPTIONS];
} mounts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts", "devpts", "devpts", { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

/* A user without privilege cannot mount a sysfs over a network namespace that is not his. */
static const struct default_mount rootless_sys = { "/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "ro" } };

static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", NULL };
static const char *const rootless_namespaces[] = { "pid", "ipc", "uts", "mount", NULL };

static const char *const masked_paths[] = {
	"/proc/acpi",	    "/proc/asound",	"/proc/kcore",	     "/proc/keys",    "/proc/latency_stats", "/proc/timer_list",
	"/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi", NULL,
};
static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

static void add_strings(struct json_writer *w, const char *key, const char *const *strings)
{
	json_array_begin(w, key);
	for (; *strings; strings++)
		json_add_string(w, NULL, *strings);
	json_array_end(w);
}

static void add_process(struct json_writer *w)
{
	static const char *const args[] = { "sh", NULL };
	static const char *const env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL };

	json_object_begin(w, "process");
	json_add_bool(w, "terminal", true);
	json_object_begin(w, "user");
	json_add_u64(w, "uid", 0);
	json_add_u64(w, "gid", 0);
	json_object_end(w);
	add_strings(w, "args", args);
	add_strings(w, "env", env);
	json_add_string(w, "cwd", "/");
	json_object_begin(w, "capabilities");
	add_strings(w, "bounding", capabilities);
	add_strings(w, "effective", capabilities);
	add_strings(w, "permitted", capabilities);
	json_object_end(w);
	json_array_begin(w, "rlimits");
	json_object_begin(w, NULL);
	json_add_string(w, "type", "RLIMIT_NOFILE");
	json_add_u64(w, "hard", 1024);
	json_add_u64(w, "soft", 1024);
	json_object_end(w);
	json_array_end(w);
	json_add_bool(w, "noNewPrivileges", true);
	json_object_end(w);
}

static bool is_id_option(const char *option)
{
	return str_starts(option, "uid=") || str_starts(option, "gid=");
}

static void add_mount(struct json_writer *w, const struct default_mount *m, bool rootless)
{
	if (rootless && str_eq(m->destination, "/sys"))
		m = &rootless_sys;
	json_object_begin(w, NULL);
	json_add_string(w, "destination", m->destination);
	json_add_string(w, "type", m->type);
	json_add_string(w, "source", m->source);
	if (m->options[0]) {
		json_array_begin(w, "options");
		for (size_t i = 0; m->options[i]; i++)
			if (!rootless || !is_id_option(m->options[i]))
				json_add_string(w, NULL, m->options[i]);
		json_array_end(w);
	}
	json_object_end(w);
}

static void add_map(struct json_writer *w, const char *key, uint32_t id)
{
	json_array_begin(w, key);
	json_object_begin(w, NULL);
	json_add_u64(w, "containerID", 0);
	json_add_u64(w, "hostID", id);
	json_add_u64(w, "size", 1);
	json_object_end(w);
	json_array_end(w);
}

static void add_namespace(struct json_writer *w, const char *type)
{
	json_object_begin(w, NULL);
	json_add_string(w, "type", type);
	json_object_end(w);
}

static void add_namespaces(struct json_writer *w, bool rootless, bool unified)
{
	json_array_begin(w, "namespaces");
	for (const char *const *type = rootless ? rootless_namespaces : namespaces; *type; type++)
		add_namespace(w, *type);
	if (unified)
		add_namespace(w, "cgroup");
	if (rootless)
		add_namespace(w, "user");
	json_array_end(w);
}

/* No device but what the container gets by default. */
static void add_resources(struct json_writer *w)
{
	json_object_begin(w, "resources");
	json_array_begin(w, "devices");
	json_object_begin(w, NULL);
	json_add_bool(w, "allow", false);
	json_add_string(w, "access", "rwm");
	json_object_end(w);
	json_array_end(w);
	json_object_end(w);
}

static void add_linux(struct json_writer *w, bool rootless, bool unified)
{
	json_object_begin(w, "linux");
	if (rootless) {
		add_map(w, "uidMappings", geteuid());
		add_map(w, "gidMappings", getegid());
	} else {
		add_resources(w);
	}
	add_namespaces(w, rootless, unified);
	add_strings(w, "maskedPaths", masked_paths);
	add_strings(w, "readonlyPaths", readonly_paths);
	json_object_end(w);
}

static void write_spec(struct str *to, bool rootless, bool unified)
{
	struct json_writer w = { .out = to, .indent = JSON_TABS };

	json_object_begin(&w, NULL);
	json_add_string(&w, "ociVersion", OCI_VERSION);
	add_process(&w);
	json_object_begin(&w, "root");
	json_add_string(&w, "path", "rootfs");
	json_add_bool(&w, "readonly", true);
	json_object_end(&w);
	json_add_string(&w, "hostname", "runc");
	json_array_begin(&w, "mounts");
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		add_mount(&w, &mounts[i], rootless);
	json_array_end(&w);
	add_linux(&w, rootless, unified);
	json_object_end(&w);
}

/* What is there is never overwritten. */
static int create_file(const struct str *text, const char *bundle, struct err *e)
{
	autofd int dir = path_open(AT_FDCWD, bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0), fd = -EBADF;
	int r;

	if (text->failed)
		return err_nomem(e);
	if (dir < 0)
		return err_sys(e, -dir, "bundle '%s'", bundle);
	fd = path_open(dir, "config.json", PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd == -EEXIST)
		return err_set(e, ERR_CONFLICT, "file config.json exists in '%s': remove it first", bundle);
	r = fd < 0 ? fd : io_write_full(fd, text->data, text->len);
	return r < 0 ? err_sys(e, -r, "write config.json in '%s'", bundle) : 0;
}

static int spec_run(const struct call *call, struct err *e)
{
	const struct spec_options *o = call->options;
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	autostr struct str text = STR_INIT;

	if (cgroup_system_read(&cgroups, e) < 0)
		return -1;
	write_spec(&text, o->rootless, cgroup_is_v2_alone(&cgroups));
	return create_file(&text, o->bundle ? o->bundle : ".", e);
}

static void spec_done(void *options)
{
	free(((struct spec_options *)options)->bundle);
}

const struct verb verb_spec = {
	.name = "spec",
	.operands = "",
	.summary = "write a config.json to start from",
	.options = &options_table,
	.size = sizeof(struct spec_options),
	.no_root = true,
	.run = spec_run,
	.done = spec_done,
};
