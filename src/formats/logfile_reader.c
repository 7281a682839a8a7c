/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A file is known by its inode, not by its name: rotation renames it under the reader's hands. At the end of a file the
 * reader looks which name it has now: the current name means that more may come, NAME.k means that NAME.k-1 is next, no
 * name at all means that the reader was overtaken, which it says. Lines that do not decode are skipped up to the next
 * one that does and reported as one record. Where an index record covers a batch, the batch's checksum is verified too.
 */

#include "formats/logfile_reader.h"

#include <stdio.h>
#include <sys/inotify.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/path.h"
#include "base/str.h"
#include "formats/logfile.h"

enum { READ_CHUNK = 65536, NAME_LEN = 300 };

struct logfile_reader {
	int dir, fd, index_fd, watch;
	const char *name;
	int64_t since;
	struct str buffer;   /* what was read and not yet handed out */
	size_t used;	     /* of the buffer */
	uint64_t offset;     /* in the file, of buffer.data[used] */
	struct str text;     /* of the record last handed out */
	struct logfile_index batch;
	uint64_t index_at;   /* in the index file */
	uint32_t crc;
	bool verifying;	     /* `crc` covers batch from its start to `offset` */
	uint64_t damage;     /* bytes skipped and not yet reported */
	uint64_t damage_at;
	bool overtaken;
};

static void log_name(const struct logfile_reader *r, unsigned generation, const char *suffix, char to[static NAME_LEN])
{
	if (generation)
		(void)snprintf(to, NAME_LEN, "%s.%u%s", r->name, generation, suffix);
	else
		(void)snprintf(to, NAME_LEN, "%s%s", r->name, suffix);
}

