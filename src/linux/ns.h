/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Namespaces: one table of their kinds, and opening one for setns with its kind verified. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum ns_kind { NS_USER, NS_PID, NS_NET, NS_MNT, NS_IPC, NS_UTS, NS_CGROUP, NS_TIME, NS_KINDS };

/* CLONE_NEW* of a kind, and its file below /proc/PID/ns. */
int ns_flag(enum ns_kind kind);
const char *ns_file(enum ns_kind kind);

/* Opens a namespace file by path without ever blocking on a FIFO or opening a device: -EINVAL when it is not a namespace
 * of this kind. The descriptor or -errno. */
int ns_open(const char *path, enum ns_kind kind);

/* Opens /proc/PID/ns/FILE through a descriptor of /proc/PID. */
int ns_open_of(int proc_pid_fd, enum ns_kind kind);

/* The caller's own namespace of a kind, to come back to or to compare with. */
int ns_open_own(enum ns_kind kind);
bool ns_is_own(int fd, enum ns_kind kind);

int ns_enter(int fd, enum ns_kind kind); /* 0 or -errno */

/* Brings `lo` up in the caller's network namespace: 0 or -errno. */
int ns_loopback_up(void);
