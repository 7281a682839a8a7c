/* SPDX-License-Identifier: Apache-2.0 */

/* The most specific scope that there is counts alone; all of its requirements must be met. */

#include "image/policy.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/path.h"
#include "oci/ref.h"

enum { POLICY_MAX = 1 << 20 };

static int check_requirements(const struct json *list, const char *scope, const char *reference, struct err *e)
{
	if (json_kind(list) != JSON_ARRAY || json_array_len(list) == 0)
		return err_set(e, ERR_INVALID, "scope '%.200s': a list of requirements is wanted", scope);
	for (size_t i = 0; i < json_array_len(list); i++) {
		const char *type = json_string(json_get(json_array_at(list, i), "type"), NULL);

		if (!type)
			return err_set(e, ERR_INVALID, "scope '%.200s': a requirement without a type", scope);
		if (str_eq(type, "insecureAcceptAnything"))
			continue;
		if (str_eq(type, "reject"))
			return err_set(e, ERR_DENIED, "the policy rejects '%s' (scope '%.200s')", reference, scope);
		return err_set(e, ERR_UNSUPPORTED,
			       "the policy asks for '%.60s' of '%s' (scope '%.200s'), which cannot be checked here", type,
			       reference, scope);
	}
	return 0;
}

/* "a.b.example/x" -> "*.b.example", "*.example": the scopes of a host, the nearest first. */
static const struct json *by_wildcard(const struct json *scopes, const char *host, char **ret_scope)
{
	for (const char *dot = strchr(host, '.'); dot; dot = strchr(dot + 1, '.')) {
		autofree char *scope = str_format("*%s", dot);
		const struct json *found = scope ? json_get(scopes, scope) : NULL;

		if (found) {
			*ret_scope = take_ptr(scope);
			return found;
		}
	}
	return NULL;
}

/* From the whole name to its host, a component less each time. */
static const struct json *find(const struct json *scopes, const struct oci_ref *ref, const char *whole, char **ret_scope)
{
	autofree char *at = strdup(whole);
	size_t host = strlen(ref->host);

	while (at) {
		const struct json *found = json_get(scopes, at);
		char *cut = strrchr(at, '/'), *tag = strrchr(at, ':');

		if (found) {
			*ret_scope = take_ptr(at);
			return found;
		}
		if (strlen(at) <= host)
			break;
		if (strchr(at + host, '@'))
			*strchr(at + host, '@') = '\0';
		else if (tag && tag > cut)
			*tag = '\0';
		else
			*cut = '\0';
	}
	return by_wildcard(scopes, ref->host, ret_scope);
}

int policy_check_text(const char *text, size_t len, const char *reference, struct err *e)
{
	autojson struct json *root = NULL;
	autofree char *scope = NULL;
	const struct json *scopes, *found = NULL;
	struct oci_ref ref;

	if (json_parse(text, len, &root, e) < 0 || oci_ref_parse(reference, &ref, e) < 0)
		return -1;
	scopes = json_get(root, "transports");
	scopes = scopes ? json_get(scopes, "docker") : NULL;
	if (scopes) {
		found = find(scopes, &ref, reference, &scope);
		if (!found)
			found = json_get(scopes, "");
	}
	oci_ref_done(&ref);
	if (!found)
		found = root ? json_get(root, "default") : NULL;
	if (!found)
		return err_set(e, ERR_INVALID, "there is no default");
	return check_requirements(found, scope ? scope : "default", reference, e);
}

static const char machine_file[] = "/etc/containers/policy.json";

static char *own_file(void)
{
	const char *home = getenv("HOME");

	return str_format("%s/.config/containers/policy.json", home && home[0] ? home : "/root");
}

static bool is_there(const char *path)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST, O_PATH, 0);

	return fd >= 0;
}

bool policy_is_there(void)
{
	autofree char *own = own_file();

	return (own && is_there(own)) || is_there(machine_file);
}

/* 1: there is no such file. */
static int check_file(const char *path, const char *reference, struct err *e)
{
	autostr struct str text = STR_INIT;
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	int r;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 1;
	r = fd < 0 ? fd : io_read_all(fd, POLICY_MAX, &text);
	if (r < 0)
		return err_sys(e, -r, "read '%s'", path);
	return policy_check_text(str_text(&text), text.len, reference, e) < 0 ? err_prefix(e, "'%s'", path) : 0;
}

int policy_check(const char *reference, struct err *e)
{
	autofree char *own = own_file();
	int r = own ? check_file(own, reference, e) : err_nomem(e);

	if (r == 1)
		r = check_file(machine_file, reference, e);
	return r < 0 ? -1 : 0;
}
