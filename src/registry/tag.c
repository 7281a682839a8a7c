/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/tag.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "oci/ref.h"
#include "registry/place.h"

static void tag_path(const char *tag, char to[static REPOSITORY_PATH])
{
	(void)snprintf(to, REPOSITORY_PATH, "_tags/%s", tag);
}

bool tag_is_valid(const char *tag)
{
	return strlen(tag) <= TAG_MAX && oci_tag_valid(tag, strlen(tag));
}

int tag_read(const struct registry *r, const char *repository, const char *tag, struct digest *ret)
{
	char path[REPOSITORY_PATH], text[DIGEST_TEXT + 1];
	autofd int fd = -EBADF;
	ssize_t n;

	tag_path(tag, path);
	fd = repository_open(r, repository, path);
	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return digest_parse(text, ret);
}

int tag_write(const struct registry *r, const char *repository, const char *tag, const struct digest *digest)
{
	char line[DIGEST_TEXT + 1];
	int n = snprintf(line, sizeof(line), "%s\n", digest->text);

	return place_text(r, repository, "_tags", tag, line, (size_t)n);
}

int tag_remove(const struct registry *r, const char *repository, const char *tag)
{
	char path[REPOSITORY_PATH];

	tag_path(tag, path);
	return repository_remove(r, repository, path);
}
