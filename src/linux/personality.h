/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The execution domain, personality(2). */

#include "base/word.h"

extern const struct words personality_domains; /* LINUX, LINUX32 */

int personality_apply(unsigned long domain); /* 0 or -errno */
