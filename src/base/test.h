/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every unit test starts with: cmocka and the headers that it forgets to include. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
