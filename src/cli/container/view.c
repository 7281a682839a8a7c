/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container/view.h"

#include "base/json.h"
#include "base/text.h"

int view_facts(struct engine *engine, const char *id, struct view_facts *ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	autojson struct json *root = NULL;
	const struct json *config;

	if (engine_inspect(engine, id, &text, e) < 0 || json_parse(str_text(&text), text.len, &root, e) < 0)
		return -1;
	config = json_get(root, "Config");
	ret->tty = json_is_true(json_get(config, "Tty"));
	ret->open_stdin = json_is_true(json_get(config, "OpenStdin"));
	return 0;
}

void view_status(struct str *to, const struct container_entry *entry, int64_t now)
{
	switch ((enum container_state)entry->state) {
	case CONTAINER_CREATED:
		str_add(to, "Created");
		return;
	case CONTAINER_RUNNING:
		str_add(to, "Up ");
		text_duration(to, now - entry->started);
		return;
	case CONTAINER_EXITED:
		if (entry->exit_unknown)
			str_add(to, "Exited (unknown) ");
		else
			str_addf(to, "Exited (%d) ", entry->exit_code);
		text_duration(to, now - entry->finished);
		str_add(to, " ago");
		return;
	case CONTAINER_DEAD:
		str_add(to, "Dead");
		return;
	}
}
