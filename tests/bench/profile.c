/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The seccomp profile of the OCI benchmarks: the permissions of our default profile as every runtime's config.json says
 * them, and the instructions that lighter makes of that, for the floor.
 *
 *   profile json | filter
 */

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "linux/seccomp.h"

/* "The first that holds decides" is not OCI's language: a refusal before a permission is left out here. */
static size_t keep_portable(struct seccomp_rule *rules, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (rules[i].action == SECCOMP_RET_ALLOW || rules[i].n_args == 0)
			rules[kept++] = rules[i];
	return kept;
}

static void add_arg(struct json_writer *w, const struct seccomp_arg *a)
{
	json_object_begin(w, NULL);
	json_add_u64(w, "index", a->index);
	json_add_u64(w, "value", a->value);
	json_add_u64(w, "valueTwo", a->value_two);
	json_add_string(w, "op", "SCMP_CMP_MASKED_EQ");
	json_object_end(w);
}

static void end_entry(struct json_writer *w, const struct seccomp_rule *rule)
{
	json_array_end(w);
	json_add_string(w, "action", rule->action == SECCOMP_RET_ALLOW ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO");
	if (rule->action != SECCOMP_RET_ALLOW)
		json_add_u64(w, "errnoRet", rule->action & SECCOMP_RET_DATA);
	if (rule->n_args) {
		json_array_begin(w, "args");
		for (size_t i = 0; i < rule->n_args; i++)
			add_arg(w, &rule->args[i]);
		json_array_end(w);
	}
	json_object_end(w);
}

static void add_syscalls(struct json_writer *w, const struct seccomp_profile *p)
{
	static const struct seccomp_rule plain = { .action = SECCOMP_RET_ALLOW };

	json_array_begin(w, "syscalls");
	json_object_begin(w, NULL);
	json_array_begin(w, "names");
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].action == SECCOMP_RET_ALLOW && p->rules[i].n_args == 0)
			json_add_string(w, NULL, p->rules[i].name);
	end_entry(w, &plain);
	for (size_t i = 0; i < p->n_rules; i++) {
		if (p->rules[i].action == SECCOMP_RET_ALLOW && p->rules[i].n_args == 0)
			continue;
		json_object_begin(w, NULL);
		json_array_begin(w, "names");
		json_add_string(w, NULL, p->rules[i].name);
		end_entry(w, &p->rules[i]);
	}
	json_array_end(w);
}

static int print_json(const struct seccomp_profile *p)
{
	static const char *const arches[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	json_object_begin(&w, NULL);
	json_add_string(&w, "defaultAction", "SCMP_ACT_ERRNO");
	json_add_u64(&w, "defaultErrnoRet", p->default_action & SECCOMP_RET_DATA);
	json_array_begin(&w, "architectures");
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		json_add_string(&w, NULL, arches[i]);
	json_array_end(&w);
	add_syscalls(&w, p);
	json_object_end(&w);
	return io_write_full(1, str_text(&text), text.len);
}

static int print_filter(const struct seccomp_profile *p)
{
	struct seccomp_program program;
	struct err e = ERR_INIT;
	int r = seccomp_compile(p, &program, &e);

	if (r < 0)
		return r;
	r = io_write_full(1, program.filter, program.len * sizeof(program.filter[0]));
	seccomp_program_done(&program);
	return r;
}

int main(int argc, char **argv)
{
	struct seccomp_profile profile;
	int r;

	if (argc != 2 || seccomp_default_rules(0, &profile) < 0)
		return 1;
	profile.n_rules = keep_portable(profile.owned, profile.n_rules);
	profile.unknown_enosys = false;
	r = strcmp(argv[1], "json") == 0 ? print_json(&profile) : print_filter(&profile);
	free(profile.owned);
	return r < 0 ? 1 : 0;
}
