/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/*
 * Creation: the name and the status slot are taken by one transaction; directory and record follow. A container without
 * a readable record (a creation that was killed) can be removed like any other.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/own.h"
#include "base/path.h"
#include "base/step.h"
#include "base/text.h"

enum { NAME_TRIES = 16, ID_MAX = 65535 };

struct creation {
	struct engine *engine;
	const struct container_config *config;
	struct image_record image;
	struct container c;
	char id[ID_TEXT];
};

static int check_config(void *context, struct err *e)
{
	const struct container_config *c = ((struct creation *)context)->config;

	if (c->name && !id_is_name(c->name))
		return err_set(e, ERR_INVALID, "Invalid container name (%.100s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
			       c->name);
	if (c->network && !str_eq(c->network, "none") && !str_eq(c->network, "host"))
		return err_set(e, ERR_UNSUPPORTED, "network '%.50s' is not there yet: 'none' and 'host' are", c->network);
	if (c->userns && !str_eq(c->userns, "private") && !str_eq(c->userns, "host"))
		return err_set(e, ERR_INVALID, "user namespace '%.50s' is not known: 'private' and 'host' are", c->userns);
	if (c->memory.set && c->memory.value < 6 << 20)
		return err_set(e, ERR_INVALID, "Minimum memory limit allowed is 6MB");
	for (size_t i = 0; i < c->binds.n; i++)
		if (c->binds.items[i].target[0] != '/' || str_eq(c->binds.items[i].target, "/"))
			return err_set(e, ERR_INVALID, "invalid mount target '%.200s': an absolute path below '/' is wanted",
				       c->binds.items[i].target);
	return 0;
}

static int find_image(void *context, struct err *e)
{
	struct creation *x = context;
	struct strv args = STRV_INIT;
	int r;

	if (image_resolve(x->engine->store, x->config->image, &x->image, e) < 0 ||
	    image_allowed(x->engine->store, x->config->image, e) < 0)
		return -1;
	r = spec_args(x->config, &x->image, &args, e);
	strv_done(&args);
	return r;
}

/* Why a container that did not ask for it gets the host's user namespace; NULL: it gets its own. */
static const char *shared_reason(const struct container_config *c, const struct image_record *image)
{
	if (geteuid() != 0)
		return "lighter does not run as root";
	if (c->privileged)
		return "--privileged";
	if (c->network && str_eq(c->network, "host"))
		return "--network=host";
	if (image->greatest_id > ID_MAX)
		return "the image has user ids above 65535";
	return NULL;
}

static int choose_userns(struct creation *x, struct record *r, struct err *e)
{
	const char *asked = x->config->userns, *reason = shared_reason(x->config, &x->image);

	if (asked && str_eq(asked, "host")) {
		r->host_userns = true;
		return 0;
	}
	if (!reason)
		return 0;
	if (asked)
		return err_set(e, ERR_CONFLICT, "--userns=private is not possible: %s", reason);
	r->host_userns = true;
	r->userns_reason = strdup(reason);
	return r->userns_reason ? 0 : err_nomem(e);
}

static int copy_config(const struct container_config *from, struct container_config *to, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	encode(&container_config_table, from, &w, NULL);
	return text.failed ? err_nomem(e) : decode_text(&container_config_table, text.data, text.len, to, e);
}

/* As Docker: what the machine does not have is no limit. */
static int check_cpus(const struct container_config *c, struct err *e)
{
	const int64_t cpu = 1000000000, least = cpu / 100;
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (!c->nano_cpus.set || c->nano_cpus.value == 0 || (c->nano_cpus.value >= least && c->nano_cpus.value <= n * cpu))
		return 0;
	return err_set(e, ERR_INVALID, "--cpus %.2f: range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs available",
		       (double)c->nano_cpus.value / (double)cpu, n, n);
}

/* The image's stop signal holds unless the user named one: written down here, because the image may go. */
static int fill_record(void *context, struct err *e)
{
	struct creation *x = context;
	struct record *r = &x->c.record;

	if (check_cpus(x->config, e) < 0)
		return -1;
	if (id_new(x->id) < 0)
		return err_set(e, ERR_INTERNAL, "no random numbers for an id");
	r->version = RECORD_VERSION;
	r->created = clock_wall();
	r->id = strdup(x->id);
	r->image_id = strdup(x->image.id);
	if (!r->id || !r->image_id || copy_config(x->config, &r->config, e) < 0)
		return err_nomem(e);
	r->config.version = RECORD_VERSION;
	if (!r->config.stop_signal && x->image.stop_signal) {
		r->config.stop_signal = strdup(x->image.stop_signal);
		if (!r->config.stop_signal)
			return err_nomem(e);
	}
	return choose_userns(x, r, e);
}

