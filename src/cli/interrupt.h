/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* INT, TERM and HUP as a flag, for work that ends itself when it is asked to. The second signal ends us at once. */

#include <stdbool.h>

void interrupt_catch(void);
void interrupt_release(void);
bool interrupt_seen(void);
