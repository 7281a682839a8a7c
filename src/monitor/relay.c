/* SPDX-License-Identifier: Apache-2.0 */

/*
 * read(2) takes bytes out of a pipe and tells how many only when it returns: a monitor killed in between would lose them.
 * So output is first moved, by splice, to a staging pipe that nobody else writes to: there FIONREAD is exact. The count
 * is noted, the bytes are read into shared memory, and a successor knows from what is left in the staging pipe how many
 * of them arrived. Likewise the sizes of the log are noted before each append: an append that was not committed is cut
 * off and done again, with the same time, so that the log's bytes are those of an undisturbed run.
 *
 * A commit is one store: of `range` (the bytes are in memory, or in the log) or of `phase`.
 */

#include "monitor/relay.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/weaken.h"

struct relay_memory *relay_memory_new(void)
{
	void *memory = mmap(NULL, sizeof(struct relay_memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static struct relay_stream *relay_stream(const struct relay *r)
{
	return &r->memory->streams[r->index];
}

static uint32_t range_start(const struct relay_stream *s)
{
	return (uint32_t)s->range;
}

static uint32_t range_end(const struct relay_stream *s)
{
	return (uint32_t)(s->range >> 32);
}

static void range_set(struct relay_stream *s, uint32_t start, uint32_t end)
{
	__atomic_store_n(&s->range, (uint64_t)end << 32 | start, __ATOMIC_SEQ_CST);
}

static void phase_set(struct relay_stream *s, enum relay_phase phase)
{
	__atomic_store_n(&s->phase, phase, __ATOMIC_SEQ_CST);
}

static int relay_staged(const struct relay *r)
{
	int n = 0;

	return ioctl(r->staging[0], FIONREAD, &n) < 0 ? -errno : n;
}

/* ---- recovery ---- */

static int relay_recover_reading(struct relay *r, struct err *e)
{
	struct relay_stream *s = relay_stream(r);
	int left = relay_staged(r);

	if (left < 0)
		return err_sys(e, -left, "recover output");
	range_set(s, range_start(s), s->base + (s->expected - (uint32_t)left));
	phase_set(s, RELAY_IDLE);
	return 0;
}

static int relay_recover_logging(struct relay *r, struct err *e)
{
	struct relay_stream *s = relay_stream(r);

	if (range_start(s) == s->upto) {
		s->partial = s->next_partial;
		s->partial_time = s->next_partial_time;
	} else if (logs_truncate(r->logs, s->log_size, s->index_size, e) < 0) {
		return -1;
	}
	phase_set(s, RELAY_IDLE);
	return 0;
}

int relay_recover(struct relay *r, struct err *e)
{
	static int (*const recover[])(struct relay *, struct err *) = {
		[RELAY_READING] = relay_recover_reading,
		[RELAY_LOGGING] = relay_recover_logging,
	};
	uint32_t phase = relay_stream(r)->phase;

	if (weakened("relay"))
		phase_set(relay_stream(r), phase = RELAY_IDLE);
	return phase == RELAY_IDLE ? 0 : recover[phase](r, e);
}

/* ---- reading ---- */

/* Room for a batch behind the unfinished line, which is moved to the front: copied first, then one store. */
static void relay_make_room(struct relay *r)
{
	struct relay_stream *s = relay_stream(r);
	char *data = r->memory->data[r->index];
	uint32_t start = range_start(s), len = range_end(s) - start;

	if (len == 0) {
		range_set(s, 0, 0);
	} else if (RELAY_DATA - range_end(s) < RELAY_BATCH && start >= len) {
		memcpy(data, data + start, len);
		range_set(s, 0, len);
	}
}

/* From the container to the staging pipe: bytes, 0 at the end, -EAGAIN. */
static ssize_t relay_splice(struct relay *r)
{
	ssize_t n;

	do
		n = splice(r->from, NULL, r->staging[1], NULL, RELAY_BATCH, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	while (n < 0 && errno == EINTR);
	/* A pty says EIO when its last process has closed it; another may open it again. */
	return n >= 0 ? n : r->tty && errno == EIO ? 0 : -errno;
}

static int relay_take(struct relay *r, uint32_t staged, struct err *e)
{
	struct relay_stream *s = relay_stream(r);
	char *data = r->memory->data[r->index];
	uint32_t room = RELAY_DATA - range_end(s);
	ssize_t n;

	s->base = range_end(s);
	s->expected = staged;
	s->time = clock_wall();
	phase_set(s, RELAY_READING);
	do
		n = read(r->staging[0], data + s->base, staged < room ? staged : room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, errno, "read output");
	range_set(s, range_start(s), s->base + (uint32_t)n);
	phase_set(s, RELAY_IDLE);
	return (int)n;
}

int relay_read(struct relay *r, const char **ret_bytes, bool *ret_more, struct err *e)
{
	struct relay_stream *s = relay_stream(r);
	ssize_t n = 0;
	int staged = relay_staged(r);

	if (staged < 0)
		return err_sys(e, -staged, "read output");
	if (staged == 0 && !s->eof) {
		n = relay_splice(r);
		staged = relay_staged(r);
		if (n < 0 && n != -EAGAIN)
			return err_sys(e, (int)-n, "read output");
	}
	*ret_more = staged > 0 || n == -EAGAIN;
	if (staged <= 0)
		return 0;
	relay_make_room(r);
	*ret_bytes = r->memory->data[r->index] + range_end(s);
	return relay_take(r, (uint32_t)staged, e);
}

/* ---- logging ---- */

/* One chunk: noted, written, committed. 1: there may be more, 0: all whole lines are in the log. */
static int relay_log_chunk(struct relay *r, bool final, struct err *e)
{
	struct relay_stream *s = relay_stream(r);
	uint32_t start = range_start(s);
	struct logs_input in = {
		.bytes = r->memory->data[r->index] + start, .len = range_end(s) - start,
		.stream = r->index + 1, .time = s->time, .final = final,
		.partial = s->partial, .partial_time = s->partial_time,
	};
	struct logs_chunk chunk;

	if (logs_prepare(r->logs, &in, &chunk, e) < 0)
		return -1;
	if (chunk.consumed == 0)
		return 0;
	s->upto = start + (uint32_t)chunk.consumed;
	s->next_partial = chunk.partial;
	s->next_partial_time = chunk.partial_time;
	s->log_size = r->logs->size;
	s->index_size = r->logs->index_size;
	phase_set(s, RELAY_LOGGING);
	if (logs_append(r->logs, &chunk, s->time, e) < 0)
		return -1;
	range_set(s, s->upto, range_end(s));
	s->partial = s->next_partial;
	s->partial_time = s->next_partial_time;
	phase_set(s, RELAY_IDLE);
	return 1;
}

int relay_log(struct relay *r, bool final, struct err *e)
{
	struct relay_stream *s = relay_stream(r);
	int n = 1;

	if (!r->logs) {
		range_set(s, range_end(s), range_end(s));
		return 0;
	}
	while (n > 0 && range_start(s) != range_end(s))
		n = relay_log_chunk(r, final, e);
	return n < 0 ? -1 : 0;
}

void relay_idle(struct relay *r)
{
	struct relay_stream *s = relay_stream(r);
	char *data = r->memory->data[r->index];
	uint32_t start = range_start(s), len = range_end(s) - start;
	size_t keep;

	if (len > start)
		return;
	if (start > 0 && len > 0)
		memcpy(data, data + start, len);
	range_set(s, 0, len);
	keep = (len + 4095) & ~(size_t)4095;
	(void)madvise(data + keep, RELAY_DATA - keep, MADV_REMOVE);
	if (r->logs)
		logs_idle(r->logs);
}
