/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `meson -Dweaken=NAME` builds lighter with one named defence taken out, so that the test of that defence can be shown
 * to fail. In every other build WEAKEN is "" and the condition folds to false at compile time. The name lies in the file
 * behind the word "weaken:", where tests/lib/weaken.bash writes another one: one build serves all of them.
 */

#include <stdbool.h>

#define weakened(name) (sizeof(WEAKEN) > 1 && weaken_is(name))

bool weaken_is(const char *name);
