/* SPDX-License-Identifier: Apache-2.0 */

/* A command line of the runtime: the first line is the verb, each further one a word for its option table. Nothing is run. */

#include "runtime/command/command.h"

#include "base/fuzz.h"

static const struct verb *choose(const char *name)
{
	for (size_t i = 0; command_verb(i); i++)
		if (str_eq(command_verb(i)->name, name))
			return command_verb(i);
	return command_verb(strlen(name) % 15);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	autostrv struct strv words = STRV_INIT;
	const struct verb *verb;
	autofree void *options = NULL;
	autofree char **argv = NULL;
	struct err e = ERR_INIT;
	size_t n = 0;
	int r;

	fuzz_lines(text, &words);
	verb = choose(words.items[0]);
	if (!verb || !verb->options)
		return 0;
	options = calloc(1, verb->size + 1);
	argv = calloc(words.n, sizeof(*argv));
	if (!options || !argv)
		abort();
	memcpy(argv, words.items + 1, (words.n - 1) * sizeof(*argv)); /* it is put in another order */
	r = opt_parse(verb->options, argv, words.n - 1, options, &n, &e);
	if (r < 0 ? e.code == ERR_NONE || !e.text[0] : n > words.n)
		abort();
	if (verb->done)
		verb->done(options);
	return 0;
}
