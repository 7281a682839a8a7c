/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * OFD locks on whole files: they belong to the open file, so that a child or a close of another descriptor does not drop
 * them, and the kernel drops them when the holder dies. Every wait has a deadline and can be cancelled.
 *
 * A directory, which cannot be opened for writing, is locked by flock(2): exclusively, with the same lifetime.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum lock_kind { LOCK_SHARED, LOCK_EXCLUSIVE };

/* 0, or -EAGAIN when another holds it, or -errno. The descriptor is open for writing (reading, for LOCK_SHARED). */
int lock_try(int fd, enum lock_kind kind);

/* Gives it back now: closing does so only with the last descriptor of the open file, and a child may have another. */
void lock_release(int fd);

/* Waits: 0, -ETIMEDOUT at the deadline (clock_boot ns), -ECANCELED when `cancel_fd` (0: none) becomes readable. */
int lock_wait(int fd, enum lock_kind kind, int cancel_fd, int64_t deadline);

/* 0, or -EAGAIN when another holds it, or -errno. The descriptor is not O_PATH. */
int lock_directory(int fd);
void lock_directory_end(int fd); /* also for the children that inherited it */

/* Who holds an exclusive lock, flock(2)'s or POSIX', of the file, as far as it can be seen from here; 0: unknown. The file is
 * not opened: that would cost its owner, if it is us, our POSIX locks. */
pid_t lock_holder(const struct stat *file);
pid_t lock_directory_holder(int fd);
