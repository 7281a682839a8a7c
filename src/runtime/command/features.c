/* SPDX-License-Identifier: Apache-2.0 */

/*
 * `features`: features.md of the specification. Nothing here is a claim of its own: the lists are the tables that a
 * configuration is read with, and a feature is there when config.json has its field and validate does not refuse it.
 * What the machine can is another matter and not asked.
 */

#include <string.h>

#include "base/json.h"
#include "linux/cap.h"
#include "linux/mempolicy.h"
#include "linux/mount.h"
#include "runtime/command/command.h"
#include "runtime/hooks.h"
#include "runtime/seccomp_spec.h"
#include "runtime/validate.h"

/* The i-th word of a list; NULL past the last. */
typedef const char *(*word_at)(size_t i);

static const char *hook_at(size_t i)
{
	return i < HOOK_KINDS ? hook_name((enum hook_kind)i) : NULL;
}

static const char *capability_at(size_t i)
{
	return cap_name((int)i);
}

static void add_words(struct json_writer *w, const char *key, word_at at)
{
	json_array_begin(w, key);
	for (size_t i = 0; at(i); i++)
		json_add_string(w, NULL, at(i));
	json_array_end(w);
}

static void add_table(struct json_writer *w, const char *key, const struct words *words)
{
	json_array_begin(w, key);
	for (size_t i = 0; i < words->n; i++)
		json_add_string(w, NULL, words->items[i].name);
	json_array_end(w);
}

static bool has_mount_option(const char *name)
{
	for (size_t i = 0; mount_option_name(i); i++)
		if (str_eq(mount_option_name(i), name))
			return true;
	return false;
}

static void add_namespaces(struct json_writer *w)
{
	json_array_begin(w, "namespaces");
	for (enum oci_namespace_type type = OCI_NS_NONE + 1; type < OCI_NS_TYPES; type++)
		json_add_string(w, NULL, oci_namespace_name(type));
	json_array_end(w);
}

static void add_cgroup(struct json_writer *w)
{
	bool systemd = command_has_option("systemd-cgroup");

	json_object_begin(w, "cgroup");
	json_add_bool(w, "v1", true);
	json_add_bool(w, "v2", true);
	json_add_bool(w, "systemd", systemd);
	json_add_bool(w, "systemdUser", systemd);
	json_add_bool(w, "rdma", oci_spec_has("linux.resources.rdma"));
	json_object_end(w);
}

static void add_seccomp(struct json_writer *w)
{
	json_object_begin(w, "seccomp");
	json_add_bool(w, "enabled", oci_spec_has("linux.seccomp"));
	add_table(w, "actions", &seccomp_spec_actions);
	add_table(w, "operators", &seccomp_spec_operators);
	add_table(w, "archs", &seccomp_spec_arches);
	add_table(w, "knownFlags", &seccomp_spec_flags);
	add_table(w, "supportedFlags", &seccomp_spec_flags);
	json_object_end(w);
}

static void add_enabled(struct json_writer *w, const char *key, bool enabled)
{
	json_object_begin(w, key);
	json_add_bool(w, "enabled", enabled);
	json_object_end(w);
}

static void add_intel_rdt(struct json_writer *w)
{
	json_object_begin(w, "intelRdt");
	json_add_bool(w, "enabled", oci_spec_has("linux.intelRdt"));
	json_add_bool(w, "schemata", oci_spec_has("linux.intelRdt.schemata"));
	json_add_bool(w, "monitoring", oci_spec_has("linux.intelRdt.enableMonitoring"));
	json_object_end(w);
}

static void add_linux(struct json_writer *w)
{
	json_object_begin(w, "linux");
	add_namespaces(w);
	add_words(w, "capabilities", capability_at);
	add_cgroup(w);
	add_seccomp(w);
	add_enabled(w, "apparmor", oci_spec_has("process.apparmorProfile"));
	add_enabled(w, "selinux", oci_spec_has("process.selinuxLabel"));
	add_intel_rdt(w);
	json_object_begin(w, "memoryPolicy");
	add_table(w, "modes", &mempolicy_modes);
	add_table(w, "flags", &mempolicy_flags);
	json_object_end(w);
	json_object_begin(w, "mountExtensions");
	add_enabled(w, "idmap", has_mount_option("idmap"));
	json_object_end(w);
	add_enabled(w, "netDevices", oci_spec_has("linux.netDevices"));
	json_object_end(w);
}

/* Annotations of ours and of runc's (types/features), and what an annotation of config.json can do to a host. */
static void add_annotations(struct json_writer *w)
{
	json_object_begin(w, "annotations");
	json_add_string(w, "io.lighter.runtime.version", LIGHTER_VERSION);
	json_add_string(w, "org.opencontainers.runc.checkpoint.enabled", command_has_verb("checkpoint") ? "true" : "false");
	json_object_end(w);
	json_array_begin(w, "potentiallyUnsafeConfigAnnotations");
	if (command_has_option("systemd-cgroup"))
		json_add_string(w, NULL, "org.systemd.property.");
	if (command_has_verb("checkpoint"))
		json_add_string(w, NULL, "org.criu.config");
	json_add_string(w, NULL, "run.oci.");
	json_array_end(w);
}

static int features_run(const struct call *call, struct err *e)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text, .indent = 4 };

	json_object_begin(&w, NULL);
	json_add_string(&w, "ociVersionMin", "1.0.0");
	json_add_string(&w, "ociVersionMax", OCI_VERSION);
	add_words(&w, "hooks", hook_at);
	add_words(&w, "mountOptions", mount_option_name);
	add_linux(&w);
	add_annotations(&w);
	json_object_end(&w);
	str_add_char(&text, '\n');
	return command_print(&text, e);
}

const struct verb verb_features = {
	.name = "features",
	.operands = "",
	.summary = "print what a configuration may ask for, as JSON",
	.no_root = true,
	.run = features_run,
};
