/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/weaken.h"
#include "linux/cap.h"
#include "linux/rlimit.h"

int process_capabilities(const struct strv *names, uint64_t *ret, struct err *e)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < names->n; i++) {
		int number = cap_number(names->items[i]);

		if (number < 0)
			return err_set(e, ERR_INVALID, "process.capabilities: '%.50s' is not a capability", names->items[i]);
		mask |= UINT64_C(1) << number;
	}
	*ret = mask;
	return 0;
}

int process_limits(const struct oci_process *spec, pid_t pid, int proc, struct err *e)
{
	char text[24];
	int r;

	for (size_t i = 0; i < spec->rlimits.n; i++) {
		const struct oci_rlimit *l = &spec->rlimits.items[i];

		r = rlimit_set(pid, rlimit_number(l->type), l->soft, l->hard);
		if (r < 0)
			return err_sys(e, -r, "set %s", l->type);
		if (r > 0)
			log_warn("%s: raising the hard limit is not permitted here, kept", l->type);
	}
	if (!spec->oom_score_adj.set)
		return 0;
	(void)snprintf(text, sizeof(text), "%lld", (long long)spec->oom_score_adj.value);
	r = file_write_text(proc, "oom_score_adj", text);
	if (r == -EACCES)
		log_warn("oom_score_adj %s: lowering it is not permitted here, kept", text);
	else if (r < 0)
		return err_sys(e, -r, "set oom_score_adj to %s", text);
	return 0;
}

static int find_user(const struct process *p, struct user *to, struct err *e)
{
	const struct oci_user *u = &p->spec->user;

	if (p->user)
		return user_resolve_in(p->root, p->user, to, e);
	if (u->additional_gids.n > USER_GROUPS_MAX)
		return err_set(e, ERR_INVALID, "process.user.additionalGids: more than %d groups", USER_GROUPS_MAX);
	to->uid = u->uid;
	to->gid = u->gid;
	to->home = NULL;
	to->n_groups = u->additional_gids.n;
	if (to->n_groups)
		memcpy(to->groups, u->additional_gids.items, to->n_groups * sizeof(to->groups[0]));
	return 0;
}

/* getcwd tells "(unreachable)" for a directory outside of the root (CVE-2024-21626). */
static int enter_cwd(const struct process *p, struct err *e)
{
	const char *cwd = p->spec->cwd;
	autofd int fd = -EBADF;
	char seen[PATH_MAX];

	if (p->create_cwd) {
		autofd int made = path_make_dirs(p->root, cwd, PATH_IN_ROOT, 0755);

		if (made < 0)
			return err_sys(e, -made, "make working directory '%s'", cwd);
	}
	fd = path_open(p->root, cwd, weakened("fdleak") ? PATH_HOST_MAGIC : PATH_IN_ROOT, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(e, -fd, "chdir to cwd (\"%s\") set in config.json failed", cwd);
	if (fchdir(fd) < 0)
		return err_sys(e, errno, "chdir to cwd (\"%s\") set in config.json failed", cwd);
	if (!weakened("fdleak") && (syscall(SYS_getcwd, seen, sizeof(seen)) < 0 || seen[0] != '/'))
		return err_set(e, ERR_DENIED, "working directory '%s' is outside of the container", cwd);
	return 0;
}

/* A user other than root must be able to open /dev/stdout: pipes and terminals become his, files stay as they are. */
static void give_stdio(const struct user *user)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd))) &&
		    st.st_uid != user->uid)
			if (fchown(fd, user->uid, (gid_t)-1) < 0)
				log_debug("descriptor %d stays with its owner, ignoring", fd);
	}
}

int process_settle(const struct process *p, struct user *ret_user, struct err *e)
{
	char keyring[300];

	if (p->new_keyring) {
		(void)snprintf(keyring, sizeof(keyring), "_ses.%s", p->id);
		if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, keyring) < 0 && errno != ENOSYS)
			return err_sys(e, errno, "new session keyring");
	}
	if (find_user(p, ret_user, e) < 0)
		return -1;
	if (p->own_stdio)
		give_stdio(ret_user);
	(void)umask(p->spec->user.umask.set ? p->spec->user.umask.value & 0777 : 0022);
	return enter_cwd(p, e);
}

