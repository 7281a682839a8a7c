/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The input is text, passwd and group, separated by NUL bytes. The files lie in a root directory as well: both ways give one
 * answer.
 */

#include "runtime/user.h"

#include "base/fuzz.h"
#include "base/str.h"

static void put_file(const char *name, const char *text)
{
	int etc = path_make_dirs(fuzz_directory(), "etc", PATH_OWN, 0700);

	if (etc < 0)
		abort();
	(void)close(etc);
	fuzz_put(name, text, strlen(text));
}

static void resolve_in_root(const char *text, const char *passwd, const char *group, const struct user *wanted)
{
	struct user user;
	autofree char *name = NULL;

	put_file("etc/passwd", passwd);
	put_file("etc/group", group);
	if (user_resolve_in(fuzz_directory(), text, &user, NULL) < 0 || user.uid != wanted->uid || user.gid != wanted->gid ||
	    user.n_groups != wanted->n_groups)
		abort();
	user_done(&user);
	user_find_home(fuzz_directory(), &user);
	user_done(&user);
	if (user_name(user.uid, &name, NULL) < 0 || !name[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *parts[3] = { "", "", "" };
	autostr struct str copy = STR_INIT;
	struct user user;
	size_t n = 0;

	str_add_bytes(&copy, data, size);
	for (size_t i = 0; n < 3 && i <= copy.len && copy.data; i += strlen(copy.data + i) + 1)
		parts[n++] = copy.data + i;
	if (user_resolve(parts[0], parts[1], parts[2], &user, NULL) == 0) {
		if (user.uid == UINT32_MAX || user.gid == UINT32_MAX)
			abort();
		if (parts[0][0])
			resolve_in_root(parts[0], parts[1], parts[2], &user);
		user_done(&user);
	}
	return 0;
}
