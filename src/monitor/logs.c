/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Line splitting is Docker's: a line ends at its newline; when 16 KiB pass without one, they become a piece of their own
 * without newline, and all pieces of a line carry the time of the first. Rotation is Docker's too: before a line is
 * written the file is rotated if it has reached max_size, so a file exceeds it by less than one line.
 *
 * Rotation is a list of renames, oldest first, each of which may be repeated: its source is gone when it was done. The
 * number of the step is in shared memory, so a new monitor continues where the killed one stopped.
 */

#include "monitor/logs.h"

#include <stdio.h>
#include <sys/mman.h>

#include "base/crc32c.h"
#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"

enum { LOGS_NAME = 300, LOGS_MODE = 0640 };

/* ---- encoding ---- */

struct logs_tail {
	int64_t time;
	size_t len;
	char text[LOGFILE_TAIL];
};

static size_t logs_line(const char *text, size_t len, bool newline, const struct logs_tail *tail, char *to)
{
	size_t n = logfile_text(text, len, newline, to);

	memcpy(to + n, tail->text, tail->len);
	return n + tail->len;
}

static void logs_tail_set(struct logs_tail *tail, int stream, int64_t time)
{
	if (tail->len == 0 || tail->time != time)
		tail->len = logfile_tail(stream, time, tail->text);
	tail->time = time;
}

void logs_encode(const struct logs_input *in, uint64_t limit, char *out, size_t room, struct logs_chunk *ret)
{
	struct logs_chunk c = { .partial = in->partial, .partial_time = in->partial_time };
	struct logs_tail now = { .len = 0 }, first = { .len = 0 };

	while (c.consumed < in->len && c.len < limit && room - c.len >= LOGFILE_LINE_MAX) {
		const char *at = in->bytes + c.consumed;
		size_t left = in->len - c.consumed, look = left < LOGFILE_PIECE ? left : LOGFILE_PIECE;
		const char *end = memchr(at, '\n', look);
		struct logs_tail *tail = c.partial ? &first : &now;

		if (!end && look < LOGFILE_PIECE && !in->final)
			break;
		logs_tail_set(tail, in->stream, c.partial ? c.partial_time : in->time);
		if (!end && !c.partial)
			c.partial_time = in->time;
		look = end ? (size_t)(end - at) : look;
		c.len += logs_line(at, look, end != NULL, tail, out + c.len);
		c.consumed += look + (end != NULL);
		c.partial = !end;
		c.lines++;
	}
	*ret = c;
}

/* ---- files ---- */

static void logs_name(const struct logs *logs, uint32_t generation, const char *suffix, char to[static LOGS_NAME])
{
	if (generation)
		(void)snprintf(to, LOGS_NAME, "%s.%u%s", logs->name, generation, suffix);
	else
		(void)snprintf(to, LOGS_NAME, "%s%s", logs->name, suffix);
}

static int logs_open_file(const struct logs *logs, const char *suffix, uint64_t *ret_size)
{
	char name[LOGS_NAME];
	autofd int fd = -EBADF;
	struct stat st;

	logs_name(logs, 0, suffix, name);
	fd = path_open(logs->dir, name, PATH_OWN, O_WRONLY | O_CREAT | O_NOCTTY, LOGS_MODE);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_size = (uint64_t)st.st_size;
	return take_fd(fd);
}

static int logs_open_files(struct logs *logs, struct err *e)
{
	autofd int fd = logs_open_file(logs, "", &logs->size), index_fd = -EBADF;

	if (fd < 0)
		return err_sys(e, -fd, "open log '%s'", logs->name);
	index_fd = logs_open_file(logs, ".index", &logs->index_size);
	if (index_fd < 0)
		return err_sys(e, -index_fd, "open the index of log '%s'", logs->name);
	own_close(&logs->fd);
	own_close(&logs->index_fd);
	logs->fd = take_fd(fd);
	logs->index_fd = take_fd(index_fd);
	return 0;
}

static void logs_shift(const struct logs *logs, uint32_t from, const char *suffix)
{
	char older[LOGS_NAME], younger[LOGS_NAME];

	logs_name(logs, from, suffix, younger);
	logs_name(logs, from + 1, suffix, older);
	if (from + 1 >= logs->max_files)
		(void)unlinkat(logs->dir, younger, 0);
	else
		(void)renameat(logs->dir, younger, logs->dir, older);
}

