/* SPDX-License-Identifier: Apache-2.0 */

/*
 * config.json on its way to a container, as far as nothing has to be made: what is read is checked, and what passes is turned
 * into all that the kernel and systemd are told later. A refusal has a sentence.
 */

#include "runtime/validate.h"

#include "base/fuzz.h"
#include "base/log.h"
#include "base/str.h"
#include "linux/cap.h"
#include "linux/cgroup_device.h"
#include "runtime/config.h"
#include "runtime/environment.h"
#include "runtime/hooks.h"
#include "runtime/mountpoint.h"
#include "runtime/resources.h"
#include "runtime/rootless.h"
#include "runtime/seccomp_spec.h"
#include "runtime/systemd_unit.h"

static const char v1[] = "30 1 0:26 / /c/memory rw - cgroup cgroup rw,memory\n31 1 0:27 / /c/cpu rw - cgroup cgroup rw,cpu\n"
			 "32 1 0:28 / /c/pids rw - cgroup cgroup rw,pids\n33 1 0:29 / /c/blkio rw - cgroup cgroup rw,blkio\n";
static const char v2[] = "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

static const struct cgroup_system *system_of(bool unified)
{
	static struct cgroup_system systems[2];
	struct cgroup_system *s = &systems[unified];

	if (s->n > 0)
		return s;
	if (cgroup_system_parse(unified ? v2 : v1, s) < 0)
		abort();
	if (unified) {
		free(s->items[0].controllers);
		s->items[0].controllers = strdup("cpuset,cpu,io,memory,pids");
	}
	return s;
}

static void check_error(int r, const struct err *e)
{
	if (r < 0 && (e->code == ERR_NONE || !e->text[0]))
		abort();
}

static void derive_limits(const struct oci_spec *spec)
{
	const struct systemd_cpu_time now = { 100000, -1 };
	const struct oci_resources *resources = spec->linux_->resources;
	cleanup(resources_rules_done) struct resources_rules rules = { .items = NULL };
	struct cgroup_limits limits = { .unified = NULL };
	size_t len;

	if (resources_rules(resources, &rules, NULL) < 0)
		abort();
	free(cgroup_device_program(rules.items, rules.n, &len));
	(void)resources_are_limits(resources);
	if (!resources)
		return;
	resources_limits(resources, &limits);
	for (int i = 0; i < 2; i++) {
		autostrv struct strv words = STRV_INIT;
		struct err e = ERR_INIT;

		check_error(systemd_unit_limits(resources, &now, system_of(i), &words, &e), &e);
	}
}

static void derive_unit(const struct oci_spec *spec)
{
	cleanup(systemd_unit_done) struct systemd_unit unit = { .slice = NULL };
	autostrv struct strv words = STRV_INIT;
	struct err e = ERR_INIT;
	int r = systemd_unit_parse(spec->linux_->cgroups_path, "id", false, &unit, &e);

	if (r == 0)
		r = systemd_unit_properties(&unit, spec, "id", 77, system_of(true), &words, &e);
	check_error(r, &e);
}

static void derive_filter(const struct oci_spec *spec)
{
	const struct launch launch = { .default_seccomp = true };
	struct seccomp_program program = { .filter = NULL };
	struct err e = ERR_INIT;

	check_error(seccomp_spec_compile(spec, &launch, 0xa80425fb, &program, &e), &e);
	(void)seccomp_spec_asks(&program);
	seccomp_program_done(&program);
}

static void derive_mounts(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mounts.n; i++) {
		const struct oci_mount *m = &spec->mounts.items[i];
		cleanup(mount_options_done) struct mount_options o = { .set = 0 };
		char clean[PATH_MAX];

		if (mount_options_parse(&m->options, &o) < 0 || mountpoint_clean(m->destination, clean)[0] != '/' ||
		    strstr(clean, "/../") || !mountpoint_is(m->destination, clean))
			abort();
		(void)mountpoint_is_below(m->destination, "/proc");
		(void)mountpoint_has_mode(&o.data);
	}
}

static void derive_process(const struct oci_process *p)
{
	const struct strv *all = p->capabilities ? &p->capabilities->bounding : NULL;
	autostrv struct strv env = STRV_INIT;

	for (size_t i = 0; all && i < all->n; i++)
		if (cap_number(all->items[i]) > 63)
			abort();
	if (environment_unique(&p->env, &env) < 0 || env.n > p->env.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str text = STR_INIT;
	struct oci_spec spec;
	struct err e = ERR_INIT;
	int r;

	log_init("fuzz", -1, LOG_LEVEL_ERROR);
	str_add_bytes(&text, (const char *)data, size);
	if (text.failed || config_parse(&text, &spec, &e) < 0)
		return 0;
	r = validate_spec(&spec, &e);
	check_error(r, &e);
	if (r == 0) {
		check_error(rootless_check(&spec, &e), &e);
		derive_limits(&spec);
		derive_unit(&spec);
		derive_filter(&spec);
		derive_mounts(&spec);
		derive_process(spec.process);
		for (enum hook_kind kind = 0; kind < HOOK_KINDS; kind++)
			if (hook_any(&spec, kind) != (hook_list(&spec, kind) && hook_list(&spec, kind)->n > 0))
				abort();
	}
	oci_spec_done(&spec);
	return 0;
}
