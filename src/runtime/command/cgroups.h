/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What --systemd-cgroup and --rootless (runc) and --cgroup-manager (crun) say about the cgroup of a new container. */

#include "runtime/command/command.h"

int cgroups_choose(const struct command_globals *g, struct runtime_create *how, struct err *e);
