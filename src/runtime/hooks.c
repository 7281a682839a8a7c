/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hooks.h"

/*
 * A hook is a program of the host, trusted as the configuration is, that may still hang, shout or die. Its stdin is a
 * file in memory, so that it need not read it; of its output the beginning is kept for the error; its time is measured
 * from outside.
 */

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/proc_run.h"
#include "runtime/annotations.h"

enum { SAID_MAX = 400 /* bytes of output in an error */ };

static const struct {
	const char *name, *status;
	size_t list; /* in struct oci_hooks */
} kinds[HOOK_KINDS] = {
	/* The specification puts it after step 2, the creation of the environment; its own program and crun say "created". */
	[HOOK_PRESTART] = { "prestart", "created", offsetof(struct oci_hooks, prestart) },
	[HOOK_CREATE_RUNTIME] = { "createRuntime", "creating", offsetof(struct oci_hooks, create_runtime) },
	[HOOK_CREATE_CONTAINER] = { "createContainer", "creating", offsetof(struct oci_hooks, create_container) },
	[HOOK_START_CONTAINER] = { "startContainer", "created", offsetof(struct oci_hooks, start_container) },
	[HOOK_POSTSTART] = { "poststart", "running", offsetof(struct oci_hooks, poststart) },
	[HOOK_POSTSTOP] = { "poststop", "stopped", offsetof(struct oci_hooks, poststop) },
};

const char *hook_name(enum hook_kind kind)
{
	return kinds[kind].name;
}

const struct oci_hook_list *hook_list(const struct oci_spec *spec, enum hook_kind kind)
{
	const void *hooks = spec->hooks;

	return hooks ? (const struct oci_hook_list *)(const void *)((const char *)hooks + kinds[kind].list) : NULL;
}

bool hook_any(const struct oci_spec *spec, enum hook_kind kind)
{
	const struct oci_hook_list *list = hook_list(spec, kind);

	return list && list->n > 0;
}

/* ---- output ---- */

static int open_output(const struct oci_spec *spec, const char *annotation, int *ret, struct err *e)
{
	const char *path = annotation_get(spec, annotation);
	int fd = path ? path_open(AT_FDCWD, path, PATH_HOST, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK, 0600) :
			-EBADF;

	if (path && fd < 0)
		return err_sys(e, -fd, "annotations.%s: '%.200s'", annotation, path);
	*ret = fd;
	return 0;
}

int hook_output_open(const struct oci_spec *spec, struct hook_output *ret, struct err *e)
{
	cleanup(hook_output_done) struct hook_output output = HOOK_OUTPUT_NONE;

	if (open_output(spec, ANNOTATION_HOOKS_STDOUT, &output.out, e) < 0 ||
	    open_output(spec, ANNOTATION_HOOKS_STDERR, &output.err, e) < 0)
		return -1;
	*ret = output;
	output = (struct hook_output)HOOK_OUTPUT_NONE;
	return 0;
}

void hook_output_done(struct hook_output *output)
{
	own_close(&output->out);
	own_close(&output->err);
}

/* ---- running ---- */

static void write_state(const struct hook_call *call, struct str *to)
{
	struct json_writer w = { .out = to };

	state_add(call->state, kinds[call->kind].status, call->pid, &w, NULL);
}

/* A file in memory that holds the state, at its beginning. */
static int state_file(const struct str *state, struct err *e)
{
	autofd int fd = memfd_create("state", MFD_CLOEXEC);

	if (fd < 0 || io_write_full(fd, state->data, state->len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, errno, "make the state for a hook");
	return take_fd(fd);
}

static int judge(int status, const struct oci_hook *hook, const struct str *said, struct err *e)
{
	if (status == 0)
		return 0;
	if (status == -ETIMEDOUT)
		return err_set(e, ERR_DEADLINE, "'%.300s' ran past its timeout of %lld s", hook->path,
			       (long long)hook->timeout.value);
	if (status < 0)
		return err_sys(e, -status, "wait for '%.300s'", hook->path);
	return err_set(e, ERR_INTERNAL, "'%.300s' ended with %d%s%s", hook->path, status, said->len ? ": " : "",
		       str_text(said));
}

static int run_hook(const struct hook_call *call, const struct oci_hook *hook, const struct str *state, struct err *e)
{
	int64_t deadline = hook->timeout.set ? clock_boot() + hook->timeout.value * NSEC_PER_SEC : 0;
	char *alone[] = { hook->path, NULL };
	const struct proc_spawn how = {
		.path = hook->path,
		.argv = hook->args.n > 0 ? hook->args.items : alone,
		.envp = hook->env.n > 0 ? hook->env.items : call->envp,
		.cwd = call->cwd,
		.before = call->confine,
		.before_arg = call->arg,
	};
	autofd int input = state_file(state, e);
	const struct hook_output none = HOOK_OUTPUT_NONE, *output = call->output ? call->output : &none;
	const int stdio[] = { input, output->out, output->err };
	autostr struct str said = STR_INIT;
	int status;

	if (input < 0 || proc_run(&how, stdio, deadline, SAID_MAX, &said, &status, e) < 0)
		return -1;
	return judge(status, hook, &said, e);
}

static int run_nth(const struct hook_call *call, size_t i, const struct str *state, struct err *e)
{
	const struct oci_hook *hook = &hook_list(call->spec, call->kind)->items[i];

	log_debug("hooks.%s[%zu]: '%s'", kinds[call->kind].name, i, hook->path);
	return run_hook(call, hook, state, e) < 0 ? err_prefix(e, "hooks.%s[%zu]", kinds[call->kind].name, i) : 0;
}

int hooks_run(const struct hook_call *call, struct err *e)
{
	const struct oci_hook_list *list = hook_list(call->spec, call->kind);
	autostr struct str state = STR_INIT;

	if (!list || list->n == 0)
		return 0;
	write_state(call, &state);
	if (state.failed)
		return err_nomem(e);
	for (size_t i = 0; i < list->n; i++)
		if (run_nth(call, i, &state, e) < 0)
			return -1;
	return 0;
}

void hooks_run_all(const struct hook_call *call)
{
	const struct oci_hook_list *list = hook_list(call->spec, call->kind);
	autostr struct str state = STR_INIT;

	if (!list || list->n == 0)
		return;
	write_state(call, &state);
	for (size_t i = 0; i < list->n; i++) {
		struct err e = ERR_INIT;

		if (run_nth(call, i, &state, &e) < 0)
			log_warn("%s, ignoring", e.text);
	}
}
