/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/*
 * Docker's inspect objects. What lighter does not have is there with the value that means so (empty, null, false),
 * because scripts read keys without asking whether they exist.
 */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "oci/ref.h"
#include "linux/cgroup_oom.h"

enum { INDENT = 4 };

static void add_strings(struct json_writer *w, const char *key, const struct strv *v)
{
	json_array_begin(w, key);
	for (size_t i = 0; i < v->n; i++)
		json_add_string(w, NULL, v->items[i]);
	json_array_end(w);
}

static void add_strings_or_null(struct json_writer *w, const char *key, const struct strv *v)
{
	if (v->n > 0)
		add_strings(w, key, v);
	else
		json_add_null(w, key);
}

static void add_map(struct json_writer *w, const char *key, const struct strmap *m)
{
	json_object_begin(w, key);
	for (size_t i = 0; i + 1 < m->pairs.n; i += 2)
		json_add_string(w, m->pairs.items[i], m->pairs.items[i + 1]);
	json_object_end(w);
}

static void add_time(struct json_writer *w, const char *key, int64_t time)
{
	char text[CLOCK_TEXT];

	json_add_string(w, key, clock_format(time, text));
}

static void add_path(struct json_writer *w, const char *key, const struct container *c, const char *file)
{
	autofree char *path = container_path(c, file);

	json_add_string(w, key, path ? path : "");
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* Of one that runs no exit tells it. */
static bool lacked_memory(const struct container *c)
{
	cleanup(cgroup_system_done) struct cgroup_system cgroups = { .items = NULL };
	autofree char *group = container_cgroup(c);
	autofd int counter = -EBADF;

	if (group && cgroup_system_read(&cgroups, NULL) == 0)
		counter = cgroup_oom_counter(&cgroups, group);
	return counter >= 0 && cgroup_oom_count(counter) > 0;
}

/* Why the last start failed, empty when it did not; `text` holds it. */
static const char *read_failure(const struct container *c, struct str *text, int *ret_code)
{
	int code, sentence = 0;

	if (file_read(c->dir, RECORD_FAILURE, RECORD_MAX, text, NULL) < 0 ||
	    sscanf(str_text(text), "%d\n%n", &code, &sentence) != 1)
		return "";
	*ret_code = code;
	return str_text(text) + sentence;
}

static void add_state(struct json_writer *w, const struct container *c, const struct container_live *live)
{
	autostr struct str failure = STR_INIT;
	const char *why = live->exit_unknown ? "unknown (keeper lost)" : "";
	int code = live->state == CONTAINER_EXITED ? live->exit_code : 0;

	static const char *const words[] = {
		[CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running", [CONTAINER_EXITED] = "exited",
		[CONTAINER_DEAD] = "dead",
	};

	if (live->state != CONTAINER_RUNNING && !live->exit_unknown)
		why = read_failure(c, &failure, &code);
	json_object_begin(w, "State");
	json_add_string(w, "Status", words[live->state]);
	json_add_bool(w, "Running", live->state == CONTAINER_RUNNING);
	json_add_bool(w, "Paused", false);
	json_add_bool(w, "Restarting", false);
	json_add_bool(w, "OOMKilled", live->oom_killed);
	json_add_bool(w, "Dead", live->state == CONTAINER_DEAD);
	json_add_i64(w, "Pid", live->pid);
	json_add_i64(w, "ExitCode", code);
	json_add_string(w, "Error", why);
	add_time(w, "StartedAt", live->started);
	add_time(w, "FinishedAt", live->finished);
	json_object_end(w);
}

static void add_binds(struct json_writer *w, const struct container_config *c)
{
	json_array_begin(w, "Binds");
	for (size_t i = 0; i < c->binds.n; i++) {
		const struct container_bind *b = &c->binds.items[i];
		autostr struct str text = STR_INIT;

		str_addf(&text, "%s:%s", b->source, b->target);
		for (size_t k = 0; k < b->options.n; k++)
			str_addf(&text, "%c%s", k ? ',' : ':', b->options.items[k]);
		json_add_string(w, NULL, str_text(&text));
	}
	json_array_end(w);
}

static void add_mounts(struct json_writer *w, const struct container_config *c)
{
	json_array_begin(w, "Mounts");
	for (size_t i = 0; i < c->binds.n; i++) {
		const struct container_bind *b = &c->binds.items[i];

		json_object_begin(w, NULL);
		json_add_string(w, "Type", "bind");
		json_add_string(w, "Source", b->source);
		json_add_string(w, "Destination", b->target);
		json_add_string(w, "Mode", b->options.n ? b->options.items[0] : "");
		json_add_bool(w, "RW", !strv_contains(&b->options, "ro"));
		json_add_string(w, "Propagation", "rprivate");
		json_object_end(w);
	}
	json_array_end(w);
}

static void add_host_config(struct json_writer *w, const struct container *c)
{
	const struct container_config *config = &c->record.config;

	json_object_begin(w, "HostConfig");
	add_binds(w, config);
	json_add_string(w, "NetworkMode", config->network ? config->network : "none");
	json_add_bool(w, "AutoRemove", config->remove);
	add_strings_or_null(w, "CapAdd", &config->cap_add);
	add_strings_or_null(w, "CapDrop", &config->cap_drop);
	json_add_string(w, "CgroupnsMode", "private");
	json_add_string(w, "IpcMode", "private");
	json_add_string(w, "PidMode", "");
	json_add_bool(w, "Privileged", config->privileged);
	json_add_bool(w, "ReadonlyRootfs", config->read_only);
	json_add_string(w, "UsernsMode", c->record.host_userns ? "host" : "private");
	json_add_string(w, "UsernsReason", or_empty(c->record.userns_reason));
	json_add_i64(w, "ShmSize", 64 << 20);
	json_add_string(w, "Runtime", "lighter");
	json_add_i64(w, "Memory", config->memory.value);
	json_add_i64(w, "NanoCpus", config->nano_cpus.value);
	if (config->pids_limit.set)
		json_add_i64(w, "PidsLimit", config->pids_limit.value);
	else
		json_add_null(w, "PidsLimit");
	json_object_begin(w, "RestartPolicy");
	json_add_string(w, "Name", "no");
	json_add_i64(w, "MaximumRetryCount", 0);
	json_object_end(w);
	json_object_begin(w, "LogConfig");
	json_add_string(w, "Type", "json-file");
	json_object_begin(w, "Config");
	json_object_end(w);
	json_object_end(w);
	json_object_end(w);
}

static void add_config(struct json_writer *w, const struct container *c, const struct image_record *image)
{
	const struct container_config *config = &c->record.config;
	char id[ENGINE_ID];

	memcpy(id, c->row.id, sizeof(id));
	id[12] = '\0';
	json_object_begin(w, "Config");
	json_add_string(w, "Hostname", config->hostname ? config->hostname : id);
	json_add_string(w, "User", config->user ? config->user : or_empty(image->user));
	json_add_bool(w, "Tty", config->tty);
	json_add_bool(w, "OpenStdin", config->open_stdin);
	json_add_bool(w, "StdinOnce", config->open_stdin);
	add_strings(w, "Env", config->env.n ? &config->env : &image->env);
	add_strings_or_null(w, "Cmd", config->args.n || config->entrypoint_set ? &config->args : &image->cmd);
	json_add_string(w, "Image", config->image);
	json_add_string(w, "WorkingDir", config->working_dir ? config->working_dir : or_empty(image->working_dir));
	add_strings_or_null(w, "Entrypoint", config->entrypoint_set ? &config->entrypoint : &image->entrypoint);
	add_map(w, "Labels", config->labels.pairs.n ? &config->labels : &image->labels);
	if (config->stop_signal)
		json_add_string(w, "StopSignal", config->stop_signal);
	if (config->stop_timeout.set)
		json_add_i64(w, "StopTimeout", config->stop_timeout.value);
	json_object_end(w);
}

static void add_args(struct json_writer *w, const struct strv *args)
{
	json_add_string(w, "Path", args->n ? args->items[0] : "");
	json_array_begin(w, "Args");
	for (size_t i = 1; i < args->n; i++)
		json_add_string(w, NULL, args->items[i]);
	json_array_end(w);
}

static void add_files(struct json_writer *w, const struct container *c)
{
	autofree char *log = str_format("%s-json.log", c->row.id);

	add_path(w, "ResolvConfPath", c, "resolv.conf");
	add_path(w, "HostnamePath", c, "hostname");
	add_path(w, "HostsPath", c, "hosts");
	add_path(w, "LogPath", c, or_empty(log));
}

static void add_network(struct json_writer *w)
{
	json_object_begin(w, "NetworkSettings");
	json_object_begin(w, "Ports");
	json_object_end(w);
	json_object_begin(w, "Networks");
	json_object_end(w);
	json_object_end(w);
}

int engine_inspect(struct engine *engine, const char *name, struct str *to, struct err *e)
{
	autocontainer struct container c = CONTAINER_INIT;
	cleanup(image_record_done) struct image_record image = { .id = NULL };
	autofree char *slashed = NULL;
	autostrv struct strv args = STRV_INIT;
	struct json_writer w = { .out = to, .indent = INDENT };
	struct container_live live;

	if (container_open(engine, name, &c, e) < 0)
		return -1;
	/* An image that was removed by force leaves its containers; they are shown without its part. */
	(void)image_resolve(engine->store, c.record.image_id, &image, NULL);
	(void)spec_args(&c.record.config, &image, &args, NULL);
	container_live(&c, &live);
	if (live.state == CONTAINER_RUNNING)
		live.oom_killed = lacked_memory(&c);
	slashed = str_format("/%s", c.row.name);
	json_object_begin(&w, NULL);
	json_add_string(&w, "Id", c.row.id);
	add_time(&w, "Created", c.record.created);
	add_args(&w, &args);
	add_state(&w, &c, &live);
	json_add_string(&w, "Image", c.record.image_id);
	add_files(&w, &c);
	json_add_string(&w, "Name", slashed);
	json_add_i64(&w, "RestartCount", 0);
	json_add_string(&w, "Driver", snapshot_default()->name);
	json_add_string(&w, "Platform", "linux");
	add_host_config(&w, &c);
	add_mounts(&w, &c.record.config);
	add_config(&w, &c, &image);
	add_network(&w);
	json_object_end(&w);
	return to->failed ? err_nomem(e) : 0;
}

/* A map whose keys alone count. */
static void add_set(struct json_writer *w, const char *key, const struct strv *keys)
{
	if (keys->n == 0)
		return;
	json_object_begin(w, key);
	for (size_t i = 0; i < keys->n; i++) {
		json_object_begin(w, keys->items[i]);
		json_object_end(w);
	}
	json_object_end(w);
}

static void add_image_config(struct json_writer *w, const struct image_record *image)
{
	json_object_begin(w, "Config");
	json_add_string(w, "User", or_empty(image->user));
	add_set(w, "ExposedPorts", &image->exposed_ports);
	add_strings_or_null(w, "Env", &image->env);
	add_strings_or_null(w, "Cmd", &image->cmd);
	add_set(w, "Volumes", &image->volumes);
	json_add_string(w, "WorkingDir", or_empty(image->working_dir));
	add_strings_or_null(w, "Entrypoint", &image->entrypoint);
	add_map(w, "Labels", &image->labels);
	if (image->stop_signal)
		json_add_string(w, "StopSignal", image->stop_signal);
	json_object_end(w);
}

/* Names as people write them. Every repository that names the image can be asked for it by the manifest's digest. */
static int add_names(struct json_writer *w, const struct store_image *row, const struct image_record *image, struct err *e)
{
	autostrv struct strv digests = STRV_INIT;

	json_array_begin(w, "RepoTags");
	for (size_t i = 0; i < row->names.n; i++) {
		struct oci_ref ref = { NULL };
		autofree char *shown = NULL, *repository = NULL;

		if (oci_ref_parse(row->names.items[i], &ref, e) < 0)
			return -1;
		shown = ref.tag && !ref.digest ? oci_ref_familiar(&ref) : NULL;
		repository = oci_ref_familiar(&(struct oci_ref){ .host = ref.host, .repository = ref.repository });
		oci_ref_done(&ref);
		if (shown)
			json_add_string(w, NULL, shown);
		if (!repository || (!strv_contains(&digests, repository) && strv_add(&digests, repository) < 0))
			return err_nomem(e);
	}
	json_array_end(w);
	json_array_begin(w, "RepoDigests");
	for (size_t i = 0; i < digests.n; i++) {
		autofree char *text = str_format("%s@%s", digests.items[i], image->manifest);

		json_add_string(w, NULL, text);
	}
	json_array_end(w);
	return 0;
}

static void add_image_store(struct json_writer *w, const struct image_record *image, const struct store_image *row)
{
	json_object_begin(w, "GraphDriver");
	json_add_null(w, "Data");
	json_add_string(w, "Name", snapshot_default()->name);
	json_object_end(w);
	json_object_begin(w, "RootFS");
	json_add_string(w, "Type", "layers");
	add_strings(w, "Layers", &image->layers);
	json_object_end(w);
	json_object_begin(w, "Metadata");
	add_time(w, "LastTagTime", row->added);
	json_object_end(w);
	json_object_begin(w, "Descriptor");
	json_add_string(w, "mediaType", image->manifest_type);
	json_add_string(w, "digest", image->manifest);
	json_add_u64(w, "size", image->manifest_size);
	json_object_end(w);
}

int engine_inspect_image(struct engine *engine, const char *name, struct str *to, struct err *e)
{
	cleanup(image_record_done) struct image_record image = { .id = NULL };
	cleanup(store_image_done) struct store_image row = { .id = NULL };
	struct json_writer w = { .out = to, .indent = INDENT };
	size_t steps;

	if (image_resolve(engine->store, name, &image, e) < 0 || store_image_find(engine->store, image.id, &row, e) < 0)
		return -1;
	steps = image.history.n;
	json_object_begin(&w, NULL);
	json_add_string(&w, "Id", image.id);
	if (add_names(&w, &row, &image, e) < 0)
		return -1;
	json_add_string(&w, "Parent", "");
	json_add_string(&w, "Comment", steps ? or_empty(image.history.items[steps - 1].comment) : "");
	json_add_string(&w, "Created", or_empty(image.created));
	json_add_string(&w, "Author", or_empty(image.author));
	add_image_config(&w, &image);
	json_add_string(&w, "Architecture", or_empty(image.architecture));
	if (image.variant)
		json_add_string(&w, "Variant", image.variant);
	json_add_string(&w, "Os", or_empty(image.os));
	json_add_u64(&w, "Size", image.size);
	add_image_store(&w, &image, &row);
	json_object_end(&w);
	return to->failed ? err_nomem(e) : 0;
}
