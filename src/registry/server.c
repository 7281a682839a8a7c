/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The first process opens everything (addresses, certificate, passwords, directories), gives up what it no longer needs and
 * only then starts the others, who inherit all of it. It serves nothing itself and so has nothing to fail on.
 */

#include "registry/server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/proc.h"
#include "registry/confine.h"
#include "registry/listen.h"
#include "registry/transport.h"
#include "registry/upload.h"

enum { PROCESSES_MAX = 64, HTPASSWD_MAX = 1 << 20, AGAIN_MS = 200, LAST_SECONDS = 10 };

static const int64_t sweep_age = 7 * 24 * 3600; /* seconds */
static const time_t sweep_interval = 3600;

struct master {
	struct registry_config config;
	struct registry registry;
	struct htpasswd users;
	void *tls;
	int listeners[SERVER_LISTENERS];
	pid_t processes[PROCESSES_MAX];
};

static void master_done(struct master *m)
{
	for (size_t i = 0; i < m->config.listen.n && i < SERVER_LISTENERS; i++)
		own_close(&m->listeners[i]);
	registry_done(&m->registry);
	htpasswd_done(&m->users);
	registry_config_done(&m->config);
}

/* ---- before anything is served ---- */

static int open_log(const struct registry_config *config, struct err *e)
{
	enum log_level level = LOG_LEVEL_INFO;

	if (config->log_level && log_parse_level(config->log_level, &level) < 0)
		return err_set(e, ERR_INVALID, "invalid log level '%s'", config->log_level);
	log_init("lighter-registry", STDERR_FILENO, level);
	log_set_form(LOG_LOGFMT);
	return 0;
}

static int open_users(struct master *m, struct err *e)
{
	autostr struct str text = STR_INIT;
	autofd int fd = -EBADF;
	const char *path = m->config.htpasswd;
	int r;

	if (!path)
		return 0;
	fd = path_open(AT_FDCWD, path, PATH_HOST, O_RDONLY | O_NOCTTY, 0);
	r = fd < 0 ? fd : io_read_all(fd, HTPASSWD_MAX, &text);
	if (r < 0)
		return err_sys(e, -r, "read '%s'", path);
	r = htpasswd_parse(str_text(&text), text.len, &m->users, e);
	if (text.data)
		explicit_bzero(text.data, text.len);
	return r < 0 ? err_prefix(e, "'%s'", path) : 0;
}

static int open_listeners(struct master *m, struct err *e)
{
	if (m->config.listen.n > SERVER_LISTENERS)
		return err_set(e, ERR_INVALID, "at most %d addresses can be listened on", SERVER_LISTENERS);
	for (size_t i = 0; i < m->config.listen.n; i++) {
		m->listeners[i] = listen_open(m->config.listen.items[i], e);
		if (m->listeners[i] < 0)
			return -1;
	}
	return 0;
}

static int master_open(struct master *m, const char *json, struct err *e)
{
	if (registry_config_parse(json, strlen(json), &m->config, e) < 0 || open_log(&m->config, e) < 0)
		return -1;
	if (m->config.processes > PROCESSES_MAX)
		return err_set(e, ERR_INVALID, "at most %d processes can serve", PROCESSES_MAX);
	if (open_users(m, e) < 0)
		return -1;
	if (m->config.tls_cert) {
		m->tls = transport_tls_context(m->config.tls_cert, m->config.tls_key, e);
		if (!m->tls)
			return -1;
	}
	if (registry_open(m->config.root, m->config.images, &m->registry, e) < 0 || open_listeners(m, e) < 0)
		return -1;
	return confine(&m->registry, e);
}

static void tell(const struct master *m)
{
	char text[LISTEN_TEXT];

	for (size_t i = 0; i < m->config.listen.n; i++)
		log_info("listening on %s", listen_text(m->listeners[i], text));
}

/* ---- the processes ---- */

/* Who inherits our end of a signal or of a process. */
static void begin_process(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)signal(SIGCHLD, SIG_IGN); /* nobody waits for the works */
}

