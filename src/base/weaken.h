/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `meson -Dweaken=NAME` builds lighter with one named defence taken out, so that the test of that defence can be shown
 * to fail. In every other build WEAKEN is "" and the condition folds to false at compile time.
 */

#define weakened(name) (__builtin_strcmp(WEAKEN, name) == 0)
