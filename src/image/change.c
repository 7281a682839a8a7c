/* SPDX-License-Identifier: Apache-2.0 */

/* A table of instructions. What follows the word is either a JSON array of strings, or words with quotes and backslashes. */

#include "image/change.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"

typedef int apply_func(const char *rest, struct oci_image_runtime *to, struct err *e);

/* ---- words ---- */

/* The next word of *at, its quotes and backslashes resolved: 1, 0 at the end, -1. */
static int next_word(const char **at, struct str *to, struct err *e)
{
	char quote = '\0';
	const char *c;

	*at += strspn(*at, " \t");
	if (!**at)
		return 0;
	for (c = *at; *c && (quote || (*c != ' ' && *c != '\t')); c++) {
		if (quote && *c == quote) {
			quote = '\0';
		} else if (!quote && (*c == '"' || *c == '\'')) {
			quote = *c;
		} else {
			if (*c == '\\' && c[1] && quote != '\'')
				c++;
			str_add_char(to, *c);
		}
	}
	if (quote)
		return err_set(e, ERR_INVALID, "a quote in '%s' has no end", *at);
	*at = c;
	str_add(to, "");
	return to->failed ? err_nomem(e) : 1;
}

/* Calls `each` for every word. */
static int each_word(const char *rest, int (*each)(const char *word, struct oci_image_runtime *to, struct err *e),
		     struct oci_image_runtime *to, struct err *e)
{
	for (;;) {
		autostr struct str word = STR_INIT;
		int r = next_word(&rest, &word, e);

		if (r <= 0)
			return r;
		if (each(str_text(&word), to, e) < 0)
			return -1;
	}
}

/* ["a", "b"]: 1; anything else: 0. */
static int read_array(const char *rest, struct strv *to, struct err *e)
{
	autojson struct json *root = NULL;

	if (rest[0] != '[' || json_parse(rest, strlen(rest), &root, NULL) < 0)
		return 0;
	for (size_t i = 0; i < json_array_len(root); i++)
		if (!json_string(json_array_at(root, i), NULL))
			return 0;
	for (size_t i = 0; i < json_array_len(root); i++)
		if (strv_add(to, json_string(json_array_at(root, i), NULL)) < 0)
			return err_nomem(e);
	return 1;
}

static int add_once(struct strv *to, const char *item, struct err *e)
{
	return strv_contains(to, item) || strv_add(to, item) == 0 ? 0 : err_nomem(e);
}

static int set_text(char **to, const char *text, struct err *e)
{
	char *copy = strdup(text);

	if (!copy)
		return err_nomem(e);
	free(*to);
	*to = copy;
	return 0;
}

/* ---- instructions ---- */

/* A command line: an array, or a text for the shell. */
static int set_command(struct strv *to, const char *rest, struct err *e)
{
	static const char *const shell[] = { "/bin/sh", "-c" };
	autostrv struct strv words = STRV_INIT;
	int r = read_array(rest, &words, e);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(shell); i++)
		r = strv_add(&words, shell[i]) < 0 ? err_nomem(e) : 0;
	if (r == 0)
		r = strv_add(&words, rest) < 0 ? err_nomem(e) : 0;
	if (r < 0)
		return -1;
	strv_done(to);
	*to = words;
	words = (struct strv)STRV_INIT;
	return 0;
}

static int apply_cmd(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	return set_command(&to->cmd, rest, e);
}

static int apply_entrypoint(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	return set_command(&to->entrypoint, rest, e);
}

static int set_env(const char *key, const char *value, struct oci_image_runtime *to, struct err *e)
{
	return strv_env_set(&to->env, key, value) < 0 ? err_nomem(e) : 0;
}

static int set_label(const char *key, const char *value, struct oci_image_runtime *to, struct err *e)
{
	return strmap_set(&to->labels, key, value) < 0 ? err_nomem(e) : 0;
}

typedef int pair_func(const char *key, const char *value, struct oci_image_runtime *to, struct err *e);