static int fill_row(struct creation *x, struct err *e)
{
	autostr struct str command = STR_INIT;
	struct strv args = STRV_INIT;
	struct store_container *row = &x->c.row;

	if (spec_args(x->config, &x->image, &args, e) < 0)
		return -1;
	/* As Docker shows it: the program, then the arguments, those with a space in quotes. */
	for (size_t i = 0; i < args.n; i++)
		str_addf(&command, i && strchr(args.items[i], ' ') ? "%s'%s'" : "%s%s", i ? " " : "", args.items[i]);
	strv_done(&args);
	row->id = strdup(x->id);
	row->image = strdup(x->config->image);
	row->image_id = strdup(x->image.id);
	row->command = str_take(&command);
	row->created = x->c.record.created;
	row->remove = x->config->remove;
	return row->id && row->image && row->image_id && row->command ? 0 : err_nomem(e);
}

static int take_name(void *context, struct err *e)
{
	struct creation *x = context;
	int r = -1;

	if (fill_row(x, e) < 0)
		return -1;
	for (int i = 0; r < 0 && i < NAME_TRIES; i++) {
		char made[64];
		struct err why = ERR_INIT;

		if (!x->config->name && names_make(made) < 0)
			return err_set(e, ERR_INTERNAL, "no random numbers for a name");
		free(x->c.row.name);
		x->c.row.name = strdup(x->config->name ? x->config->name : made);
		if (!x->c.row.name)
			return err_nomem(e);
		r = store_container_add(x->engine->store, &x->c.row, &why);
		if (r < 0)
			*e = why;
		if (r < 0 && (x->config->name || why.code != ERR_CONFLICT))
			return -1;
	}
	if (r < 0)
		return -1;
	free(x->c.record.config.name);
	x->c.record.config.name = strdup(x->c.row.name);
	return x->c.record.config.name ? 0 : err_nomem(e);
}

static void drop_name(void *context)
{
	struct creation *x = context;

	(void)store_container_delete(x->engine->store, x->id, NULL);
}

static void drop_directory(void *context)
{
	struct creation *x = context;
	autofd int dir = instance_dir(x->engine->instance, "containers", NULL);

	if (dir >= 0)
		(void)path_remove_tree(dir, x->id);
}

static int make_directory(void *context, struct err *e)
{
	struct creation *x = context;
	autofree char *path = str_format("containers/%s", x->id);
	autofd int lock = -EBADF;

	if (!path)
		return err_nomem(e);
	x->c.dir = instance_dir(x->engine->instance, path, e);
	if (x->c.dir < 0)
		return -1;
	lock = path_open(x->c.dir, RECORD_LOCK, PATH_OWN, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (lock >= 0)
		return 0;
	drop_directory(x);
	return err_sys(e, -lock, "make the lock of container '%s'", x->c.row.name);
}

static int write_record(void *context, struct err *e)
{
	struct creation *x = context;

	return record_write(x->c.dir, &x->c.record, e);
}

static const struct step steps[] = {
	{ "check", check_config, NULL },
	{ "image", find_image, NULL },
	{ "configure", fill_record, NULL },
	{ "name", take_name, drop_name },
	{ "directory", make_directory, drop_directory },
	{ "record", write_record, NULL },
};

int engine_create(struct engine *engine, const struct container_config *config, char ret_id[static ENGINE_ID],
		  char **ret_note, struct err *e)
{
	struct creation x = { .engine = engine, .config = config, .c = CONTAINER_INIT };
	struct err why = ERR_INIT;
	int r;

	x.c.engine = engine;
	recover_boot(engine);
	r = step_run("engine-create", steps, ARRAY_SIZE(steps), &x, &why);
	if (r == 0) {
		memcpy(ret_id, x.id, ENGINE_ID);
		if (x.c.record.userns_reason && geteuid() == 0)
			*ret_note = str_format("no user namespace of its own: %s", x.c.record.userns_reason);
	} else if (e) {
		/* The sentence is for people who know Docker's: the step's name in front tells them nothing. */
		const char *text = strstr(why.text, ": ");

		*e = why;
		if (text)
			(void)err_set(e, (enum err_code)why.code, "%s", text + 2);
		e->number = why.number;
	}
	image_record_done(&x.image);
	container_close(&x.c);
	return r;
}
