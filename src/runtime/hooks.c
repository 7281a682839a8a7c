/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hooks.h"

/*
 * A hook is a program of the host, trusted as the configuration is, that may still hang, shout or die. Its stdin is a
 * file in memory, so that it need not read it; of its output the beginning is kept for the error; its time is measured
 * from outside.
 */

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/proc.h"

enum { SAID_MAX = 400 /* bytes of output in an error */ };

static const struct {
	const char *name, *status;
	size_t list; /* in struct oci_hooks */
} kinds[HOOK_KINDS] = {
	[HOOK_PRESTART] = { "prestart", "creating", offsetof(struct oci_hooks, prestart) },
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

static int start(const struct hook_call *call, const struct oci_hook *hook, int input, int output, struct proc *ret,
		 struct err *e)
{
	char *alone[] = { hook->path, NULL };
	const int keep[] = { input, 0, output, 1, output, 2 };
	const struct proc_spawn how = {
		.path = hook->path,
		.argv = hook->args.n > 0 ? hook->args.items : alone,
		.envp = hook->env.n > 0 ? hook->env.items : call->envp,
		.keep = keep,
		.n_keep = ARRAY_SIZE(keep) / 2,
		.new_session = true,
		.cwd = call->cwd,
		.before = call->confine,
		.before_arg = call->arg,
	};

	return proc_spawn(&how, ret, e);
}

/* Takes what is there; only the first SAID_MAX bytes stay. */
static void listen_to(int output, struct str *said)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(output, bytes, sizeof(bytes))) > 0)
		if (said->len < SAID_MAX)
			str_add_bytes(said, bytes, (size_t)n < SAID_MAX - said->len ? (size_t)n : SAID_MAX - said->len);
}

/* Until the program has ended: what it left behind may hold the pipe open for ever. -ETIMEDOUT after the deadline. */
static int watch(struct proc *hook, int output, int64_t deadline, struct str *said)
{
	struct pollfd at[] = { { .fd = hook->pidfd, .events = POLLIN }, { .fd = output, .events = POLLIN } };

	for (;;) {
		int64_t left = deadline - clock_boot();
		struct timespec t = { .tv_sec = left / NSEC_PER_SEC, .tv_nsec = left % NSEC_PER_SEC };

		if (deadline && left <= 0)
			return -ETIMEDOUT;
		if (ppoll(at, ARRAY_SIZE(at), deadline ? &t : NULL, NULL) < 0 && errno != EINTR)
			return -errno;
		listen_to(output, said);
		if (at[1].revents & (POLLHUP | POLLERR))
			at[1].fd = -1;
		if (at[0].revents)
			return proc_wait(hook, 0);
	}
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
	autofd int input = state_file(state, e), output = -EBADF, theirs = -EBADF;
	autoproc struct proc child = PROC_INIT;
	autostr struct str said = STR_INIT;
	int ends[2], status;

	if (input < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "make a pipe for a hook");
	output = ends[0];
	theirs = ends[1];
	if (fcntl(output, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, errno, "make a pipe for a hook");
	if (start(call, hook, input, theirs, &child, e) < 0)
		return -1;
	(void)close(take_fd(theirs));
	status = watch(&child, output, deadline, &said);
	if (status < 0) {
		(void)proc_signal_session(&child, SIGKILL);
		(void)proc_kill_wait(&child);
	}
	while (said.len > 0 && said.data[said.len - 1] == '\n')
		said.data[--said.len] = '\0';
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
