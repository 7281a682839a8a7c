/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootless.h"

#include <string.h>

#include "base/str.h"
#include "linux/userns.h"
#include "runtime/user.h"

static struct userns_map map_of(const struct oci_id_maps *maps)
{
	_Static_assert(sizeof(struct userns_extent) == sizeof(struct oci_id_map), "one shape");
	return (struct userns_map){ (const struct userns_extent *)maps->items, maps->n };
}

/* uid= and gid= of a file system count in the user namespace: the kernel would only say EINVAL. */
static bool is_mapped(const struct oci_linux *l, const char *option)
{
	const struct userns_map uids = map_of(&l->uid_mappings), gids = map_of(&l->gid_mappings);
	const struct userns_map *map = str_starts(option, "uid=") ? &uids : str_starts(option, "gid=") ? &gids : NULL;
	uint32_t inside, outside;

	return !map || !user_parse_id(option + strlen("uid="), &inside) || userns_outside(map, inside, &outside);
}

static int check_mount(const struct oci_linux *l, const struct oci_mount *m, size_t i, struct err *e)
{
	for (size_t k = 0; k < m->options.n; k++)
		if (!is_mapped(l, m->options.items[k]))
			return err_set(e, ERR_INVALID, "mounts[%zu].options: '%.50s' is not mapped in the user namespace", i,
				       m->options.items[k]);
	return 0;
}

int rootless_check(const struct oci_spec *spec, struct err *e)
{
	const struct oci_namespace *user = oci_spec_namespace(spec, OCI_NS_USER);

	if (!user)
		return err_set(e, ERR_INVALID, "linux.namespaces: a rootless container requires a user namespace");
	for (size_t i = 0; i < spec->mounts.n && (!user->path || !user->path[0]); i++)
		if (check_mount(spec->linux_, &spec->mounts.items[i], i, e) < 0)
			return -1;
	return 0;
}
