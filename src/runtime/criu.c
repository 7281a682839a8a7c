/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/criu.h"

/*
 * One message is one packet. criu answers a request once, with success or an errno and a text; before that it may send
 * notices, each of which wants an answer of ours. A notice can carry a descriptor.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/protobuf.h"

enum { ANSWER_MAX = 64 << 10 };

/* Of criu_req and criu_resp. */
enum { REQUEST_TYPE = 1, REQUEST_OPTIONS = 2, REQUEST_NOTIFY_SUCCESS = 3, REQUEST_FEATURES = 5 };
enum {
	ANSWER_TYPE = 1,
	ANSWER_SUCCESS = 2,
	ANSWER_RESTORE = 4,
	ANSWER_NOTIFY = 5,
	ANSWER_ERRNO = 7,
	ANSWER_FEATURES = 8,
	ANSWER_MESSAGE = 9,
};
enum { RESTORE_PID = 1, NOTIFY_SCRIPT = 1, NOTIFY_PID = 2, FEATURE_TRACK_MEMORY = 1 };

/* ---- options that are messages ---- */

static void add_pair(struct str *options, enum criu_option option, const char *first, const char *second)
{
	autostr struct str message = STR_INIT;

	protobuf_add_text(&message, 1, first);
	protobuf_add_text(&message, 2, second);
	protobuf_add_message(options, option, &message);
}

void criu_add_mount(struct str *options, const char *key, const char *value)
{
	add_pair(options, CRIU_MOUNT, key, value);
}

void criu_add_cgroup_root(struct str *options, const char *controller, const char *path)
{
	add_pair(options, CRIU_CGROUP_ROOT, controller, path);
}

void criu_add_namespace(struct str *options, const char *kind, const char *path)
{
	add_pair(options, CRIU_JOIN_NS, kind, path);
}

static void add_text_and_number(struct str *options, enum criu_option option, const char *text, uint64_t number)
{
	autostr struct str message = STR_INIT;

	protobuf_add_text(&message, 1, text);
	protobuf_add_number(&message, 2, number);
	protobuf_add_message(options, option, &message);
}

void criu_add_inherited(struct str *options, const char *key, int fd)
{
	add_text_and_number(options, CRIU_INHERIT, key, (uint64_t)fd);
}

void criu_add_page_server(struct str *options, const char *address, uint16_t port)
{
	add_text_and_number(options, CRIU_PAGE_SERVER, address, port);
}

/* ---- starting ---- */

static bool is_program(const char *path)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST, O_PATH, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && faccessat(fd, "", X_OK, AT_EMPTY_PATH) == 0;
}

char *criu_find_program(const char *name)
{
	const char *at = getenv("PATH");

	if (strchr(name, '/'))
		return strdup(name);
	for (size_t len; at; at = at[len] ? at + len + 1 : NULL) {
		autofree char *path = NULL;

		len = strcspn(at, ":");
		path = len ? str_format("%.*s/%s", (int)len, at, name) : NULL;
		if (path && is_program(path))
			return take_ptr(path);
	}
	return NULL;
}

static int start(const char *path, const struct proc_spawn *how, int sock, struct proc *ret, struct err *e)
{
	char number[] = { '0' + CRIU_SOCKET, '\0' };
	char *const argv[] = { (char *)(uintptr_t)path, (char[]){ "swrk" }, number, NULL };
	struct proc_spawn full = *how;
	int keep[64];

	if (2 * how->n_keep + 2 > ARRAY_SIZE(keep))
		return err_set(e, ERR_INVALID, "too many descriptors for criu");
	if (how->n_keep > 0)
		memcpy(keep, how->keep, 2 * how->n_keep * sizeof(keep[0]));
	keep[2 * how->n_keep] = sock;
	keep[2 * how->n_keep + 1] = CRIU_SOCKET;
	full.path = path;
	full.argv = argv;
	full.keep = keep;
	full.n_keep = how->n_keep + 1;
	return proc_spawn(&full, ret, e);
}

int criu_start(const char *program, const struct proc_spawn *how, struct criu *ret, struct err *e)
{
	const char *name = program && program[0] ? program : "criu";
	autofree char *path = criu_find_program(name);
	autofd int ours = -EBADF, theirs = -EBADF;
	int ends[2];

	if (!path)
		return err_set(e, ERR_UNAVAILABLE, "'%.200s' is not in PATH: install criu, or say where it is by --criu", name);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(e, errno, "make a socket for criu");
	ours = ends[0];
	theirs = ends[1];
	if (start(path, how, theirs, &ret->process, e) < 0)
		return err_prefix(e, "criu");
	ret->sock = take_fd(ours);
	return 0;
}

void criu_done(struct criu *criu)
{
	own_close(&criu->sock);
	criu->sock = -EBADF;
	if (criu->process.pidfd >= 0)
		(void)proc_wait(&criu->process, 0);
	proc_done(&criu->process);
	criu->process = (struct proc)PROC_INIT;
}

/* ---- talking ---- */

struct answer {
	uint64_t type, success;
	int number;	   /* errno */
	char message[512]; /* why not */
	uint64_t pid;	   /* restored */
	uint64_t track_memory;
	struct criu_notice notice;
};

static void copy_text(const struct protobuf_field *from, char *to, size_t size)
{
	size_t len = from->len < size - 1 ? from->len : size - 1;

	if (len > 0)
		memcpy(to, from->bytes, len);
	to[len] = '\0';
}

