/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "runtime/annotations.h"

const struct oci_spec *config_spec(const struct config *config)
{
	return config->from_launch ? &config->launch.spec : &config->spec;
}

void config_done(struct config *config)
{
	if (config->from_launch)
		launch_done(&config->launch);
	else
		oci_spec_done(&config->spec);
}

static int read_launch(const struct state *state, struct launch *ret, struct err *e)
{
	autofd int dir = path_open(AT_FDCWD, state->bundle, PATH_HOST, O_PATH | O_DIRECTORY, 0);

	return dir < 0 ? err_sys(e, -dir, "open bundle '%s'", state->bundle) : launch_read(dir, ret, e);
}

static struct oci_process *no_process(void)
{
	struct oci_process *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->absent = true;
	p->cwd = strdup("/");
	if (!p->cwd)
		free(take_ptr(p));
	return p;
}

/* Before linux.seccomp.listenerPath there was an annotation. */
static int adopt_receiver(struct oci_spec *spec)
{
	const char *receiver = annotation_get(spec, ANNOTATION_SECCOMP_RECEIVER);
	struct oci_seccomp *s = spec->linux_ ? spec->linux_->seccomp : NULL;

	if (!receiver || !s || (s->listener_path && s->listener_path[0]))
		return 0;
	free(take_ptr(s->listener_path));
	s->listener_path = strdup(receiver);
	return s->listener_path ? 0 : -ENOMEM;
}

int config_parse(const struct str *text, struct oci_spec *ret, struct err *e)
{
	if (oci_spec_parse(str_text(text), text->len, ret, e) < 0)
		return -1;
	if (!ret->process)
		ret->process = no_process();
	if (ret->process && adopt_receiver(ret) == 0)
		return 0;
	oci_spec_done(ret);
	return err_nomem(e);
}

int config_read(int state_dir, const struct state *state, struct config *ret, struct err *e)
{
	autostr struct str text = STR_INIT;

	*ret = (struct config)CONFIG_INIT;
	if (state->launch) {
		ret->from_launch = true;
		return read_launch(state, &ret->launch, e);
	}
	if (file_read(state_dir, "config.json", CONFIG_MAX, &text, e) < 0)
		return err_prefix(e, "container '%s'", state->id);
	return config_parse(&text, &ret->spec, e);
}

/* Before the record names a process nobody reads it, so it needs no rename. */
int config_keep(int state_dir, const struct str *text, struct err *e)
{
	autofd int fd = path_open(state_dir, "config.json", PATH_OWN, O_WRONLY | O_CREAT | O_EXCL, 0600);
	int r = fd < 0 ? fd : io_write_full(fd, text->data, text->len);

	return r < 0 ? err_sys(e, -r, "keep a copy of config.json") : 0;
}
