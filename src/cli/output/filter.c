/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output/filter.h"

#include <string.h>

#include "base/opt.h"

int filter_check(const struct strv *typed, const char *const *known, struct err *e)
{
	for (size_t i = 0; i < typed->n; i++) {
		const char *const *name = known;

		if (!strchr(typed->items[i], '='))
			return err_set(e, ERR_INVALID, "invalid argument \"%s\" for \"-f, --filter\" flag: bad format of filter "
				       "(expected name=value)", typed->items[i]);
		while (*name && !filter_value(typed, i, *name))
			name++;
		if (!*name)
			return err_set(e, ERR_INVALID, "invalid filter '%.*s'", (int)strcspn(typed->items[i], "="),
				       typed->items[i]);
	}
	return 0;
}

const char *filter_value(const struct strv *typed, size_t i, const char *name)
{
	size_t len = strlen(name);

	return str_starts(typed->items[i], name) && typed->items[i][len] == '=' ? typed->items[i] + len + 1 : NULL;
}

const char *filter_last(const struct strv *typed, const char *name)
{
	const char *found = NULL;

	for (size_t i = typed->n; i-- > 0 && !found;)
		found = filter_value(typed, i, name);
	return found;
}

bool filter_any(const struct strv *typed, const char *name, filter_match *match, const void *object)
{
	bool some = false;

	for (size_t i = 0; i < typed->n; i++) {
		const char *value = filter_value(typed, i, name);

		if (value && match(value, object))
			return true;
		some |= value != NULL;
	}
	return !some;
}

bool filter_all(const struct strv *typed, const char *name, filter_match *match, const void *object)
{
	for (size_t i = 0; i < typed->n; i++) {
		const char *value = filter_value(typed, i, name);

		if (value && !match(value, object))
			return false;
	}
	return true;
}

bool filter_label(const char *value, const void *labels)
{
	const char *equals = strchr(value, '=');
	autofree char *key = strndup(value, equals ? (size_t)(equals - value) : strlen(value));
	const char *found = key ? strmap_get(labels, key) : NULL;

	return found && (!equals || str_eq(found, equals + 1));
}

int filter_truth(const char *name, const char *value, bool *ret, struct err *e)
{
	if (opt_type_flag.set(ret, value, NULL) == 0)
		return 0;
	return err_set(e, ERR_INVALID, "invalid filter '%s=%s': true or false is wanted", name, value);
}
