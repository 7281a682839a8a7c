/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The security attributes of the calling thread, /proc/thread-self/attr. A file is opened below a /proc that is seen to
 * be the kernel's, on that one mount and through no link but thread-self, while /proc is still the caller's own; only the
 * descriptor is used later. (A write that goes elsewhere looks like success: CVE-2019-16884, CVE-2025-52881.)
 */

int procattr_root(void); /* that /proc, O_PATH: -EXDEV if something else lies there */

/* Opens /proc/thread-self/attr/NAME for writing what the calling thread becomes. The descriptor or -errno. */
int procattr_open(const char *name);

/* Writes the whole value in one write, then asks the kernel: -EIO when nothing is set. (It may spell the value otherwise:
 * categories in order, names relative to a policy namespace.) */
int procattr_write(int fd, const char *value);
