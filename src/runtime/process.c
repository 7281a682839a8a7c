/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process.h"

#include <ctype.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
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
#include "linux/keyring.h"
#include "linux/rlimit.h"
#include "runtime/attributes.h"
#include "runtime/environment.h"
#include "runtime/listener.h"
#include "runtime/seccomp_spec.h"

/* ---- the parent's part ---- */

/* Adds what is not a capability to `ignored`. */
static uint64_t read_names(const struct strv *names, struct strv *ignored)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < names->n; i++) {
		int number = cap_number(names->items[i]);

		if (number >= 0)
			mask |= UINT64_C(1) << number;
		else if (!strv_contains(ignored, names->items[i]))
			(void)strv_addf(ignored, "%.50s", names->items[i]);
	}
	return mask;
}

static void warn_ignored(const struct strv *ignored)
{
	autostr struct str list = STR_INIT;

	for (size_t i = 0; i < ignored->n; i++)
		str_addf(&list, " %s", ignored->items[i]);
	if (ignored->n > 0)
		log_warn("ignoring unknown or unavailable capabilities:%s", str_text(&list));
}

void process_capabilities(const struct oci_capabilities *names, const struct proc_self *self, bool userns,
			  struct cap_sets *ret)
{
	autostrv struct strv ignored = STRV_INIT;
	uint64_t refused;

	*ret = (struct cap_sets){ .bounding = 0 };
	if (!names)
		return;
	ret->bounding = read_names(&names->bounding, &ignored);
	ret->permitted = read_names(&names->permitted, &ignored);
	ret->effective = read_names(&names->effective, &ignored);
	ret->inheritable = read_names(&names->inheritable, &ignored);
	ret->ambient = read_names(&names->ambient, &ignored);
	/* A new user namespace begins with all of them. */
	refused = cap_clamp(ret, userns ? cap_known() : self->bounding, userns ? cap_known() : self->permitted);
	for (int i = 0; cap_name(i); i++)
		if (refused & (UINT64_C(1) << i))
			(void)strv_add(&ignored, cap_name(i));
	warn_ignored(&ignored);
}

static int set_oom_score(pid_t pid, const char *score)
{
	char path[48] = "/proc/self/oom_score_adj";

	if (pid > 0)
		(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	return file_write_text(AT_FDCWD, path, score);
}

int process_limits(const struct oci_process *spec, pid_t pid, struct err *e)
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
	r = set_oom_score(pid, text);
	if (r == -EACCES)
		log_warn("oom_score_adj %s: lowering it is not permitted here, kept", text);
	else if (r < 0)
		return err_sys(e, -r, "set oom_score_adj to %s", text);
	return 0;
}

void process_done(struct process *p)
{
	user_done(&p->identity);
	strv_done(&p->env);
}

/* ---- settling ---- */

static int join_keyring(const struct process *p, struct err *e)
{
	char name[300];
	int r;

	if (!p->new_keyring)
		return 0;
	if (labels_set_key(p->spec, p->labels, e) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "_ses.%s", p->id);
	r = keyring_join(name, p->userns);
	return r < 0 ? err_sys(e, -r, "join session keyring '%.100s'", name) : 0;
}

static int find_user(struct process *p, struct err *e)
{
	const struct oci_user *u = &p->spec->user;
	struct user *to = &p->identity;

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

/* An empty HOME is none. */
static int make_env(struct process *p, struct err *e)
{
	int r = environment_unique(&p->spec->env, &p->env);
	const char *home = r == 0 ? strv_env_get(&p->env, "HOME") : NULL;

	if (r == 0 && (!home || !home[0])) {
		if (!p->identity.home)
			user_find_home(p->root, &p->identity);
		home = p->identity.home;
		r = strv_env_set(&p->env, "HOME", home && home[0] ? home : "/");
	}
	return r < 0 ? err_nomem(e) : 0;
}

static int cwd_failed(const struct process *p, int number, struct err *e)
{
	return err_sys(e, number, "chdir to cwd (\"%s\") set in config.json failed", p->spec->cwd);
}

/* getcwd tells "(unreachable)" for a directory outside of the root (CVE-2024-21626). */
static int enter_cwd(struct process *p, struct err *e)
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
		return cwd_failed(p, -fd, e);
	if (fchdir(fd) < 0)
		return cwd_failed(p, errno, e);
	if (!weakened("fdleak") && (syscall(SYS_getcwd, seen, sizeof(seen)) < 0 || seen[0] != '/'))
		return err_set(e, ERR_DENIED, "working directory '%s' is outside of the container", cwd);
	p->in_cwd = true;
	return 0;
}