/* "key=value key2=value2", or the old "key the rest". */
static int each_pair(const char *name, const char *rest, pair_func *set, struct oci_image_runtime *to, struct err *e)
{
	size_t key = strcspn(rest, " \t");

	if (!memchr(rest, '=', key)) {
		autofree char *word = strndup(rest, key);

		if (!rest[key])
			return err_set(e, ERR_INVALID, "%s '%s' has no value", name, rest);
		return word ? set(word, rest + key + strspn(rest + key, " \t"), to, e) : err_nomem(e);
	}
	for (;;) {
		autostr struct str word = STR_INIT;
		int r = next_word(&rest, &word, e);
		char *equals;

		if (r <= 0)
			return r;
		equals = word.data ? strchr(word.data, '=') : NULL;
		if (!equals || equals == word.data)
			return err_set(e, ERR_INVALID, "%s '%s': KEY=VALUE is wanted", name, str_text(&word));
		*equals = '\0';
		if (set(word.data, equals + 1, to, e) < 0)
			return -1;
	}
}

static int apply_env(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	return each_pair("ENV", rest, set_env, to, e);
}

static int apply_label(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	return each_pair("LABEL", rest, set_label, to, e);
}

static int add_port(const char *word, struct oci_image_runtime *to, struct err *e)
{
	size_t digits = strspn(word, "0123456789");
	const char *protocol = word + digits;
	autofree char *whole = str_format("%s%s", word, *protocol ? "" : "/tcp");

	if (!digits || digits > 5 || strtoul(word, NULL, 10) > 65535 ||
	    (*protocol && !str_eq(protocol, "/tcp") && !str_eq(protocol, "/udp") && !str_eq(protocol, "/sctp")))
		return err_set(e, ERR_INVALID, "EXPOSE '%s': PORT or PORT/tcp, udp or sctp is wanted", word);
	return whole ? add_once(&to->exposed_ports.keys, whole, e) : err_nomem(e);
}

static int apply_expose(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	return each_word(rest, add_port, to, e);
}

static int add_volume(const char *word, struct oci_image_runtime *to, struct err *e)
{
	if (!word[0])
		return err_set(e, ERR_INVALID, "VOLUME: a path is wanted");
	return add_once(&to->volumes.keys, word, e);
}

static int apply_volume(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	autostrv struct strv words = STRV_INIT;
	int r = read_array(rest, &words, e);

	if (r <= 0)
		return r < 0 ? -1 : each_word(rest, add_volume, to, e);
	for (size_t i = 0; i < words.n; i++)
		if (add_volume(words.items[i], to, e) < 0)
			return -1;
	return 0;
}

static int apply_stop_signal(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	return set_text(&to->stop_signal, rest, e);
}

static int apply_user(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	return set_text(&to->user, rest, e);
}

/* A relative directory is below the one before. */
static int apply_workdir(const char *rest, struct oci_image_runtime *to, struct err *e)
{
	const char *before = to->working_dir && to->working_dir[0] ? to->working_dir : "/";
	autofree char *path = rest[0] == '/' ? strdup(rest) :
					       str_format("%s%s%s", before, str_ends(before, "/") ? "" : "/", rest);

	return path ? set_text(&to->working_dir, path, e) : err_nomem(e);
}

static const struct {
	const char *word;
	apply_func *apply; /* NULL: Docker takes it, our config has no place for it yet */
} instructions[] = {
	{ "CMD", apply_cmd }, { "ENTRYPOINT", apply_entrypoint }, { "ENV", apply_env }, { "EXPOSE", apply_expose },
	{ "HEALTHCHECK", NULL }, { "LABEL", apply_label }, { "ONBUILD", NULL }, { "STOPSIGNAL", apply_stop_signal },
	{ "USER", apply_user }, { "VOLUME", apply_volume }, { "WORKDIR", apply_workdir },
};

int change_apply(const char *instruction, struct oci_image_runtime *to, struct err *e)
{
	size_t len;
	const char *rest;

	instruction += strspn(instruction, " \t");
	len = strcspn(instruction, " \t");
	rest = instruction + len + strspn(instruction + len, " \t");
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		if (strlen(instructions[i].word) != len || strncasecmp(instructions[i].word, instruction, len) != 0)
			continue;
		if (!instructions[i].apply)
			return err_set(e, ERR_UNSUPPORTED, "--change '%s' is not there yet", instructions[i].word);
		if (!rest[0])
			return err_set(e, ERR_INVALID, "%s requires at least one argument", instructions[i].word);
		return instructions[i].apply(rest, to, e);
	}
	return err_set(e, ERR_INVALID, "%.*s is not a valid change command", (int)(len < 100 ? len : 100), instruction);
}
