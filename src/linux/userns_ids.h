/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The id maps of a child's user namespace, by whoever may write them (user_namespaces(7)): we ourselves, for everything
 * with privilege and for our own id without; newuidmap and newgidmap for what /etc/subuid and /etc/subgid give to the
 * user.
 */

#include "base/err.h"
#include "linux/userns.h"

/* `proc` is /proc/PID of the child `pid`, which must be dumpable when we have no privilege. */
int userns_write_ids(int proc, pid_t pid, const struct userns_map *uids, const struct userns_map *gids, struct err *e);