/* A directory of a network file system may be closed to root and open to the user: then it is entered as the user. */
static int try_cwd(struct process *p, struct err *e)
{
	struct err refused = ERR_INIT;

	if (p->in_cwd || enter_cwd(p, &refused) == 0 || refused.number == EACCES || refused.number == EPERM)
		return 0;
	if (e)
		*e = refused;
	return -1;
}

/* A user other than root must be able to open /dev/stdout: pipes become his, terminals if they are the container's, and
 * files stay as they are. */
static void give_stdio(const struct process *p)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && st.st_uid != p->identity.uid &&
		    (S_ISFIFO(st.st_mode) || (p->own_stdio && S_ISCHR(st.st_mode) && isatty(fd))))
			if (fchown(fd, p->identity.uid, (gid_t)-1) < 0)
				log_debug("descriptor %d stays with its owner, ignoring", fd);
	}
}

static int not_found(const char *program, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "exec: \"%.200s\": executable file not found in $PATH", program);
}

/* Engines look for Go's words in lower case ("no such file or directory", "permission denied") to exit with 127 or 126. */
static int not_executed(const char *program, int number, struct err *e)
{
	const char *words = strerror(number);

	/* What is there and cannot be executed is denied, whatever the reason. */
	(void)err_set(e, err_code_of(number) == ERR_NOT_FOUND ? ERR_NOT_FOUND : ERR_DENIED, "exec: \"%.200s\": %c%s", program,
		      tolower(words[0]), words + 1);
	if (e)
		e->number = number;
	return -1;
}

/* The next directory of $PATH with the program's name behind it; false at the end. */
static bool next_candidate(const struct process *p, const char **at, char to[static PATH_MAX])
{
	while (*at) {
		const char *dir = *at;
		size_t len = strcspn(dir, ":");

		*at = dir[len] ? dir + len + 1 : NULL;
		if (snprintf(to, PATH_MAX, "%.*s/%s", len ? (int)len : 1, len ? dir : ".", p->spec->args.items[0]) < PATH_MAX)
			return true;
	}
	return false;
}

static const char *search_list(const struct process *p)
{
	const char *path = strv_env_get(&p->env, "PATH");

	return path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* Why the kernel will not execute it, as far as the file itself tells; 0 for no reason. */
static int refusal(const char *path)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST_MAGIC, O_PATH, 0);
	struct stat st;

	if (fd < 0)
		return -fd;
	if (fstat(fd, &st) < 0)
		return errno;
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? 0 : EACCES;
}

/* What can be known before the start: `create` is where engines expect a program that is not there. */
static int find_program(const struct process *p, struct err *e)
{
	const char *program, *at = search_list(p);
	char candidate[PATH_MAX];
	int number = 0;

	if (!p->find_program || !p->in_cwd)
		return 0;
	program = p->spec->args.items[0];
	if (strchr(program, '/')) {
		number = refusal(program);
		return number ? not_executed(program, number, e) : 0;
	}
	while (next_candidate(p, &at, candidate)) {
		int why = refusal(candidate);

		if (why == 0)
			return 0;
		if (why == EACCES)
			number = why;
	}
	return number ? not_executed(program, number, e) : not_found(program, e);
}

