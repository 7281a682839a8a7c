/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Addresses to listen on: "127.0.0.1:5000", "[::1]:5000", "unix:/run/registry.sock". Names are not resolved. */

#include <stddef.h>

#include "base/err.h"

/* A listening socket that does not block. A socket file that nobody listens on is replaced. */
int listen_open(const char *address, struct err *e);

/* What it listens on, as it would be given, with the port that the kernel chose. */
enum { LISTEN_TEXT = 160 };
char *listen_text(int fd, char to[static LISTEN_TEXT]);

/* The peer of a connection, for the log. */
char *listen_peer(int fd, char to[static LISTEN_TEXT]);
