/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Basic authentication by an htpasswd file. A bcrypt hash takes tens of milliseconds by design, so a process of its own
 * compares, one after the other, and the server goes on serving; it is also the only one that keeps the hashes. What was
 * found right is remembered for a while under a keyed hash, what was wrong never.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "wire/http1.h"

/* ---- the file: pure ---- */

struct htpasswd_user {
	char *name, *hash;
};

struct htpasswd {
	struct htpasswd_user *items;
	size_t n;
};

/* Lines "name:hash", empty ones and comments. A hash that is not bcrypt's is refused, by the user's name. */
int htpasswd_parse(const char *text, size_t len, struct htpasswd *ret, struct err *e);
void htpasswd_done(struct htpasswd *users);
bool htpasswd_check(const struct htpasswd *users, const char *name, const char *password);

/* "Basic BASE64" as "name:password" in `to`: its length, or -EINVAL. */
enum { CREDENTIALS_MAX = 512 };
int auth_credentials(struct http1_slice field, char to[static CREDENTIALS_MAX]);

/* ---- the process ---- */

enum { AUTH_KNOWN = 256, AUTH_WAITING_MAX = 256 };

struct auth {
	struct loop_source source; /* answers of the comparing process */
	unsigned char secret[32];
	struct auth_known {
		unsigned char mark[32];
		int64_t until;
	} known[AUTH_KNOWN];
	unsigned next, waiting;
	uint32_t last;
	void (*answered)(void *arg, uint32_t number, bool right);
	void *arg;
};

/* Starts the process, which takes the users along; ours are released. */
int auth_start(struct auth *auth, struct htpasswd *users, struct err *e);

/* 1: right; 0: asked, `answered` will be called with *ret_number; -EAGAIN: too many are waiting. */
int auth_ask(struct auth *auth, const char *credentials, uint32_t *ret_number);

/* To be called when the source is ready; -1 with *e when the process is gone. */
int auth_receive(struct auth *auth, struct err *e);
