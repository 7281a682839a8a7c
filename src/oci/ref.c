/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The first component is a host when it has a dot, a port or is localhost, as in Docker; otherwise it is part of a name
 * at docker.io. Components of a path: lower-case letters and digits, separated by one '.', one or two '_' or any '-'.
 */

#include "oci/ref.h"

#include <string.h>

#include "base/id.h"
#include "base/own.h"
#include "base/str.h"

enum { PART_MAX = 255 };
static const char hub[] = "docker.io", official[] = "library/";

void oci_ref_done(struct oci_ref *ref)
{
	free(ref->host);
	free(ref->repository);
	free(ref->tag);
	free(ref->digest);
	*ref = (struct oci_ref){ 0 };
}

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_letter_or_digit(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool component_valid(const char *c, size_t len)
{
	size_t i = 0;

	if (!len || !is_lower_or_digit(c[0]) || !is_lower_or_digit(c[len - 1]))
		return false;
	while (i < len) {
		size_t dashes = 0, others = 0;

		if (is_lower_or_digit(c[i])) {
			i++;
			continue;
		}
		for (; i < len && !is_lower_or_digit(c[i]); i++) {
			if (c[i] == '-')
				dashes++;
			else if (c[i] == '_' || (c[i] == '.' && others == 0))
				others += c[i] == '.' ? 2 : 1;
			else
				return false;
		}
		if ((dashes && others) || others > 2)
			return false;
	}
	return true;
}

bool oci_repository_valid(const char *text, size_t len)
{
	const char *end = text + len;

	if (len == 0 || len > PART_MAX)
		return false;
	for (;;) {
		const char *slash = memchr(text, '/', (size_t)(end - text));

		if (!component_valid(text, (size_t)((slash ? slash : end) - text)))
			return false;
		if (!slash)
			return true;
		text = slash + 1;
	}
}

static bool port_valid(const char *text, size_t len)
{
	return len >= 1 && len <= 5 && strspn(text, "0123456789") >= len;
}

static bool host_valid(const char *text, size_t len)
{
	const char *colon;
	size_t name;

	if (len > PART_MAX)
		return false;
	if (text[0] == '[') {
		name = strspn(text + 1, "0123456789abcdefABCDEF:.") + 2;
		if (name > len || text[name - 1] != ']')
			return false;
	} else {
		colon = memchr(text, ':', len);
		name = colon ? (size_t)(colon - text) : len;
		for (size_t i = 0; i < name; i++)
			if (!is_letter_or_digit(text[i]) && !(i && i + 1 < name && strchr("-.", text[i])))
				return false;
		if (name == 0)
			return false;
	}
	return name == len || (text[name] == ':' && port_valid(text + name + 1, len - name - 1));
}

bool oci_tag_valid(const char *text, size_t len)
{
	if (len == 0 || len > 128 || (!is_letter_or_digit(text[0]) && text[0] != '_'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_letter_or_digit(text[i]) && !strchr("_.-", text[i]))
			return false;
	return true;
}

static bool digest_valid(const char *text)
{
	return str_starts(text, "sha256:") && id_is_whole(text + 7);
}

/* The length of the host in front, 0 when there is none. */
static size_t host_length(const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t n = slash ? (size_t)(slash - text) : 0;

	if (!n)
		return 0;
	if (memchr(text, '.', n) || memchr(text, ':', n) || (n == 9 && strncmp(text, "localhost", n) == 0))
		return n;
	for (size_t i = 0; i < n; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			return n;
	return 0;
}

static int ref_fill(struct oci_ref *ref, const char *host, size_t host_len, const char *path, size_t path_len)
{
	bool at_hub = !host_len || (host_len == sizeof(hub) - 1 && strncmp(host, hub, host_len) == 0) ||
		      (host_len == 15 && strncmp(host, "index.docker.io", host_len) == 0);
	bool short_name = at_hub && !memchr(path, '/', path_len);

	/* The normal form must be a reference itself. */
	if (short_name && path_len + sizeof(official) - 1 > PART_MAX)
		return -EINVAL;
	ref->host = at_hub ? strdup(hub) : strndup(host, host_len);
	ref->repository = str_format("%s%.*s", short_name ? official : "", (int)path_len, path);
	return ref->host && ref->repository ? 0 : -ENOMEM;
}

static int ref_parse(const char *text, struct oci_ref *ref)
{
	const char *at = strchr(text, '@'), *colon = NULL, *end = at ? at : text + strlen(text);
	size_t host = host_length(text, (size_t)(end - text)), path_start = host ? host + 1 : 0;
	int r;

	if (at && !digest_valid(at + 1))
		return -EINVAL;
	colon = memchr(text + path_start, ':', (size_t)(end - text) - path_start);
	if (colon && !oci_tag_valid(colon + 1, (size_t)(end - colon) - 1))
		return -EINVAL;
	if (host && !host_valid(text, host))
		return -EINVAL;
	if (!oci_repository_valid(text + path_start, (size_t)((colon ? colon : end) - text) - path_start))
		return -EINVAL;
	r = ref_fill(ref, text, host, text + path_start, (size_t)((colon ? colon : end) - text) - path_start);
	if (r < 0)
		return r;
	if (colon)
		ref->tag = strndup(colon + 1, (size_t)(end - colon) - 1);
	else if (!at)
		ref->tag = strdup("latest");
	if (at)
		ref->digest = strdup(at + 1);
	return (colon || !at) && !ref->tag ? -ENOMEM : at && !ref->digest ? -ENOMEM : 0;
}

int oci_ref_parse(const char *text, struct oci_ref *ret, struct err *e)
{
	struct oci_ref ref = { 0 };
	int r;

	if (strlen(text) > REF_MAX)
		return err_set(e, ERR_INVALID, "invalid reference format: '%.100s...' is too long", text);
	/* 64 hexadecimal digits are an id, never a name. */
	r = id_is_whole(text) ? -EINVAL : ref_parse(text, &ref);
	if (r < 0) {
		oci_ref_done(&ref);
		return r == -ENOMEM ? err_nomem(e) : err_set(e, ERR_INVALID, "invalid reference format: '%.300s'", text);
	}
	*ret = ref;
	return 0;
}

static char *format(const char *host, const char *repository, const struct oci_ref *ref)
{
	return str_format("%s%s%s%s%s%s%s", host, host[0] ? "/" : "", repository, ref->tag ? ":" : "",
			  ref->tag ? ref->tag : "", ref->digest ? "@" : "", ref->digest ? ref->digest : "");
}

char *oci_ref_format(const struct oci_ref *ref)
{
	return format(ref->host, ref->repository, ref);
}

char *oci_ref_familiar(const struct oci_ref *ref)
{
	bool at_hub = str_eq(ref->host, hub);
	const char *repository = ref->repository;

	if (at_hub && str_starts(repository, official) && !strchr(repository + sizeof(official) - 1, '/'))
		repository += sizeof(official) - 1;
	return format(at_hub ? "" : ref->host, repository, ref);
}
