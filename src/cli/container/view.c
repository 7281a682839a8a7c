/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/container/view.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

void view_facts_done(struct view_facts *facts)
{
	strv_done(&facts->labels.pairs);
	strv_done(&facts->mounts);
	free(facts->network);
}

static int add_label(const char *key, const struct json *value, void *arg)
{
	const char *text = json_string(value, NULL);

	return strmap_set(arg, key, text ? text : "");
}

static int add_mounts(const struct json *mounts, struct strv *to)
{
	for (size_t i = 0; i < json_array_len(mounts); i++) {
		const char *source = json_string(json_get(json_array_at(mounts, i), "Source"), NULL);

		if (source && strv_add(to, source) < 0)
			return -ENOMEM;
	}
	return 0;
}

int view_facts(struct engine *engine, const char *id, struct view_facts *ret, struct err *e)
{
	autostr struct str text = STR_INIT;
	autojson struct json *root = NULL;
	const struct json *config;
	const char *network;

	if (engine_inspect(engine, id, &text, e) < 0 || json_parse(str_text(&text), text.len, &root, e) < 0)
		return -1;
	config = json_get(root, "Config");
	ret->tty = json_is_true(json_get(config, "Tty"));
	ret->open_stdin = json_is_true(json_get(config, "OpenStdin"));
	network = json_string(json_get(json_get(root, "HostConfig"), "NetworkMode"), NULL);
	ret->network = network ? strdup(network) : NULL;
	if (json_each(json_get(config, "Labels"), add_label, &ret->labels) < 0 ||
	    add_mounts(json_get(root, "Mounts"), &ret->mounts) < 0)
		return err_nomem(e);
	return 0;
}

const char *view_state(const struct container_entry *entry)
{
	static const char *const words[] = {
		[CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running", [CONTAINER_EXITED] = "exited",
		[CONTAINER_DEAD] = "dead",
	};

	return words[entry->state];
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
