/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/validate.h"

#include <inttypes.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "linux/rlimit.h"
#include "runtime/annotations.h"
#include "runtime/attributes.h"
#include "runtime/environment.h"
#include "runtime/hooks.h"
#include "runtime/labels.h"
#include "runtime/netdevices.h"
#include "runtime/resources.h"
#include "runtime/sysctl.h"

enum { HOOK_SECONDS_MAX = 1 << 30, OOM_SCORE_LEAST = -1000, OOM_SCORE_MOST = 1000 };

/* A number of SemVer 2.0.0: no leading zero. */
static const char *skip_number(const char *at)
{
	size_t n = strspn(at, "0123456789");

	return n == 0 || (n > 1 && at[0] == '0') ? NULL : at + n;
}

/* What may follow the patch number: -PRE, +BUILD or both. */
static bool is_version_tail(const char *at)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-";
	size_t n;

	if (*at == '-') {
		n = strspn(at + 1, letters);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	if (*at == '+') {
		n = strspn(at + 1, letters);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	return !*at;
}

/* The specification keeps its minor versions compatible both ways: any 1.x.y is ours (config.md, "Specification
 * version"). */
static int check_version(const char *version, struct err *e)
{
	const char *at = str_starts(version, "1.") ? skip_number(version + 2) : NULL;

	at = at && *at == '.' ? skip_number(at + 1) : NULL;
	if (at && is_version_tail(at))
		return 0;
	return err_set(e, ERR_INVALID, "ociVersion: '%.50s' is not a version 1.MINOR.PATCH", version);
}

static int check_hook(const struct oci_hook *hook, const char *kind, size_t i, struct err *e)
{
	if (hook->path[0] != '/')
		return err_set(e, ERR_INVALID, "hooks.%s[%zu].path '%.200s' is not an absolute path", kind, i, hook->path);
	if (hook->timeout.set && (hook->timeout.value <= 0 || hook->timeout.value > HOOK_SECONDS_MAX))
		return err_set(e, ERR_INVALID, "hooks.%s[%zu].timeout: %lld is not a number of seconds above zero", kind, i,
			       (long long)hook->timeout.value);
	return 0;
}

static int check_hooks(const struct oci_spec *spec, struct err *e)
{
	for (enum hook_kind kind = 0; kind < HOOK_KINDS; kind++) {
		const struct oci_hook_list *list = hook_list(spec, kind);

		for (size_t i = 0; list && i < list->n; i++)
			if (check_hook(&list->items[i], hook_name(kind), i, e) < 0)
				return -1;
	}
	return 0;
}

static int check_limits(const struct oci_process *p, struct err *e)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < p->rlimits.n; i++) {
		const struct oci_rlimit *l = &p->rlimits.items[i];
		const char *type = l->type;
		int number = rlimit_number(type);

		if (number < 0)
			return err_set(e, ERR_INVALID, "process.rlimits[%zu].type: '%.50s' is not known", i, type);
		if (seen & UINT32_C(1) << number)
			return err_set(e, ERR_INVALID, "process.rlimits[%zu].type: '%s' is listed twice", i, type);
		if (l->soft > l->hard)
			return err_set(e, ERR_INVALID, "process.rlimits[%zu].soft: %" PRIu64 " is above the hard limit, %" PRIu64,
				       i, l->soft, l->hard);
		seen |= UINT32_C(1) << number;
	}
	return 0;
}

int validate_process(const struct oci_process *p, struct err *e)
{
	if (p->args.n == 0 && !p->absent)
		return err_set(e, ERR_INVALID, "process.args must not be empty");
	if (p->cwd[0] != '/')
		return err_set(e, ERR_INVALID, "process.cwd '%.200s' is not an absolute path", p->cwd);
	if (p->user.uid == UINT32_MAX || p->user.gid == UINT32_MAX)
		return err_set(e, ERR_INVALID, "process.user.%s: 4294967295 is not an id",
			       p->user.uid == UINT32_MAX ? "uid" : "gid");
	for (size_t i = 0; i < p->user.additional_gids.n; i++)
		if (p->user.additional_gids.items[i] == UINT32_MAX)
			return err_set(e, ERR_INVALID, "process.user.additionalGids[%zu]: 4294967295 is not an id", i);
	if (p->oom_score_adj.set && (p->oom_score_adj.value < OOM_SCORE_LEAST || p->oom_score_adj.value > OOM_SCORE_MOST))
		return err_set(e, ERR_INVALID, "process.oomScoreAdj: '%lld' is not between %d and %d",
			       (long long)p->oom_score_adj.value, OOM_SCORE_LEAST, OOM_SCORE_MOST);
	if (check_limits(p, e) < 0 || environment_check(&p->env, e) < 0 || attributes_check(p, e) < 0)
		return -1;
	return labels_check(p, e);
}

int validate_spec(const struct oci_spec *spec, struct err *e)
{
	if (check_version(spec->oci_version, e) < 0)
		return -1;
	if (!spec->root)
		return err_set(e, ERR_INVALID, "root: missing");
	if (!spec->linux_)
		return err_set(e, ERR_INVALID, "linux: missing");
	if (validate_namespaces(spec, e) < 0 || validate_mounts(spec, e) < 0 || check_hooks(spec, e) < 0)
		return -1;
	if (annotations_check(spec, e) < 0)
		return -1;
	if (spec->linux_->resources && resources_check(spec->linux_->resources, e) < 0)
		return -1;
	if (spec->linux_->intel_rdt && resources_check_rdt(spec->linux_->intel_rdt, e) < 0)
		return -1;
	if (netdevices_check(spec, e) < 0 || sysctl_check(spec, e) < 0 || attributes_check_linux(spec->linux_, e) < 0)
		return -1;
	return validate_process(spec->process, e);
}
