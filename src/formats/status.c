/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A slot is { u32 sequence, u32 0, copy[2] }; copy[sequence & 1] is the valid one. The writer fills the other copy and
 * then stores sequence + 1 with release order. A reader takes the sequence, copies, and takes it again: unchanged means
 * that nobody began to overwrite the copy, and the checksum proves the rest. All fields of a shared copy are moved by
 * memcpy, so a torn read is only a wrong checksum.
 */

#include "formats/status.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "base/io.h"
#include "base/path.h"
#include "base/proc_stat.h"

enum { STATUS_VERSION = 1, STATUS_READ_TRIES = 1000 };
enum { STATUS_FILE_SIZE = STATUS_HEADER_SIZE + STATUS_SLOTS * STATUS_SLOT_SIZE };
enum { FLAG_UNKNOWN = 1, FLAG_OOM = 2 };

struct status_header {
	char magic[8];
	uint32_t version, slot_size, slots, zero;
	char boot_id[BOOT_ID_TEXT + 3];
	uint32_t crc; /* of all before it */
};

struct status_copy {
	char id[ID_LEN];
	int64_t started, finished;
	uint64_t keeper_start;
	uint32_t state;
	int32_t pid, exit_code, keeper_pid;
	uint32_t flags;
	uint32_t crc; /* of all before it; an empty slot is all zeros */
};

struct status_slot {
	uint32_t sequence, zero;
	struct status_copy copies[2];
};

_Static_assert(sizeof(struct status_slot) <= STATUS_SLOT_SIZE, "a slot fits");
_Static_assert(sizeof(struct status_copy) % 8 == 0, "copies are aligned");

static uint32_t status_copy_crc(const struct status_copy *copy)
{
	return crc32c(0, copy, offsetof(struct status_copy, crc));
}

static int status_unpack(const struct status_copy *copy, struct status *ret)
{
	static const struct status_copy empty;

	if (memcmp(copy, &empty, sizeof(empty)) == 0)
		return 0;
	if (copy->crc != status_copy_crc(copy) || copy->state > STATUS_EXITED)
		return -EBADMSG;
	if (copy->state == STATUS_NONE)
		return 0;
	*ret = (struct status){
		.state = copy->state,
		.pid = copy->pid,
		.exit_code = copy->exit_code,
		.exit_unknown = copy->flags & FLAG_UNKNOWN,
		.oom_killed = copy->flags & FLAG_OOM,
		.started = copy->started,
		.finished = copy->finished,
		.keeper_pid = copy->keeper_pid,
		.keeper_start = copy->keeper_start,
	};
	memcpy(ret->id, copy->id, sizeof(copy->id));
	return 1;
}

int status_slot_read(const void *from, struct status *ret)
{
	const struct status_slot *slot = from;

	for (int i = 0; i < STATUS_READ_TRIES; i++) {
		uint32_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);
		struct status_copy copy;

		memcpy(&copy, &slot->copies[sequence & 1], sizeof(copy));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) == sequence)
			return status_unpack(&copy, ret);
	}
	return -EAGAIN;
}

static void status_slot_put(struct status_slot *slot, const struct status_copy *copy)
{
	uint32_t next = slot->sequence + 1;

	memcpy(&slot->copies[next & 1], copy, sizeof(*copy));
	__atomic_store_n(&slot->sequence, next, __ATOMIC_RELEASE);
}

void status_slot_write(void *to, const struct status *status)
{
	struct status_copy copy = {
		.state = status->state,
		.pid = status->pid,
		.exit_code = status->exit_code,
		.flags = (status->exit_unknown ? FLAG_UNKNOWN : 0) | (status->oom_killed ? FLAG_OOM : 0),
		.started = status->started,
		.finished = status->finished,
		.keeper_pid = status->keeper_pid,
		.keeper_start = status->keeper_start,
	};

	memcpy(copy.id, status->id, strnlen(status->id, sizeof(copy.id)));
	copy.crc = status_copy_crc(&copy);
	status_slot_put(to, &copy);
}

