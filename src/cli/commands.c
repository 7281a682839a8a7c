/* SPDX-License-Identifier: Apache-2.0 */

/* Every name by which a command is reached, and the words of Docker that have no command yet. */

#include "cli/command.h"

#include "base/str.h"

const struct command_group command_groups[] = {
	{ "container", "Manage containers" },
	{ "image", "Manage images" },
	{ "registry", "Serve images" },
	{ "system", "Manage lighter itself" },
};
const size_t command_groups_n = ARRAY_SIZE(command_groups);

const struct command_name command_names[] = {
	{ NULL, "attach", &container_attach },
	{ NULL, "completion", &system_completion },
	{ NULL, "create", &container_create },
	{ NULL, "exec", &container_exec },
	{ NULL, "history", &image_history },
	{ NULL, "images", &image_ls },
	{ NULL, "import", &image_import_command },
	{ NULL, "info", &system_info },
	{ NULL, "inspect", &system_inspect },
	{ NULL, "kill", &container_kill },
	{ NULL, "load", &image_load_command },
	{ NULL, "login", &registry_login_command },
	{ NULL, "logout", &registry_logout_command },
	{ NULL, "logs", &container_logs },
	{ NULL, "ps", &container_ls },
	{ NULL, "pull", &image_pull_command },
	{ NULL, "push", &image_push_command },
	{ NULL, "rm", &container_rm },
	{ NULL, "rmi", &image_rm },
	{ NULL, "run", &container_run },
	{ NULL, "save", &image_save_command },
	{ NULL, "start", &container_start },
	{ NULL, "stop", &container_stop },
	{ NULL, "tag", &image_tag_command },
	{ NULL, "version", &system_version },
	{ NULL, "wait", &container_wait },

	{ "container", "attach", &container_attach },
	{ "container", "cleanup", &container_cleanup, .hidden = true },
	{ "container", "create", &container_create },
	{ "container", "exec", &container_exec },
	{ "container", "inspect", &container_inspect },
	{ "container", "kill", &container_kill },
	{ "container", "list", &container_ls, .hidden = true },
	{ "container", "logs", &container_logs },
	{ "container", "ls", &container_ls },
	{ "container", "ps", &container_ls, .hidden = true },
	{ "container", "remove", &container_rm, .hidden = true },
	{ "container", "rm", &container_rm },
	{ "container", "run", &container_run },
	{ "container", "start", &container_start },
	{ "container", "stop", &container_stop },
	{ "container", "wait", &container_wait },

	{ "image", "copy", &image_copy_command },
	{ "image", "history", &image_history },
	{ "image", "import", &image_import_command },
	{ "image", "inspect", &image_inspect },
	{ "image", "list", &image_ls, .hidden = true },
	{ "image", "load", &image_load_command },
	{ "image", "ls", &image_ls },
	{ "image", "pull", &image_pull_command },
	{ "image", "push", &image_push_command },
	{ "image", "remove", &image_rm, .hidden = true },
	{ "image", "rm", &image_rm },
	{ "image", "save", &image_save_command },
	{ "image", "tag", &image_tag_command },

	{ "registry", "serve", &registry_serve },

	{ "system", "info", &system_info },
	{ "system", "options", &system_options, .hidden = true },

	{ NULL, "build" }, { NULL, "builder" }, { NULL, "buildx" }, { NULL, "commit" }, { NULL, "compose" },
	{ NULL, "context" }, { NULL, "cp" }, { NULL, "diff" }, { NULL, "events" }, { NULL, "export" },
	{ NULL, "manifest" },
	{ NULL, "network" }, { NULL, "pause" }, { NULL, "plugin" }, { NULL, "port" },
	{ NULL, "rename" }, { NULL, "restart" }, { NULL, "search" }, { NULL, "stats" },
	{ NULL, "top" }, { NULL, "unpause" }, { NULL, "update" }, { NULL, "volume" },
	{ "container", "commit" }, { "container", "cp" }, { "container", "diff" }, { "container", "export" },
	{ "container", "pause" }, { "container", "port" }, { "container", "prune" }, { "container", "rename" },
	{ "container", "restart" }, { "container", "stats" }, { "container", "top" }, { "container", "unpause" },
	{ "container", "update" }, { "image", "build" },
	{ "image", "prune" }, { "system", "df" },
	{ "system", "events" }, { "system", "prune" },
};
const size_t command_names_n = ARRAY_SIZE(command_names);

const struct command_group *command_group_find(const char *name)
{
	for (size_t i = 0; i < command_groups_n; i++)
		if (str_eq(command_groups[i].name, name))
			return &command_groups[i];
	return NULL;
}

static bool same_group(const char *a, const char *b)
{
	return a && b ? str_eq(a, b) : a == b;
}

const struct command_name *command_find(const char *group, const char *name)
{
	for (size_t i = 0; i < command_names_n; i++)
		if (same_group(command_names[i].group, group) && str_eq(command_names[i].name, name))
			return &command_names[i];
	return NULL;
}

int command_each(struct cli *cli, char **operands, size_t n,
		 int (*one)(struct cli *cli, const char *operand, void *arg, struct err *e), void *arg)
{
	int status = 0;

	for (size_t i = 0; i < n; i++) {
		struct err e = ERR_INIT;

		if (one(cli, operands[i], arg, &e) == 0)
			continue;
		cli_report("%s", e.text);
		status = COMMAND_FAILED;
	}
	return status;
}
