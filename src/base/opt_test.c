/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opt.h"

#include <string.h>

#include "base/test.h"

struct got {
	bool detach, interactive, tty, rm;
	char *name;
	struct strv env;
	struct opt_i64 memory, cpus, pids;
	struct opt_u32 fds;
	struct strmap labels;
};

static const struct opt rows[] = {
	OPT(struct got, detach, "detach", 'd', flag, "Run in the background"),
	OPT(struct got, interactive, "interactive", 'i', flag, "Keep stdin open"),
	OPT(struct got, tty, "tty", 't', flag, "Allocate a terminal"),
	OPT(struct got, rm, "rm", 0, flag, "Remove it"),
	OPT(struct got, name, "name", 0, text, "Name it"),
	OPT(struct got, env, "env", 'e', list, "Set environment variables"),
	OPT(struct got, memory, "memory", 'm', size, "Memory limit"),
	OPT(struct got, cpus, "cpus", 0, decimal, "Number of CPUs"),
	OPT(struct got, pids, "pids-limit", 0, int, "Tune pids", .word = "n"),
	OPT(struct got, fds, "preserve-fds", 0, uint, NULL),
	OPT(struct got, labels, "label", 'l', map, "Set metadata"),
	OPT_LATER("publish", 'p', list),
};

OPT_TABLE(anywhere, rows);
OPT_TABLE(before_operands, rows, .operands_end_options = true);
OPT_TABLE(one_dash, rows, .one_dash = true);

static void got_done(struct got *g)
{
	free(g->name);
	strv_done(&g->env);
	strv_done(&g->labels.pairs);
}

/* Splits `line` at spaces, parses, and writes what was found as one line. */
static int run(const struct opt_table *t, const char *line, struct str *out)
{
	autofree char *copy = strdup(line);
	char *argv[16], *save = NULL;
	struct err e = ERR_INIT;
	struct got g = { 0 };
	size_t argc = 0, n = 0;
	int r;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	r = opt_parse(t, argv, argc, &g, &n, &e);
	if (r < 0)
		str_add(out, e.text);
	if (r == 0) {
		str_addf(out, "%s%s%s%s", g.detach ? "d" : "", g.interactive ? "i" : "", g.tty ? "t" : "",
			 g.rm ? "r" : "");
		if (g.name)
			str_addf(out, " name=%s", g.name);
		for (size_t i = 0; i < g.env.n; i++)
			str_addf(out, " e=%s", g.env.items[i]);
		if (g.memory.set)
			str_addf(out, " m=%lld", (long long)g.memory.value);
		if (g.cpus.set)
			str_addf(out, " cpus=%lld", (long long)g.cpus.value);
		if (g.pids.set)
			str_addf(out, " pids=%lld", (long long)g.pids.value);
		if (g.fds.set)
			str_addf(out, " fds=%u", g.fds.value);
		for (size_t i = 0; i + 1 < g.labels.pairs.n; i += 2)
			str_addf(out, " l=%s:%s", g.labels.pairs.items[i], g.labels.pairs.items[i + 1]);
		str_add(out, " |");
		for (size_t i = 0; i < n; i++)
			str_addf(out, " %s", argv[i]);
	}
	got_done(&g);
	return r;
}

struct row { const char *line, *result; };

static void check(const struct opt_table *t, const struct row *cases, size_t n, int want)
{
	for (size_t i = 0; i < n; i++) {
		autostr struct str out = STR_INIT;

		assert_int_equal(run(t, cases[i].line, &out), want);
		assert_string_equal(str_text(&out), cases[i].result);
	}
}

static void options_are_read_in_all_of_pflags_spellings(void **state)
{
	static const struct row cases[] = {
		{ "", " |" },
		{ "-it img sh", "it | img sh" },
		{ "-dit --rm img", "ditr | img" },
		{ "--rm=false -d=true img", "d | img" },
		{ "--rm --rm=0 img", " | img" },
		{ "-e A=1 -eB=2 -e=C=3 --env D=4 --env=E=5", " e=A=1 e=B=2 e=C=3 e=D=4 e=E=5 |" },
		{ "-ite X=1 img", "it e=X=1 | img" },
		{ "-iteX img", "it e=X | img" },
		{ "--name a --name=b", " name=b |" },
		{ "--name= img", " name= | img" },
		{ "--name -d img", " name=-d | img" },
		{ "-m 512m --cpus 1.5 --pids-limit -1", " m=536870912 cpus=1500000000 pids=-1 |" },
		{ "-m1.5GiB --cpus=.5 --pids-limit=0 --preserve-fds 3", " m=1610612736 cpus=500000000 pids=0 fds=3 |" },
		{ "-l a=b=c --label flag", " l=a:b=c l=flag: |" },
		{ "- img", " | - img" },
	};

	check(&anywhere, cases, ARRAY_SIZE(cases), 0);
	check(&before_operands, cases, ARRAY_SIZE(cases), 0);
}

