/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/criu_namespaces.h"

/*
 * criu has two ways: a namespace that is external (net, pid) is marked at the checkpoint and inherited as a descriptor at
 * the restore; others are saved as if they were the container's own, and replaced by the one at a path (uts, ipc).
 */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/protobuf.h"
#include "linux/ns.h"
#include "runtime/criu.h"

static const struct shared {
	enum oci_namespace_type type;
	enum ns_kind kind;
	const char *external; /* runc's name for it, so that checkpoints can be exchanged; NULL: by path */
} kinds[] = {
	{ OCI_NS_NETWORK, NS_NET, "extRootNetNS" },
	{ OCI_NS_PID, NS_PID, "extRootPidNS" },
	{ OCI_NS_UTS, NS_UTS, NULL },
	{ OCI_NS_IPC, NS_IPC, NULL },
};

static const char *path_of(const struct oci_spec *spec, enum oci_namespace_type type)
{
	const struct oci_namespace *ns = oci_spec_namespace(spec, type);

	return ns && ns->path && ns->path[0] ? ns->path : NULL;
}

static bool can_be_shared(enum oci_namespace_type type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type)
			return true;
	return false;
}

int criu_namespaces_check(const struct oci_spec *spec, struct err *e)
{
	if (!oci_spec_namespace(spec, OCI_NS_MOUNT))
		return err_set(e, ERR_UNSUPPORTED, "criu needs a container with a mount namespace of its own");
	if (oci_spec_namespace(spec, OCI_NS_USER))
		return err_set(e, ERR_UNSUPPORTED, "criu cannot put back a container in a user namespace: nobody may make its "
			       "devices there");
	for (enum oci_namespace_type type = OCI_NS_NONE + 1; type < OCI_NS_TYPES; type++)
		if (path_of(spec, type) && !can_be_shared(type))
			return err_set(e, ERR_UNSUPPORTED, "criu cannot put a container back into the %s namespace '%.200s'",
				       oci_namespace_name(type), path_of(spec, type));
	return 0;
}

static int save(const struct shared *shared, const char *path, struct str *options, struct err *e)
{
	autofd int ns = ns_open(path, shared->kind);
	autofree char *text = NULL;
	struct stat st;

	if (ns < 0 || fstat(ns, &st) < 0)
		return err_sys(e, ns < 0 ? -ns : errno, "%s namespace '%s'", oci_namespace_name(shared->type), path);
	text = str_format("%s[%ju]:%s", ns_file(shared->kind), (uintmax_t)st.st_ino, shared->external);
	if (!text)
		return err_nomem(e);
	protobuf_add_text(options, CRIU_EXTERNAL, text);
	return 0;
}

int criu_namespaces_save(const struct oci_spec *spec, struct str *options, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *path = kinds[i].external ? path_of(spec, kinds[i].type) : NULL;

		if (path && save(&kinds[i], path, options, e) < 0)
			return -1;
	}
	return 0;
}

int criu_namespaces_restore(const struct oci_spec *spec, int first, struct criu_namespaces *ret, struct str *options,
			    struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *path = path_of(spec, kinds[i].type);
		int ns = path ? ns_open(path, kinds[i].kind) : -EBADF;

		if (!path)
			continue;
		if (ns < 0)
			return err_sys(e, -ns, "%s namespace '%s'", oci_namespace_name(kinds[i].type), path);
		if (kinds[i].external) {
			criu_add_inherited(options, kinds[i].external, first + (int)ret->n);
			ret->fds[ret->n++] = ns;
		} else {
			criu_add_namespace(options, ns_file(kinds[i].kind), path);
			(void)close(ns);
		}
	}
	return 0;
}

void criu_namespaces_done(struct criu_namespaces *namespaces)
{
	while (namespaces->n > 0)
		(void)close(namespaces->fds[--namespaces->n]);
}
