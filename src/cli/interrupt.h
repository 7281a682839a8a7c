/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* INT, TERM and HUP as a flag and a descriptor, for work that ends itself when it is asked to. The second signal ends us
 * at once. */

#include <stdbool.h>

int interrupt_catch(void); /* borrowed: readable once interrupted; 0 when there is none */
void interrupt_release(void);
bool interrupt_seen(void);
