/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The container's devices as one list, the default ones first. devices.c makes them in the parent, on our /dev or on a
 * tmpfs of nodes; device_bind.c puts the latter where they belong, inside.
 */

#include <sys/stat.h>

#include "runtime/container.h"

struct device {
	const char *path; /* borrowed */
	mode_t mode;	  /* with its type */
	dev_t number;
	uint32_t uid, gid; /* in the container */
};

size_t devices_count(const struct container *c);
/* False: there is nothing to make. */
bool devices_get(const struct container *c, size_t i, struct device *ret);
/* An entry of linux.devices: ERR_INVALID names what is wrong with it. */
int devices_check(const struct oci_device *d, size_t i, struct err *e);

bool devices_is_on_dev(const struct container *c, const char *path);
bool devices_has_host_dev(const struct container *c);
int devices_link(int dev); /* /dev/fd and the like; what is there stays: 0 or -errno */