/* Steps from 2 * max_files down to 1: file and index of generation (step - 1) / 2. */
static int logs_rotate(struct logs *logs, struct err *e)
{
	if (logs->shared->rotating == 0)
		logs->shared->rotating = 2 * logs->max_files;
	for (; logs->shared->rotating > 0; logs->shared->rotating--) {
		uint32_t step = logs->shared->rotating - 1;

		logs_shift(logs, step / 2, step % 2 ? "" : ".index");
	}
	return logs_open_files(logs, e);
}

int logs_open(struct logs *logs, struct err *e)
{
	if (logs->max_files < 1)
		logs->max_files = 1;
	if (logs->max_files > LOGFILE_FILES_MAX)
		logs->max_files = LOGFILE_FILES_MAX;
	logs->fd = logs->index_fd = -EBADF;
	return logs->shared->rotating ? logs_rotate(logs, e) : logs_open_files(logs, e);
}

void logs_close(struct logs *logs)
{
	own_close(&logs->fd);
	own_close(&logs->index_fd);
	logs_idle(logs);
}

int logs_truncate(struct logs *logs, uint64_t size, uint64_t index_size, struct err *e)
{
	if (ftruncate(logs->fd, (off_t)size) < 0 || ftruncate(logs->index_fd, (off_t)index_size) < 0)
		return err_sys(e, errno, "truncate log '%s'", logs->name);
	logs->size = size;
	logs->index_size = index_size;
	return 0;
}

/* ---- appending ---- */

static int logs_map(struct logs *logs, struct err *e)
{
	void *out;

	if (logs->out)
		return 0;
	out = mmap(NULL, LOGS_OUT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (out == MAP_FAILED)
		return err_sys(e, errno, "buffer of log '%s'", logs->name);
	logs->out = out;
	return 0;
}

void logs_idle(struct logs *logs)
{
	if (logs->out)
		(void)munmap(logs->out, LOGS_OUT);
	logs->out = NULL;
}

int logs_prepare(struct logs *logs, const struct logs_input *in, struct logs_chunk *ret, struct err *e)
{
	uint64_t limit = UINT64_MAX;

	if (logs_map(logs, e) < 0)
		return -1;
	if (logs->max_size) {
		logs_encode(in, 1, logs->out, LOGS_OUT, ret); /* is there a line to write at all? */
		if (ret->lines && logs->size >= logs->max_size && logs_rotate(logs, e) < 0)
			return -1;
		limit = logs->size < logs->max_size ? logs->max_size - logs->size : 1;
	}
	logs_encode(in, limit, logs->out, LOGS_OUT, ret);
	return 0;
}

static int logs_write(int fd, const void *bytes, size_t len, uint64_t at)
{
	const char *from = bytes;

	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			from += n;
			at += (uint64_t)n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Not an error for the caller: the container must go on, and waiting for space would stop it. Said once a stretch. */
static int logs_lose(struct logs *logs, const struct logs_chunk *chunk, int number, struct err *e)
{
	if (logs->lost == 0)
		log_error("log '%s': %s, output is not logged", logs->name, strerror(number));
	logs->lost += chunk->consumed;
	return logs_truncate(logs, logs->size, logs->index_size, e);
}

int logs_append(struct logs *logs, const struct logs_chunk *chunk, int64_t time, struct err *e)
{
	struct logfile_index index = {
		.offset = logs->size, .length = chunk->len, .time = time, .lines = chunk->lines,
		.crc = crc32c(0, logs->out, chunk->len),
	};
	uint8_t record[LOGFILE_INDEX_SIZE];
	int r = logs_write(logs->fd, logs->out, chunk->len, logs->size);

	logfile_index_encode(&index, record);
	if (r == 0)
		r = logs_write(logs->index_fd, record, sizeof(record), logs->index_size);
	if (r < 0)
		return logs_lose(logs, chunk, -r, e);
	if (logs->lost)
		log_error("log '%s': %llu bytes of output were not logged", logs->name, (unsigned long long)logs->lost);
	logs->lost = 0;
	logs->size += chunk->len;
	logs->index_size += sizeof(record);
	return 0;
}
