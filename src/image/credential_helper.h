/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* docker-credential-NAME, a program in PATH: the request on its stdin, the answer on its stdout. */

#include "image/credential.h"

/* 1: *ret is filled, 0: the helper knows nothing of `server`, -1. */
int credential_helper_get(const char *name, const char *server, struct credential *ret, struct err *e);
int credential_helper_store(const char *name, const char *server, const struct credential *c, struct err *e);
int credential_helper_erase(const char *name, const char *server, struct err *e); /* 1: there was one, 0, -1 */