static int read_notice(struct protobuf_reader from, struct criu_notice *ret)
{
	struct protobuf_field field;
	int r;

	while ((r = protobuf_next(&from, &field)) > 0)
		if (field.number == NOTIFY_SCRIPT && field.bytes)
			copy_text(&field, ret->name, sizeof(ret->name));
		else if (field.number == NOTIFY_PID)
			ret->pid = (pid_t)field.value;
	return r;
}

/* The number of one field of a message, unchanged if the message lacks it. */
static int read_number(struct protobuf_reader from, uint32_t number, uint64_t *ret)
{
	struct protobuf_field field;
	int r;

	while ((r = protobuf_next(&from, &field)) > 0)
		if (field.number == number)
			*ret = field.value;
	return r;
}

static int read_field(const struct protobuf_field *field, struct answer *to)
{
	switch (field->number) {
	case ANSWER_TYPE:
		to->type = field->value;
		break;
	case ANSWER_SUCCESS:
		to->success = field->value;
		break;
	case ANSWER_ERRNO:
		to->number = (int)field->value;
		break;
	case ANSWER_MESSAGE:
		copy_text(field, to->message, sizeof(to->message));
		break;
	case ANSWER_RESTORE:
		return read_number(protobuf_open(field), RESTORE_PID, &to->pid);
	case ANSWER_FEATURES:
		return read_number(protobuf_open(field), FEATURE_TRACK_MEMORY, &to->track_memory);
	case ANSWER_NOTIFY:
		return read_notice(protobuf_open(field), &to->notice);
	}
	return 0;
}

static int read_answer(const void *bytes, size_t len, struct answer *ret)
{
	struct protobuf_reader reader = { bytes, len };
	struct protobuf_field field;
	int r = 0;

	while (r >= 0) {
		r = protobuf_next(&reader, &field);
		if (r <= 0)
			return r;
		r = read_field(&field, ret);
	}
	return r;
}

static int send_request(int sock, enum criu_request request, const struct str *options, bool success, struct err *e)
{
	autostr struct str message = STR_INIT;
	int r;

	protobuf_add_number(&message, REQUEST_TYPE, request);
	if (options)
		protobuf_add_message(&message, request == CRIU_FEATURES ? REQUEST_FEATURES : REQUEST_OPTIONS, options);
	if (request == CRIU_NOTIFY)
		protobuf_add_number(&message, REQUEST_NOTIFY_SUCCESS, success);
	if (message.failed)
		return err_nomem(e);
	r = io_write_full(sock, message.data, message.len);
	return r < 0 ? err_sys(e, -r, "talk to criu") : 0;
}

static int receive_answer(int sock, struct answer *ret, struct err *e)
{
	autofree char *bytes = malloc(ANSWER_MAX);
	size_t n = 1;
	ssize_t len;

	if (!bytes)
		return err_nomem(e);
	*ret = (struct answer){ .notice.fd = -EBADF };
	len = io_recv_fds(sock, bytes, ANSWER_MAX, &ret->notice.fd, &n);
	if (len <= 0)
		return err_set(e, ERR_UNAVAILABLE, "criu has ended without an answer");
	if (read_answer(bytes, (size_t)len, ret) < 0)
		return err_set(e, ERR_UNSUPPORTED, "the answer of criu is none");
	return 0;
}

static int refuse(const struct answer *answer, struct err *e)
{
	const char *text = answer->message;

	if (text[0])
		return err_set(e, ERR_INTERNAL, "criu: %.*s", (int)strcspn(text, "\n"), text);
	return err_sys(e, answer->number ? answer->number : EIO, "criu");
}

/* 1: that was the answer, 0: a notice, which we have answered. */
static int take_answer(struct criu *criu, const struct answer *answer, criu_listener listener, void *arg, struct err *e)
{
	struct err why = ERR_INIT;
	int r;

	if (answer->type != CRIU_NOTIFY) {
		criu->refused = !answer->success;
		return answer->success ? 1 : refuse(answer, e);
	}
	log_debug("criu: %s", answer->notice.name);
	r = listener ? listener(arg, &answer->notice, &why) : 0;
	if (send_request(criu->sock, CRIU_NOTIFY, NULL, r >= 0, e) < 0)
		return -1;
	if (r < 0 && e)
		*e = why;
	return r < 0 ? -1 : 0;
}

int criu_ask(struct criu *criu, enum criu_request request, const struct str *options, criu_listener listener, void *arg,
	     pid_t *ret_pid, struct err *e)
{
	int r = options->failed ? err_nomem(e) : send_request(criu->sock, request, options, true, e);

	while (r == 0) {
		struct answer answer;

		r = receive_answer(criu->sock, &answer, e);
		if (r == 0)
			r = take_answer(criu, &answer, listener, arg, e);
		own_close(&answer.notice.fd);
		if (r > 0 && ret_pid)
			*ret_pid = (pid_t)answer.pid;
	}
	return r < 0 ? -1 : 0;
}

int criu_can_track_memory(struct criu *criu, struct err *e)
{
	autostr struct str wanted = STR_INIT;
	struct answer answer;

	protobuf_add_number(&wanted, FEATURE_TRACK_MEMORY, true);
	if (send_request(criu->sock, CRIU_FEATURES, &wanted, true, e) < 0 || receive_answer(criu->sock, &answer, e) < 0)
		return -1;
	own_close(&answer.notice.fd);
	return answer.success ? answer.track_memory != 0 : refuse(&answer, e);
}
