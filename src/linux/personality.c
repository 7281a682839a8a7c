/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/personality.h"

#include <errno.h>
#include <sys/personality.h>

WORDS(personality_domains, { "LINUX", PER_LINUX }, { "LINUX32", PER_LINUX32 });

int personality_apply(unsigned long domain)
{
	return personality(domain) < 0 ? -errno : 0;
}