static void operands_and_options_mix_unless_operands_end_options(void **state)
{
	static const struct row mixed[] = {
		{ "a -d b --rm c", "dr | a b c" },
		{ "a -- -d b", " | a -d b" },
		{ "a -d -- -- b", "d | a -- b" },
	};
	static const struct row first[] = {
		{ "-d img ls -l --rm", "d | img ls -l --rm" },
		{ "img -- -x", " | img -- -x" },
		{ "-d -- --img -x", "d | --img -x" },
	};

	check(&anywhere, mixed, ARRAY_SIZE(mixed), 0);
	check(&before_operands, first, ARRAY_SIZE(first), 0);
}

static void mistakes_are_named(void **state)
{
	static const struct row cases[] = {
		{ "--foo", "unknown flag: --foo" },
		{ "--nmae x", "unknown flag: --nmae, did you mean --name?" },
		{ "--detatch=1", "unknown flag: --detatch, did you mean --detach?" },
		{ "--publis 1", "unknown flag: --publis" },
		{ "-xyz", "unknown shorthand flag: 'x' in -xyz" },
		{ "-itx", "unknown shorthand flag: 'x' in -itx" },
		{ "--name", "flag needs an argument: --name" },
		{ "-ie", "flag needs an argument: 'e' in -ie" },
		{ "--=x", "bad flag syntax: --=x" },
		{ "---d", "bad flag syntax: ---d" },
		{ "--rm=maybe", "invalid argument \"maybe\" for \"--rm\" flag: true or false is wanted" },
		{ "-m lots", "invalid argument \"lots\" for \"-m, --memory\" flag: a size like 512m or 2g is wanted" },
		{ "-m 9999999p", "invalid argument \"9999999p\" for \"-m, --memory\" flag: value out of range" },
		{ "--cpus 1,5", "invalid argument \"1,5\" for \"--cpus\" flag: a decimal like 1.5 is wanted" },
		{ "--pids-limit x", "invalid argument \"x\" for \"--pids-limit\" flag: an integer is wanted" },
		{ "--preserve-fds -1", "invalid argument \"-1\" for \"--preserve-fds\" flag: value out of range" },
		{ "-l =x",
		  "invalid argument \"=x\" for \"-l, --label\" flag: a key is wanted in front of the value" },
		{ "-p 80:80", "--publish is not there yet" },
		{ "--publish=", "--publish is not there yet" },
	};

	check(&anywhere, cases, ARRAY_SIZE(cases), -1);
	check(&before_operands, cases, ARRAY_SIZE(cases), -1);
}

static void one_dash_may_begin_a_long_name_where_the_table_says_so(void **state)
{
	static const struct row long_names[] = {
		{ "-detach img", "d | img" },
		{ "-name x -detach=false", " name=x |" },
		{ "-env A=1", " e=A=1 |" },
		{ "-dit img", "dit | img" },
	};
	static const struct row refused[] = { { "-nome", "unknown shorthand flag: 'n' in -nome" } };
	static const struct row letters[] = { { "-name x", "unknown shorthand flag: 'n' in -name" } };

	check(&one_dash, long_names, ARRAY_SIZE(long_names), 0);
	check(&one_dash, refused, ARRAY_SIZE(refused), -1);
	check(&anywhere, letters, ARRAY_SIZE(letters), -1);
}

static void help_is_found_where_an_option_may_stand(void **state)
{
	static const struct row yes[] = { { "--help", "" }, { "-h", "" }, { "-dh", "" }, { "-d --help img", "" } };
	static const struct row no[] = { { "img --help", " | img --help" }, { "-e --help", " e=--help |" } };

	check(&anywhere, yes, ARRAY_SIZE(yes), OPT_HELP);
	check(&before_operands, no, ARRAY_SIZE(no), 0);
}

static void help_lines_are_aligned_and_hide_what_has_no_text(void **state)
{
	static const struct opt few[] = {
		OPT(struct got, detach, "detach", 'd', flag, "Run in the background"),
		OPT(struct got, pids, "pids-limit", 0, int, "Tune pids", .word = "n"),
		OPT(struct got, fds, "preserve-fds", 0, uint, NULL),
		OPT_LATER("publish", 'p', list),
	};
	autostr struct str out = STR_INIT;

	OPT_TABLE(table, few);
	opt_help(&table, &out);
	assert_string_equal(str_text(&out), "  -d, --detach         Run in the background\n"
					    "      --pids-limit n   Tune pids\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read_in_all_of_pflags_spellings),
		cmocka_unit_test(operands_and_options_mix_unless_operands_end_options),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(one_dash_may_begin_a_long_name_where_the_table_says_so),
		cmocka_unit_test(help_is_found_where_an_option_may_stand),
		cmocka_unit_test(help_lines_are_aligned_and_hide_what_has_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
