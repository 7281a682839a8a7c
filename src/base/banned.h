/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Calls that have a better door of our own. Included by the build into every file of src/; the file that wraps a call
 * defines the word named beside it before anything else.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#undef sprintf /* clang with _FORTIFY_SOURCE makes macros of them */
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol atof popen tmpnam mktemp

#define system(...) banned_use_proc_spawn

#ifndef PATH_MAY_OPEN /* base/path.c */
#pragma GCC poison open openat open64 openat64 fopen creat chown lchown chmod
#endif
/* linux/mount.c undefines the first again. */
#define mount(...) banned_use_linux_mount_h
#define umount(...) banned_use_linux_mount_h
