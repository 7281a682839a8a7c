/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Object ids: 64 hexadecimal digits from getrandom, 12 shown; a unique prefix stands for the whole. */

#include <stdbool.h>

enum { ID_LEN = 64, ID_TEXT = ID_LEN + 1, ID_SHORT = 12 };

int id_new(char to[static ID_TEXT]); /* 0 or -errno */

/* Is `text` 1 to 64 lower-case hexadecimal digits? */
bool id_is_prefix(const char *text);
bool id_is_whole(const char *text);

/* Docker's name grammar: [a-zA-Z0-9][a-zA-Z0-9_.-]+, at most 128 bytes. */
bool id_is_name(const char *text);
