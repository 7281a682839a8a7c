/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image/name.h"

#include <string.h>

#include "oci/ref.h"

void name_split(const char *normalised, struct str *repository, struct str *tag)
{
	struct oci_ref ref = { NULL };
	struct err ignored = ERR_INIT;
	autofree char *shown = NULL;

	if (oci_ref_parse(normalised, &ref, &ignored) == 0)
		shown = oci_ref_familiar(&(struct oci_ref){ .host = ref.host, .repository = ref.repository });
	str_add(repository, shown ? shown : normalised);
	str_add(tag, ref.tag ? ref.tag : "<none>");
	oci_ref_done(&ref);
}

char *name_familiar(const char *normalised)
{
	struct oci_ref ref = { NULL };
	struct err ignored = ERR_INIT;
	char *shown;

	if (oci_ref_parse(normalised, &ref, &ignored) < 0)
		return strdup(normalised);
	shown = oci_ref_familiar(&ref);
	oci_ref_done(&ref);
	return shown;
}

int name_normal(const char *typed, char **ret, struct err *e)
{
	struct oci_ref ref = { NULL };
	char *normal;

	if (oci_ref_parse(typed, &ref, e) < 0)
		return -1;
	normal = oci_ref_format(&ref);
	oci_ref_done(&ref);
	if (!normal)
		return err_nomem(e);
	*ret = normal;
	return 0;
}
