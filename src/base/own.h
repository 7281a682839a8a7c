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
static inline void own_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

#define autofree cleanup(own_free)
#define autofd cleanup(own_close)

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