static int log_open(const struct logfile_reader *r, unsigned generation, const char *suffix)
{
	char name[NAME_LEN];

	log_name(r, generation, suffix, name);
	return path_open(r->dir, name, PATH_OWN, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
}

/* The oldest generation that exists; -ENOENT when there is no log at all. */
static int log_oldest(const struct logfile_reader *r)
{
	char name[NAME_LEN];
	struct stat st;
	int found = -ENOENT;

	for (unsigned i = 0; i < LOGFILE_FILES_MAX; i++) {
		log_name(r, i, "", name);
		if (fstatat(r->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			found = (int)i;
		else if (i > 0)
			break;
	}
	return found;
}

/* Which generation is the open file now? -ENOENT: none. */
static int log_generation(const struct logfile_reader *r)
{
	struct stat mine, other;
	char name[NAME_LEN];

	if (fstat(r->fd, &mine) < 0)
		return -errno;
	for (unsigned i = 0; i < LOGFILE_FILES_MAX; i++) {
		log_name(r, i, "", name);
		if (fstatat(r->dir, name, &other, AT_SYMLINK_NOFOLLOW) < 0) {
			if (i > 0)
				break;
			continue; /* between the rename and the new file */
		}
		if (mine.st_ino == other.st_ino && mine.st_dev == other.st_dev)
			return (int)i;
	}
	return -ENOENT;
}

static void log_use(struct logfile_reader *r, int fd, int index_fd)
{
	own_close(&r->fd);
	own_close(&r->index_fd);
	r->fd = fd;
	r->index_fd = index_fd;
	r->offset = r->index_at = 0;
	r->used = 0;
	str_clear(&r->buffer);
	r->verifying = false;
	r->batch = (struct logfile_index){ .offset = 0 };
}

static int log_use_generation(struct logfile_reader *r, unsigned generation)
{
	int fd = log_open(r, generation, "");

	if (fd < 0)
		return fd;
	log_use(r, fd, log_open(r, generation, ".index"));
	return 0;
}

/* Goes on to the next younger file: 1, or 0 when the open one is the youngest. */
static int log_advance(struct logfile_reader *r)
{
	for (int tries = 0; tries < 100; tries++) {
		int k = log_generation(r), oldest = log_oldest(r);
		autofd int fd = -EBADF, index_fd = -EBADF;

		if (k == 0 || oldest < 0)
			return 0;
		fd = log_open(r, (unsigned)(k < 0 ? oldest : k - 1), "");
		index_fd = log_open(r, (unsigned)(k < 0 ? oldest : k - 1), ".index");
		if (fd < 0 || log_generation(r) != k)
			continue; /* rotated meanwhile */
		r->overtaken |= k < 0;
		log_use(r, take_fd(fd), take_fd(index_fd));
		return 1;
	}
	return 0;
}

/* ---- checksums ---- */

/* At the start of an unverified stretch: is there an index record for exactly here? */
static void log_find_batch(struct logfile_reader *r)
{
	uint8_t bytes[LOGFILE_INDEX_SIZE];
	struct logfile_index index;

	while (!r->verifying && r->index_fd >= 0 &&
	       pread(r->index_fd, bytes, sizeof(bytes), (off_t)r->index_at) == sizeof(bytes)) {
		bool good = logfile_index_decode(bytes, &index) == 0;

		if (good && index.offset > r->offset)
			return;
		r->index_at += sizeof(bytes);
		if (good && index.offset == r->offset && index.length > 0) {
			r->batch = index;
			r->verifying = true;
			r->crc = 0;
		}
	}
}

static void log_consume(struct logfile_reader *r, size_t len)
{
	log_find_batch(r);
	if (r->verifying)
		r->crc = crc32c(r->crc, r->buffer.data + r->used, len);
	r->used += len;
	r->offset += len;
	if (!r->verifying || r->offset < r->batch.offset + r->batch.length)
		return;
	if (r->offset == r->batch.offset + r->batch.length && r->crc != r->batch.crc && !r->damage) {
		r->damage = r->batch.length;
		r->damage_at = r->batch.offset;
	}
	r->verifying = false;
}

/* ---- lines ---- */

/* 1: the buffer holds a whole line of *ret_len bytes with its newline; 0: the end of the file for now. */
static int log_fill(struct logfile_reader *r, size_t *ret_len, struct err *e)
{
	for (;;) {
		size_t have = r->buffer.len - r->used;
		const char *start = r->buffer.data ? r->buffer.data + r->used : "";
		const char *end = have ? memchr(start, '\n', have) : NULL;
		char *room;
		ssize_t n;

		if (end || have > LOGFILE_LINE_MAX) {
			*ret_len = end ? (size_t)(end - start) + 1 : have;
			return 1;
		}
		if (r->used > 0) {
			memmove(r->buffer.data, r->buffer.data + r->used, have);
			r->buffer.len = have;
			r->used = 0;
		}
		room = str_reserve(&r->buffer, READ_CHUNK);
		if (!room)
			return err_nomem(e);
		n = pread(r->fd, room, READ_CHUNK, (off_t)(r->offset + have));
		if (n < 0)
			return err_sys(e, errno, "read the log");
		if (n == 0)
			return 0;
		r->buffer.len += (size_t)n;
	}
}

static int log_report(struct logfile_reader *r, struct logfile_record *ret, struct err *e)
{
	str_clear(&r->text);
	if (r->overtaken)
		str_add(&r->text, "lighter: the log was rotated away while it was read: lines are missing here\n");
	else
		str_addf(&r->text, "lighter: the log is damaged: %llu bytes at offset %llu\n",
			 (unsigned long long)r->damage, (unsigned long long)r->damage_at);
	r->overtaken = false;
	r->damage = 0;
	if (r->text.failed)
		return err_nomem(e);
	*ret = (struct logfile_record){ .stream = 2, .time = clock_wall(), .bytes = r->text.data, .len = r->text.len };
	return 1;
}

static void log_skip(struct logfile_reader *r, size_t len)
{
	if (!r->damage)
		r->damage_at = r->offset;
	r->damage += len;
	r->verifying = false;
	log_find_batch(r);
	r->verifying = false;
	r->used += len;
	r->offset += len;
}

/* The buffer's next line as a record: 1, or 0 when it was skipped (damaged, too old). */
static int log_take(struct logfile_reader *r, size_t len, struct logfile_record *ret, struct err *e)
{
	const char *line = r->buffer.data + r->used;
	struct logfile_record record;
	bool whole = line[len - 1] == '\n';

	str_clear(&r->text);
	if (!whole || logfile_decode(line, len - 1, &r->text, &record.stream, &record.time, NULL) < 0) {
		log_skip(r, len);
		return 0;
	}
	if (r->text.failed)
		return err_nomem(e);
	if (r->damage)
		return log_report(r, ret, e); /* before the line that ends the damage; it is read again */
	log_consume(r, len);
	if (record.time < r->since)
		return 0;
	record.bytes = str_text(&r->text);
	record.len = r->text.len;
	*ret = record;
	return 1;
}

static void log_drain_watch(const struct logfile_reader *r)
{
	char events[4096];

	while (r->watch >= 0 && read(r->watch, events, sizeof(events)) > 0)
		;
}

int logfile_reader_next(struct logfile_reader *r, struct logfile_record *ret, struct err *e)
{
	log_drain_watch(r);
	for (;;) {
		size_t len, left;
		int n;

		if (r->fd < 0 && log_oldest(r) >= 0)
			(void)log_use_generation(r, (unsigned)log_oldest(r));
		if (r->fd < 0)
			return 0;
		n = log_fill(r, &len, e);
		if (n > 0)
			n = log_take(r, len, ret, e);
		else if (n == 0 && log_generation(r) == 0)
			return r->damage ? log_report(r, ret, e) : 0;
		else if (n == 0 && log_fill(r, &len, e) == 0) { /* still the end, now that it gets no more */
			left = r->buffer.len - r->used;
			if (left > 0)
				log_skip(r, left);
			if (r->damage)
				return log_report(r, ret, e);
			if (log_advance(r) == 0)
				return 0;
			if (r->overtaken)
				return log_report(r, ret, e);
		}
		if (n != 0)
			return n;
	}
}

/* ---- where to begin ---- */

/* Counts newlines from the end; *wanted lines are left to find. Returns the offset where the last *wanted begin. */
static int64_t log_tail_offset(int fd, int64_t *wanted)
{
	struct stat st;
	off_t end = fstat(fd, &st) < 0 ? 0 : st.st_size;
	char block[4096];
	bool last = true; /* the final newline ends the last line, it begins none */

	while (end > 0) {
		off_t start = end > (off_t)sizeof(block) ? end - (off_t)sizeof(block) : 0;
		ssize_t n = pread(fd, block, (size_t)(end - start), start);

		for (ssize_t i = n - 1; i >= 0; i--) {
			if (block[i] != '\n' || last) {
				last = false;
				continue;
			}
			if (--*wanted == 0)
				return start + i + 1;
		}
		if (n <= 0)
			break;
		end = start;
	}
	if (!last)
		--*wanted;
	return 0;
}

static void log_seek_tail(struct logfile_reader *r, int64_t tail)
{
	int oldest = log_oldest(r);
	int64_t wanted = tail, offset = 0;

	for (int k = 0; k <= oldest; k++) {
		if (log_use_generation(r, (unsigned)k) < 0)
			continue;
		if (wanted == 0) { /* tail 0: only what comes from now on */
			struct stat st;

			offset = fstat(r->fd, &st) < 0 ? 0 : st.st_size;
			break;
		}
		offset = log_tail_offset(r->fd, &wanted);
		if (wanted <= 0)
			break;
	}
	r->offset = (uint64_t)offset;
}

/* Leaves out what the index knows to be older than `since`: whole files and leading batches. */
static void log_seek_since(struct logfile_reader *r)
{
	uint8_t bytes[LOGFILE_INDEX_SIZE];
	struct logfile_index index;
	uint64_t at = 0;

	while (pread(r->index_fd, bytes, sizeof(bytes), (off_t)at) == sizeof(bytes) &&
	       logfile_index_decode(bytes, &index) == 0 && index.offset == r->offset && index.time < r->since) {
		r->offset += index.length;
		at += sizeof(bytes);
	}
	r->index_at = at;
}

int logfile_reader_open(const struct logfile_read *how, struct logfile_reader **ret, struct err *e)
{
	struct logfile_reader *r = malloc(sizeof(*r));
	int oldest;

	if (!r)
		return err_nomem(e);
	*r = (struct logfile_reader){
		.dir = how->dir, .name = how->name, .since = how->since,
		.fd = -EBADF, .index_fd = -EBADF, .watch = -EBADF,
	};
	oldest = log_oldest(r);
	if (oldest >= 0 && how->tail >= 0) {
		log_seek_tail(r, how->tail);
	} else if (oldest >= 0 && log_use_generation(r, (unsigned)oldest) == 0 && how->since > 0 && r->index_fd >= 0) {
		log_seek_since(r);
	}
	*ret = r;
	return 0;
}

void logfile_reader_free(struct logfile_reader *r)
{
	if (!r)
		return;
	own_close(&r->fd);
	own_close(&r->index_fd);
	own_close(&r->watch);
	str_done(&r->buffer);
	str_done(&r->text);
	free(r);
}

int logfile_reader_fd(struct logfile_reader *r)
{
	char path[PATH_FD_LEN];
	autofd int fd = -EBADF;

	if (r->watch >= 0)
		return r->watch;
	fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd < 0 || inotify_add_watch(fd, path_of_fd(r->dir, path), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return -errno;
	r->watch = take_fd(fd);
	return r->watch;
}