static int set_ids(const struct user *user, struct err *e)
{
	if (syscall(SYS_setgroups, user->n_groups, user->groups) < 0 && (user->n_groups > 0 || errno != EPERM))
		return err_sys(e, errno, "set %zu supplementary groups", user->n_groups);
	if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0)
		return err_sys(e, errno, "set gid %u", user->gid);
	if (syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0)
		return err_sys(e, errno, "set uid %u", user->uid);
	return 0;
}

static int read_sets(const struct oci_capabilities *c, struct cap_sets *to, struct err *e)
{
	const struct { const struct strv *names; uint64_t *mask; } sets[] = {
		{ &c->bounding, &to->bounding },       { &c->permitted, &to->permitted },
		{ &c->effective, &to->effective },     { &c->inheritable, &to->inheritable },
		{ &c->ambient, &to->ambient },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (process_capabilities(sets[i].names, sets[i].mask, e) < 0)
			return -1;
	return 0;
}

static int install_seccomp(const struct process *p, struct err *e)
{
	int r = p->seccomp && p->seccomp->filter ? seccomp_install(p->seccomp) : 0;

	return r < 0 ? err_sys(e, -r, "install the seccomp filter") : 0;
}

/* Before the filter: the profiles of older engines do not know close_range. */
static int mark_descriptors(const struct process *p, struct err *e)
{
	if (!weakened("fdleak") && syscall(SYS_close_range, 3 + p->preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(e, errno, "close descriptors");
	return 0;
}

int process_confine(const struct process *p, const struct user *user, struct err *e)
{
	bool no_new_privs = p->spec->no_new_privileges;
	struct cap_sets sets = { .bounding = 0 };
	int r;

	if (mark_descriptors(p, e) < 0 || (p->capabilities && read_sets(p->capabilities, &sets, e) < 0))
		return -1;
	/* Without no_new_privs the filter needs CAP_SYS_ADMIN, which is about to go. */
	if (!no_new_privs && install_seccomp(p, e) < 0)
		return -1;
	r = cap_limit_bounding(sets.bounding);
	if (r < 0)
		return err_sys(e, -r, "limit the bounding capabilities");
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "keep capabilities");
	if (set_ids(user, e) < 0)
		return -1;
	(void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	r = cap_apply(&sets);
	if (r < 0)
		return err_sys(e, -r, "set the capabilities");
	if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "set no_new_privs");
	return no_new_privs ? install_seccomp(p, e) : 0;
}

/* The error that the search ends with: the last that is not "not here". */
static int search_path(const struct process *p, const struct strv *env)
{
	const char *path = strv_env_get(env, "PATH");
	int result = ENOENT;

	for (const char *at = path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; at;) {
		size_t len = strcspn(at, ":");
		char candidate[PATH_MAX];

		if (snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)len, len ? at : ".", p->spec->args.items[0]) <
		    (int)sizeof(candidate)) {
			(void)execve(candidate, p->spec->args.items, env->items);
			if (errno != ENOENT && errno != ENOTDIR)
				result = errno;
		}
		at = at[len] ? at + len + 1 : NULL;
	}
	return result;
}

static int execute(const struct process *p, const struct strv *env, struct err *e)
{
	const char *program = p->spec->args.items[0];
	bool searched = !strchr(program, '/');
	int number;

	if (searched)
		number = search_path(p, env);
	else
		(void)execve(program, p->spec->args.items, env->items);
	number = searched ? number : errno;
	if (searched && number == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "exec: \"%.200s\": executable file not found in $PATH", program);
	(void)err_sys(e, number, "exec: \"%.200s\"", program);
	/* What is there and cannot be executed is denied, whatever the reason. */
	if (e->code != ERR_NOT_FOUND)
		e->code = ERR_DENIED;
	return -1;
}

int process_execute(const struct process *p, const struct user *user, struct err *e)
{
	autostrv struct strv env = STRV_INIT;

	if (strv_copy(&env, &p->spec->env) < 0)
		return err_nomem(e);
	if (!strv_env_get(&env, "HOME") && strv_env_set(&env, "HOME", user->home && user->home[0] ? user->home : "/") < 0)
		return err_nomem(e);
	return execute(p, &env, e);
}
