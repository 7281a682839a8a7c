/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copies of whole directories, by descriptor. */

#include "base/err.h"

/* Copies what is below the directory `from` (readable) into the directory `to`, and the owner of `from` itself: files of
 * every kind with owner, mode, times and extended attributes. No link is followed; where another file system begins, an
 * empty directory is made; what is there already stays. What may not be kept (an owner that is not mapped, an attribute or a
 * device that is not permitted) is left out. */
int copy_tree(int from, int to, struct err *e);
