/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Packets keep their borders, so there is nothing to reassemble: a header, a body, at most four descriptors. What may be
 * long (arguments and environment of an exec) goes through a memfd and is read by a helper process, never by the monitor.
 */

#include "formats/monitor_msg.h"

#include <string.h>
#include <sys/socket.h>

#include "base/own.h"

int monitor_msg_check(const void *bytes, size_t len, struct monitor_msg *ret, const char **ret_body)
{
	struct monitor_msg msg;

	if (len < sizeof(msg))
		return -EBADMSG;
	memcpy(&msg, bytes, sizeof(msg));
	if (msg.version != MONITOR_MSG_VERSION || msg.type == MONITOR_MSG_NONE || msg.type >= MONITOR_MSG_TYPES ||
	    msg.len > MONITOR_MSG_BODY || msg.len != len - sizeof(msg))
		return -EBADMSG;
	*ret = msg;
	*ret_body = (const char *)bytes + sizeof(msg);
	return 0;
}

int monitor_msg_send(int sock, enum monitor_msg_type type, int32_t a, int32_t b, const void *body, size_t len,
		     const int *fds, size_t n_fds, int flags)
{
	struct monitor_msg msg = {
		.version = MONITOR_MSG_VERSION, .type = (uint16_t)type, .len = (uint32_t)len, .a = a, .b = b,
	};
	struct iovec iov[2] = {
		{ .iov_base = &msg, .iov_len = sizeof(msg) },
		{ .iov_base = (void *)(uintptr_t)body, .iov_len = len },
	};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * MONITOR_MSG_FDS)];
	} control = { 0 };
	struct msghdr header = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };
	ssize_t sent;

	if (len > MONITOR_MSG_BODY || n_fds > MONITOR_MSG_FDS)
		return -EMSGSIZE;
	if (n_fds > 0) {
		header.msg_control = control.room;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * n_fds);
	}
	do
		sent = sendmsg(sock, &header, MSG_NOSIGNAL | flags);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* The body of ERROR: code and errno, then the text without an end mark. */
int monitor_msg_send_error(int sock, int exec_failure, const struct err *e, int flags)
{
	char body[sizeof(int32_t) * 2 + sizeof(e->text)];
	int32_t numbers[2] = { e->code, e->number };
	size_t len = strnlen(e->text, sizeof(e->text) - 1);

	memcpy(body, numbers, sizeof(numbers));
	memcpy(body + sizeof(numbers), e->text, len);
	return monitor_msg_send(sock, MONITOR_ERROR, exec_failure, 0, body, sizeof(numbers) + len, NULL, 0, flags);
}

void monitor_msg_error(const struct monitor_msg *msg, const char *body, struct err *ret)
{
	int32_t numbers[2];
	size_t len;

	if (msg->len < sizeof(numbers)) {
		(void)err_set(ret, ERR_INTERNAL, "the monitor reported an error without a text");
		return;
	}
	memcpy(numbers, body, sizeof(numbers));
	len = msg->len - sizeof(numbers);
	(void)err_set(ret, numbers[0] > ERR_NONE && numbers[0] < ERR_CODES ? (enum err_code)numbers[0] : ERR_INTERNAL,
		      "%.*s", (int)len, body + sizeof(numbers));
	ret->number = numbers[1];
}

/* ---- exec request: eight u32 { version, flags, rows, columns, user?, cwd?, n args, n env }, then strings with NUL ---- */

enum { EXEC_VERSION = 1, EXEC_WORDS = 8, EXEC_FLAGS = 7 };

void monitor_exec_done(struct monitor_exec *exec)
{
	free(exec->user);
	free(exec->working_dir);
	strv_done(&exec->args);
	strv_done(&exec->env);
	*exec = (struct monitor_exec){ .flags = 0 };
}

void monitor_exec_encode(const struct monitor_exec *exec, struct str *to)
{
	uint32_t words[EXEC_WORDS] = {
		EXEC_VERSION, exec->flags, exec->rows, exec->columns, exec->user != NULL, exec->working_dir != NULL,
		(uint32_t)exec->args.n, (uint32_t)exec->env.n,
	};

	str_add_bytes(to, words, sizeof(words));
	if (exec->user)
		str_add_bytes(to, exec->user, strlen(exec->user) + 1);
	if (exec->working_dir)
		str_add_bytes(to, exec->working_dir, strlen(exec->working_dir) + 1);
	for (size_t i = 0; i < exec->args.n; i++)
		str_add_bytes(to, exec->args.items[i], strlen(exec->args.items[i]) + 1);
	for (size_t i = 0; i < exec->env.n; i++)
		str_add_bytes(to, exec->env.items[i], strlen(exec->env.items[i]) + 1);
}

struct exec_cursor {
	const char *at, *end;
};

/* The next string, borrowed; NULL when its end mark is missing. */
static const char *exec_next(struct exec_cursor *c)
{
	const char *text = c->at, *end = memchr(c->at, '\0', (size_t)(c->end - c->at));

	if (!end)
		return NULL;
	c->at = end + 1;
	return text;
}

static int exec_string(struct exec_cursor *c, bool present, char **ret)
{
	const char *text = present ? exec_next(c) : NULL;

	if (!present)
		return 0;
	if (!text)
		return -EBADMSG;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int exec_strings(struct exec_cursor *c, uint32_t n, struct strv *ret)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *text = exec_next(c);
		int r = text ? strv_add(ret, text) : -EBADMSG;

		if (r < 0)
			return r;
	}
	return 0;
}

int monitor_exec_decode(const void *bytes, size_t len, struct monitor_exec *ret, struct err *e)
{
	struct exec_cursor c = { .at = bytes, .end = (const char *)bytes + len };
	struct monitor_exec exec = { .flags = 0 };
	uint32_t words[EXEC_WORDS];
	int r;

	if (len < sizeof(words) || len > MONITOR_EXEC_MAX)
		return err_set(e, ERR_INVALID, "exec request has a wrong size");
	memcpy(words, c.at, sizeof(words));
	c.at += sizeof(words);
	if (words[0] != EXEC_VERSION || (words[1] & ~(uint32_t)EXEC_FLAGS) || words[4] > 1 || words[5] > 1)
		return err_set(e, ERR_UNSUPPORTED, "exec request is of another version");
	exec.flags = words[1];
	exec.rows = words[2];
	exec.columns = words[3];
	r = exec_string(&c, words[4], &exec.user);
	if (r == 0)
		r = exec_string(&c, words[5], &exec.working_dir);
	if (r == 0)
		r = exec_strings(&c, words[6], &exec.args);
	if (r == 0)
		r = exec_strings(&c, words[7], &exec.env);
	if (r == 0 && c.at != c.end)
		r = -EBADMSG;
	if (r < 0) {
		monitor_exec_done(&exec);
		return err_sys(e, -r, "read the exec request");
	}
	*ret = exec;
	return 0;
}

/* What Docker answers: 127 when the program is not there, 126 when it is but cannot be run. */
int monitor_exec_failure(const struct err *e)
{
	static const struct {
		int number, failure;
	} failures[] = {
		{ ENOENT, 127 }, { ENOTDIR, 127 }, { EACCES, 126 }, { EPERM, 126 },   { EISDIR, 126 },
		{ ENOEXEC, 126 }, { ELOOP, 126 },  { E2BIG, 126 },  { ETXTBSY, 126 }, { ELIBBAD, 126 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(failures); i++)
		if (e->number == failures[i].number)
			return failures[i].failure;
	return e->code == ERR_NOT_FOUND ? 127 : e->code == ERR_DENIED ? 126 : 0;
}
