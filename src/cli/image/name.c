/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image/name.h"

#include <string.h>

static const char *without_default(const char *name)
{
	static const char *const defaults[] = { "docker.io/library/", "docker.io/" };

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (str_starts(name, defaults[i]))
			return name + strlen(defaults[i]);
	return name;
}

void name_split(const char *normalised, struct str *repository, struct str *tag)
{
	const char *name = without_default(normalised);
	size_t len = strcspn(name, "@");
	const char *slash = memrchr(name, '/', len);
	const char *colon = memrchr(name, ':', len);

	if (colon && slash && colon < slash)
		colon = NULL;
	str_add_bytes(repository, name, colon ? (size_t)(colon - name) : len);
	if (colon)
		str_add_bytes(tag, colon + 1, len - (size_t)(colon + 1 - name));
	else
		str_add(tag, "<none>");
}

void name_familiar(const char *normalised, struct str *to)
{
	str_add(to, without_default(normalised));
}