int process_settle(struct process *p, struct err *e)
{
	if (join_keyring(p, e) < 0 || find_user(p, e) < 0 || make_env(p, e) < 0)
		return -1;
	give_stdio(p);
	(void)umask(p->spec->user.umask.set ? p->spec->user.umask.value & 0777 : 0022);
	if (try_cwd(p, e) < 0 || find_program(p, e) < 0 || attributes_become(p->linux_, e) < 0)
		return -1;
	return labels_set_exec(p->spec, p->labels, e);
}

/* ---- confining ---- */

static int set_ids(const struct process *p, struct err *e)
{
	const struct user *user = &p->identity;

	if (!p->keep_groups && syscall(SYS_setgroups, user->n_groups, user->groups) < 0 &&
	    (user->n_groups > 0 || errno != EPERM))
		return err_sys(e, errno, "set %zu supplementary groups", user->n_groups);
	if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0)
		return err_sys(e, errno, "set gid %u", user->gid);
	if (syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0)
		return err_sys(e, errno, "set uid %u", user->uid);
	return 0;
}

static int install_seccomp(const struct process *p, struct err *e)
{
	struct seccomp_program unasked;
	int report = p->report, r = 0;

	if (!p->seccomp || !p->seccomp->filter)
		return 0;
	if (seccomp_spec_asks(p->seccomp) && report >= 0) {
		r = seccomp_install_listener(p->seccomp, listener_give, &report);
	} else {
		/* What would be asked about is ENOSYS for a hook. */
		unasked = *p->seccomp;
		unasked.flags &= ~(unsigned)(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
		r = seccomp_install(&unasked);
	}
	return r < 0 ? err_sys(e, -r, "install the seccomp filter") : 0;
}

/* Before the filter: the profiles of older engines do not know close_range. */
static int mark_descriptors(const struct process *p, struct err *e)
{
	if (!weakened("fdleak") && syscall(SYS_close_range, 3 + p->preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(e, errno, "close descriptors");
	return 0;
}

static int apply_capabilities(const struct process *p)
{
	const struct cap_sets now = { .permitted = p->self->permitted, .inheritable = p->self->inheritable,
				      .ambient = p->self->ambient };
	bool known = !p->userns && now.permitted != UINT64_MAX;

	return cap_apply(&p->capabilities, known ? &now : NULL);
}

int process_confine(struct process *p, struct err *e)
{
	bool no_new_privs = p->spec->no_new_privileges;
	int r;

	if (mark_descriptors(p, e) < 0)
		return -1;
	/* Without no_new_privs the filter needs CAP_SYS_ADMIN, which is about to go. */
	if (!no_new_privs && install_seccomp(p, e) < 0)
		return -1;
	r = cap_limit_bounding(p->capabilities.bounding, p->userns ? UINT64_MAX : p->self->bounding);
	if (r < 0)
		return err_sys(e, -r, "limit the bounding capabilities");
	if (p->identity.uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "keep capabilities");
	if (set_ids(p, e) < 0 || (!p->in_cwd && enter_cwd(p, e) < 0))
		return -1;
	if (p->identity.uid != 0)
		(void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	r = apply_capabilities(p);
	if (r < 0)
		return err_sys(e, -r, "set the capabilities");
	if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, errno, "set no_new_privs");
	return no_new_privs ? install_seccomp(p, e) : 0;
}

/* ---- executing ---- */

/* The error that the search ends with: the last that is not "not here". */
static int search_path(const struct process *p)
{
	const char *at = search_list(p);
	char candidate[PATH_MAX];
	int result = ENOENT;

	while (next_candidate(p, &at, candidate)) {
		(void)execve(candidate, p->spec->args.items, p->env.items);
		if (errno != ENOENT && errno != ENOTDIR)
			result = errno;
	}
	return result;
}

static int execute(const struct process *p, struct err *e)
{
	const char *program = p->spec->args.items[0];
	bool searched = !strchr(program, '/');
	int number;

	if (searched)
		number = search_path(p);
	else
		(void)execve(program, p->spec->args.items, p->env.items);
	number = searched ? number : errno;
	if (searched && number == ENOENT)
		return not_found(program, e);
	return not_executed(program, number, e);
}

int process_execute(const struct process *p, struct err *e)
{
	return execute(p, e);
}
