/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* -e and --env-file: NAME=value, or NAME alone for the value that we have ourselves. */

#include "base/err.h"
#include "base/opt.h"
#include "base/vec.h"

extern const struct opt_type opt_type_env; /* struct strv: as typed, checked */

/* What was typed becomes NAME=value in `env`, a later one replacing an earlier; NAME that we do not have is dropped. */
int env_apply_all(struct strv *env, const struct strv *texts, struct err *e);

/* The same for each line of a file; empty lines and lines that begin with # are nothing. */
int env_file_read(struct strv *env, const char *path, struct err *e);