static void *status_slot_at(const struct status_map *map, uint32_t slot)
{
	if (!map->base || slot >= STATUS_SLOTS)
		return NULL;
	return (char *)map->base + STATUS_HEADER_SIZE + (size_t)slot * STATUS_SLOT_SIZE;
}

int status_read(const struct status_map *map, uint32_t slot, struct status *ret)
{
	const void *at = status_slot_at(map, slot);

	return at ? status_slot_read(at, ret) : -ERANGE;
}

int status_write(struct status_map *map, uint32_t slot, const struct status *status)
{
	void *at = status_slot_at(map, slot);

	if (!at || !map->writable)
		return -ERANGE;
	status_slot_write(at, status);
	return 0;
}

int status_clear(struct status_map *map, uint32_t slot)
{
	static const struct status_copy empty;
	void *at = status_slot_at(map, slot);

	if (!at || !map->writable)
		return -ERANGE;
	status_slot_put(at, &empty);
	return 0;
}

static int status_header_fill(struct status_header *header, struct err *e)
{
	*header = (struct status_header){
		.magic = { 'L', 'T', 'R', 'S', 'T', 'A', 'T', 'U' },
		.version = STATUS_VERSION,
		.slot_size = STATUS_SLOT_SIZE,
		.slots = STATUS_SLOTS,
	};
	if (clock_boot_id(header->boot_id, e) < 0)
		return -1;
	header->crc = crc32c(0, header, offsetof(struct status_header, crc));
	return 0;
}

/* Does the file hold the header that this boot and version would write? */
static bool status_is_current(int fd, const struct status_header *wanted)
{
	struct status_header found;
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size == STATUS_FILE_SIZE &&
	       pread(fd, &found, sizeof(found), 0) == sizeof(found) && memcmp(&found, wanted, sizeof(found)) == 0;
}

/* Under a lock of the whole file, so that of two first openers one makes it. The header is the last thing written. */
static int status_make(int fd, const struct status_header *header)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r;

	do
		r = fcntl(fd, F_OFD_SETLKW, &lock);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (!status_is_current(fd, header) &&
	    (ftruncate(fd, 0) < 0 || ftruncate(fd, STATUS_FILE_SIZE) < 0 ||
	     pwrite(fd, header, sizeof(*header), 0) != sizeof(*header)))
		r = -errno;
	lock.l_type = F_UNLCK;
	(void)fcntl(fd, F_OFD_SETLK, &lock);
	return r;
}

int status_open(int run_root, bool writable, struct status_map *ret, struct err *e)
{
	int flags = writable ? O_RDWR | O_CREAT : O_RDONLY, r = 0;
	autofd int fd = path_open(run_root, STATUS_FILE, PATH_OWN, flags, 0600);
	struct status_header header;
	void *base;

	if (fd < 0)
		return err_sys(e, -fd, "open the status file");
	if (status_header_fill(&header, e) < 0)
		return -1;
	if (!status_is_current(fd, &header)) {
		if (!writable)
			return err_set(e, ERR_NOT_FOUND, "the status file is of another boot or version");
		r = status_make(fd, &header);
		if (r < 0)
			return err_sys(e, -r, "make the status file");
	}
	base = mmap(NULL, STATUS_FILE_SIZE, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return err_sys(e, errno, "map the status file");
	*ret = (struct status_map){ .base = base, .writable = writable };
	return 0;
}

void status_close(struct status_map *map)
{
	if (map->base)
		(void)munmap(map->base, STATUS_FILE_SIZE);
	map->base = NULL;
}

uint64_t status_process_start(pid_t pid)
{
	struct proc_stat stat;

	return proc_stat_read(pid, &stat) < 0 ? 0 : stat.start;
}

bool status_keeper_alive(const struct status *status)
{
	uint64_t start = status_process_start(status->keeper_pid);

	return start != 0 && start == status->keeper_start;
}
