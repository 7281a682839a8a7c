/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every fuzzer of a text starts with. A broken promise ends the program: abort(). */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/own.h"
#include "base/path.h"
#include "base/vec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input as a text on the heap, so that a read behind its end is seen; nobody reads past a NUL byte. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	if (!text)
		abort();
	return text;
}

/* The lines of a text, which is changed; an empty one counts. */
static inline void fuzz_lines(char *text, struct strv *to)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (strv_add(to, line) < 0)
			abort();
}

/* A directory in memory that nobody else sees and that is gone with the process, for what is read from files. Needs root. */
static inline int fuzz_directory(void)
{
	static int dir = -EBADF;
	autofd int fs = dir < 0 ? fsopen("tmpfs", FSOPEN_CLOEXEC) : -EBADF;

	if (dir >= 0)
		return dir;
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		abort();
	dir = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (dir < 0)
		abort();
	return dir;
}

/* Its file `name` with this content. */
static inline void fuzz_put(const char *name, const void *bytes, size_t size)
{
	autofd int fd = path_open(fuzz_directory(), name, PATH_OWN, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || (size > 0 && write(fd, bytes, size) != (ssize_t)size))
		abort();
}
