/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Help texts, made from the tables. */

#include "base/str.h"
#include "cli/command.h"

void help_program(struct str *to);
void help_group(struct str *to, const struct command_group *group);
void help_command(struct str *to, const struct command_name *name);

/* "lighter container ls" */
void help_path(struct str *to, const char *group, const char *name);