static int serve(struct master *m)
{
	struct server s = {
		.loop = LOOP_INIT,
		.config = &m->config,
		.registry = &m->registry,
		.tls = m->tls,
		.n_listeners = m->config.listen.n,
	};
	struct auth auth = { .next = 0 };
	struct err e = ERR_INIT;
	int r = 0;

	begin_process();
	for (size_t i = 0; i < s.n_listeners; i++)
		s.listeners[i].source.fd = m->listeners[i];
	if (m->config.htpasswd) {
		r = auth_start(&auth, &m->users, &e);
		s.auth = &auth;
	}
	if (r == 0)
		r = server_serve(&s, &e);
	if (r < 0)
		log_error("%s", e.text);
	return r < 0;
}

/* The child's end is in the child: only the number is kept, as nobody but us reaps it. */
static pid_t start(struct master *m, int (*run)(struct master *m))
{
	autoproc struct proc proc = PROC_INIT;
	pid_t pid = proc_fork(&proc);

	if (pid == 0)
		_exit(run(m));
	if (pid < 0)
		log_error("start a process: %s", strerror((int)-pid));
	return pid < 0 ? 0 : pid;
}

static int sweep(struct master *m)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	upload_sweep(&m->registry, clock_wall() / NSEC_PER_SEC - sweep_age);
	return 0;
}

static void start_missing(struct master *m)
{
	for (uint32_t i = 0; i < m->config.processes; i++)
		if (m->processes[i] == 0)
			m->processes[i] = start(m, serve);
}

/* Takes note of the children that have ended: whether one of them was to serve on. */
static bool reap(struct master *m)
{
	bool died = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (uint32_t i = 0; i < m->config.processes; i++)
			if (m->processes[i] == pid) {
				m->processes[i] = 0;
				died = true;
			}
	return died;
}

static bool all_gone(const struct master *m)
{
	for (uint32_t i = 0; i < m->config.processes; i++)
		if (m->processes[i])
			return false;
	return true;
}

static void signal_all(const struct master *m, int number)
{
	for (uint32_t i = 0; i < m->config.processes; i++)
		if (m->processes[i])
			(void)kill(m->processes[i], number);
}

/* Requests that run are answered; who has not ended in time is ended. */
static void stop(struct master *m, const sigset_t *signals)
{
	const struct timespec second = { .tv_sec = 1 };

	signal_all(m, SIGTERM);
	for (int i = 0; i < LAST_SECONDS && !all_gone(m); i++) {
		(void)sigtimedwait(signals, NULL, &second);
		(void)reap(m);
	}
	signal_all(m, SIGKILL);
}

static void look_after(struct master *m, const sigset_t *signals)
{
	const struct timespec hour = { .tv_sec = sweep_interval }, moment = { .tv_nsec = AGAIN_MS * NSEC_PER_MSEC };

	for (;;) {
		int number;

		start_missing(m);
		number = sigtimedwait(signals, NULL, &hour);
		if (number == SIGTERM || number == SIGINT)
			return;
		if (number < 0 && errno == EAGAIN)
			(void)start(m, sweep);
		/* Not in a circle, if it dies at once. */
		if (reap(m)) {
			log_error("a serving process has died, another one takes its place");
			number = sigtimedwait(signals, NULL, &moment);
			if (number == SIGTERM || number == SIGINT)
				return;
		}
	}
}

static int run(struct master *m, const char *json, struct err *e)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (master_open(m, json, e) < 0)
		return -1;
	tell(m);
	(void)start(m, sweep);
	look_after(m, &signals);
	stop(m, &signals);
	return 0;
}

int server_main(const char *json)
{
	struct master m = { .registry = REGISTRY_INIT };
	struct err e = ERR_INIT;
	int r;

	memset(m.listeners, -1, sizeof(m.listeners));
	r = run(&m, json, &e);
	if (r < 0)
		(void)dprintf(STDERR_FILENO, "lighter-registry: %s\n", e.text);
	master_done(&m);
	return r < 0;
}
