/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Another process in a running container. A helper, forked from the monitor, reads the request, runs it through the
 * runtime, reports over the client's own connection and stays until the process has ended: neither the death of the
 * client nor that of the monitor touches the process.
 */

#include "monitor/container.h"

/* `fds`: request memfd, stdin, stdout, stderr. All descriptors stay the caller's; failures go to the client. */
void exec_start(const struct container *c, int sock, const int *fds);
