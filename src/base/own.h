/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ownership by cleanup attributes. Every owning local carries one of these words and starts empty (NULL or -EBADF),
 * so that a return from any line releases what the function holds. Ownership is handed on with take_ptr and take_fd,
 * which leave the local empty again.
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup(func) __attribute__((cleanup(func)))

/* Defines func_p(), usable with cleanup(), for a destructor that takes the pointer by value. */
#define DEFINE_CLEANUP(type, func)                                                                 \
	static inline void func##_p(type *p)                                                       \
	{                                                                                          \
		if (*p)                                                                            \
			func(*p);                                                                  \
	}

static inline void own_free(void *p)
{
	free(*(void **)p);
}

/* Closes without disturbing errno: it runs while an error is on its way up. */
void own_close(const int *fd);

/*
 * A stretch of work that opens many descriptors for one call each may leave their closing to its end, where neighbours
 * go in one call; a process that ends the stretch by an exec or exit needs none at all. What own_close() is given between
 * the two is somebody's no more, but stays open: only where that harms nobody. Stretches nest, the outermost counts.
 */
void own_defer_begin(void);
void own_defer_end(void);

static inline void own_defer_end_p(const int *unused)
{
	own_defer_end();
}

/* For what is open to be written: as long as it is, its mount cannot become read-only. */
void own_close_now(const int *fd);

#define autofree cleanup(own_free)
#define autofd cleanup(own_close)
#define autowriter cleanup(own_close_now)
#define autodefer cleanup(own_defer_end_p) __attribute__((unused)) int own_deferred_ = (own_defer_begin(), 0)

static inline int own_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

#define take_fd(fd) own_take_fd(&(fd))
#define take_ptr(ptr)                                                                              \
	({                                                                                         \
		__typeof__(ptr) taken_ = (ptr);                                                    \
		(ptr) = NULL;                                                                      \
		taken_;                                                                            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
