/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Values of one name are alternatives, labels excepted; names add up. As in Docker a name or an id is a regular expression that
 * may match anywhere.
 */

#include "cli/container/choose.h"

#include <regex.h>
#include <string.h>

#include "base/quantity.h"
#include "cli/container/view.h"
#include "cli/image/name.h"
#include "cli/output/filter.h"

static const char *const names[] = { "ancestor", "before", "exited", "id", "label", "name", "since", "status", NULL };
static const char *const states[] = { "created", "restarting", "running", "removing", "paused", "exited", "dead" };

static int created_of(struct engine *engine, const char *name, int64_t *ret, struct err *e)
{
	cleanup(container_list_done) struct container_list list = { NULL };
	char id[ENGINE_ID];

	if (!name)
		return 0;
	if (engine_find(engine, name, id, e) < 0 || engine_list(engine, true, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.items[i].id, id))
			*ret = list.items[i].created;
	return 0;
}

static int check_value(const char *name, const char *value, struct err *e)
{
	regex_t compiled;
	int64_t number;
	size_t i = 0;

	if (str_eq(name, "status")) {
		while (i < ARRAY_SIZE(states) && !str_eq(value, states[i]))
			i++;
		return i < ARRAY_SIZE(states) ? 0 : err_set(e, ERR_INVALID, "invalid filter 'status=%s'", value);
	}
	if (str_eq(name, "exited") && quantity_i64(value, &number) < 0)
		return err_set(e, ERR_INVALID, "invalid filter 'exited=%s': a number is wanted", value);
	if (str_eq(name, "name") || str_eq(name, "id")) {
		if (regcomp(&compiled, value, REG_EXTENDED | REG_NOSUB) != 0)
			return err_set(e, ERR_INVALID, "invalid filter '%s=%s': it is no regular expression", name, value);
		regfree(&compiled);
	}
	return 0;
}

int choice_read(struct choice *c, struct engine *engine, struct err *e)
{
	c->engine = engine;
	if (filter_check(c->filters, names, e) < 0)
		return -1;
	for (size_t i = 0; i < c->filters->n; i++)
		for (const char *const *name = names; *name; name++) {
			const char *value = filter_value(c->filters, i, *name);

			if (value && check_value(*name, value, e) < 0)
				return -1;
		}
	c->all = filter_last(c->filters, "status") != NULL;
	if (created_of(engine, filter_last(c->filters, "before"), &c->before, e) < 0)
		return -1;
	return created_of(engine, filter_last(c->filters, "since"), &c->since, e);
}

/* ---- what matches ---- */

static bool match_regex(const char *pattern, const void *text)
{
	regex_t compiled;
	bool matches;

	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	matches = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return matches;
}

/* The name with the slash that Docker's API puts before it, so that "^/web$" works, too. */
static bool match_name(const char *pattern, const void *name)
{
	autofree char *slashed = str_format("/%s", (const char *)name);

	return match_regex(pattern, name) || (slashed && match_regex(pattern, slashed));
}

static bool match_status(const char *wanted, const void *container)
{
	return str_eq(wanted, view_state(container));
}

static bool match_exited(const char *wanted, const void *container)
{
	const struct container_entry *c = container;
	int64_t code;

	return c->state == CONTAINER_EXITED && !c->exit_unknown && quantity_i64(wanted, &code) == 0 && code == c->exit_code;
}

/* An image by any of its names, or by the front of its id. */
static bool match_ancestor(const char *wanted, const void *container)
{
	const struct container_entry *c = container;
	const char *id = str_starts(c->image_id, "sha256:") ? c->image_id + strlen("sha256:") : c->image_id;
	autofree char *asked = NULL, *has = NULL;

	if (str_starts(id, str_starts(wanted, "sha256:") ? wanted + strlen("sha256:") : wanted))
		return true;
	return name_normal(wanted, &asked, NULL) == 0 && name_normal(c->image, &has, NULL) == 0 && str_eq(asked, has);
}

static int has_labels(const struct choice *c, const struct container_entry *container, struct err *e)
{
	autofacts struct view_facts facts = VIEW_FACTS_INIT;

	if (!filter_last(c->filters, "label"))
		return 1;
	if (view_facts(c->engine, container->id, &facts, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	return filter_all(c->filters, "label", filter_label, &facts.labels);
}

int choice_takes(const struct choice *c, const struct container_entry *container, struct err *e)
{
	const struct { const char *name; filter_match *match; const void *object; } rows[] = {
		{ "ancestor", match_ancestor, container }, { "exited", match_exited, container },
		{ "id", match_regex, container->id },	   { "name", match_name, container->name },
		{ "status", match_status, container },
	};

	if ((c->before && container->created >= c->before) || (c->since && container->created <= c->since))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!filter_any(c->filters, rows[i].name, rows[i].match, rows[i].object))
			return 0;
	return has_labels(c, container, e);
}
