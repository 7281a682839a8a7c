/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/annotations.h"

#include "base/own.h"
#include "base/str.h"
#include "runtime/mountpoint.h"

const char *annotation_get(const struct oci_spec *spec, const char *name)
{
	return strmap_get(&spec->annotations, name);
}

bool annotation_is_on(const struct oci_spec *spec, const char *name)
{
	const char *value = annotation_get(spec, name);

	return value && !str_eq(value, "0");
}

/* ---- values: NULL, or why it is none ---- */

static const char *is_path(const struct oci_spec *spec, const char *value)
{
	return value[0] == '/' ? NULL : "it is not an absolute path";
}

static const char *is_context(const struct oci_spec *spec, const char *value)
{
	static const char *const words[] = { "context", "fscontext", "defcontext", "rootcontext" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(words[i], value))
			return NULL;
	return "it is not context, fscontext, defcontext or rootcontext";
}

static const char *is_cgroup_mount(const struct oci_spec *spec, const char *value)
{
	char clean[PATH_MAX];

	(void)mountpoint_clean(value, clean);
	for (size_t i = 0; i < spec->mounts.n; i++) {
		const struct oci_mount *m = &spec->mounts.items[i];

		if (m->type && str_eq(m->type, "cgroup") && mountpoint_is(m->destination, clean))
			return NULL;
	}
	return "no mount of type cgroup has this destination";
}

static const char *is_empty(const struct oci_spec *spec, const char *value)
{
	return value[0] ? "the scope itself is the container's cgroup; a group below it is made by " ANNOTATION_DELEGATE_CGROUP :
			  NULL;
}

/* ---- what is not done ---- */

static const char *no_handler(const struct oci_spec *spec, const char *value)
{
	return "programs are executed by the kernel, not by krun or wasm";
}

static const char *no_plugin(const struct oci_spec *spec, const char *value)
{
	return "nothing is loaded into the runtime; an agent decides, behind linux.seccomp.listenerPath";
}

static const char *no_binary_filter(const struct oci_spec *spec, const char *value)
{
	return "a filter is what linux.seccomp says";
}

static const char *no_offset(const struct oci_spec *spec, const char *value)
{
	return "offsets of clocks are linux.timeOffsets";
}

static const struct {
	const char *name;
	const char *(*wrong)(const struct oci_spec *spec, const char *value);
} known[] = {
	{ ANNOTATION_SECCOMP_RECEIVER, is_path },
	{ ANNOTATION_PIDFD_RECEIVER, is_path },
	{ ANNOTATION_HOOKS_STDOUT, is_path },
	{ ANNOTATION_HOOKS_STDERR, is_path },
	{ ANNOTATION_MOUNT_CONTEXT, is_context },
	{ ANNOTATION_SYSTEMD_V1, is_cgroup_mount },
	{ "run.oci.systemd.subgroup", is_empty },
	{ "run.oci.handler", no_handler },
	{ "run.oci.seccomp.plugins", no_plugin },
	{ "run.oci.seccomp_bpf_data", no_binary_filter },
	{ "run.oci.timens_offset", no_offset },
};

int annotations_check(const struct oci_spec *spec, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *value = annotation_get(spec, known[i].name);
		const char *why = value ? known[i].wrong(spec, value) : NULL;

		if (why)
			return err_set(e, ERR_UNSUPPORTED, "annotations.%s: '%.200s': %s", known[i].name, value, why);
	}
	return 0;
}
