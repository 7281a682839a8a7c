/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/criu_image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "base/io.h"
#include "base/json.h"
#include "base/own.h"
#include "base/path.h"
#include "base/protobuf.h"
#include "linux/mountinfo.h"

static const char descriptors[] = "descriptors.json"; /* runc's name and form: an array of three texts */

enum { DESCRIPTORS_MAX = 64 << 10, FDINFO_MAX = 4096, LOG_MAX = 64 << 20 };

enum { LOG_DEBUG_LEVEL = 4 };

enum { TTY_DEVICES = 4, PTS_FIRST = 136, PTS_LAST = 143 }; /* major numbers */

static int open_dir(const char *path, bool make, const char *what, struct err *e)
{
	int fd = make ? path_make_dirs(AT_FDCWD, path, PATH_HOST, 0700) :
			path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0);

	return fd < 0 ? err_sys(e, -fd, "%s '%s'", what, path) : fd;
}

/* Of enum criu_cg_mode. */
static int add_cgroups_mode(const char *word, struct str *to, struct err *e)
{
	static const struct { const char *word; unsigned mode; } modes[] = {
		{ "soft", 3 }, { "full", 4 }, { "strict", 5 }, { "ignore", 0 },
	};
	const char *wanted = word && word[0] ? word : "soft";

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (str_eq(modes[i].word, wanted)) {
			protobuf_add_number(to, CRIU_CGROUPS_MODE, modes[i].mode);
			return 0;
		}
	return err_set(e, ERR_INVALID, "--manage-cgroups-mode '%.50s' is not soft, full, strict or ignore", wanted);
}

/* As runc: a configuration of criu's own, which may change everything, is the administrator's or the container's. */
static void add_config_file(const struct oci_spec *spec, struct str *to)
{
	const char *path = strmap_get(&spec->annotations, "org.criu.config");

	if (!path || path[0])
		protobuf_add_text(to, CRIU_CONFIG_FILE, path ? path : "/etc/criu/runc.conf");
}

/* While processes are saved nothing may answer for them: criu locks their network by iptables' programs or by nftables. */
static void add_network_lock(struct str *to)
{
	enum { LOCK_BY_IPTABLES = 1, LOCK_BY_NFTABLES = 2 };
	autofree char *iptables = criu_find_program("iptables-restore");

	protobuf_add_number(to, CRIU_NETWORK_LOCK, iptables ? LOCK_BY_IPTABLES : LOCK_BY_NFTABLES);
}

static int add_options(struct criu_image *image, const struct runtime_criu *how, const struct oci_spec *spec,
		       struct err *e)
{
	const struct { enum criu_option option; bool value; } switches[] = {
		{ CRIU_TCP_ESTABLISHED, how->tcp_established },
		{ CRIU_EXT_UNIX_SK, how->ext_unix_sk },
		{ CRIU_SHELL_JOB, how->shell_job },
		{ CRIU_FILE_LOCKS, how->file_locks },
		{ CRIU_LAZY_PAGES, how->lazy_pages },
		{ CRIU_AUTO_DEDUP, how->auto_dedup },
		{ CRIU_ORPHAN_TERMINAL, true },
		{ CRIU_NOTIFY_SCRIPTS, true },
	};
	struct str *to = &image->options;

	protobuf_add_number(to, CRIU_IMAGES, (uint64_t)image->dir);
	if (image->work >= 0)
		protobuf_add_number(to, CRIU_WORK, (uint64_t)image->work);
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		protobuf_add_number(to, switches[i].option, switches[i].value);
	protobuf_add_number(to, CRIU_LOG_LEVEL, LOG_DEBUG_LEVEL);
	protobuf_add_text(to, CRIU_LOG_FILE, image->log);
	protobuf_add_number(to, CRIU_EMPTY_NS, CLONE_NEWNET);
	add_network_lock(to);
	add_config_file(spec, to);
	return add_cgroups_mode(how->cgroups_mode, to, e);
}

int criu_image_open(struct criu_image *image, const struct runtime_criu *how, const struct oci_spec *spec, bool make,
		    const char *log, struct err *e)
{
	image->log = log;
	image->dir = open_dir(how->images, make, "image path", e);
	if (image->dir < 0)
		return -1;
	if (how->work) {
		image->work = open_dir(how->work, true, "work path", e);
		if (image->work < 0)
			return -1;
	}
	/* What it says is to be of this time. */
	(void)unlinkat(image->work >= 0 ? image->work : image->dir, log, 0);
	return add_options(image, how, spec, e);
}

void criu_image_done(struct criu_image *image)
{
	own_close(&image->dir);
	own_close(&image->work);
	str_done(&image->options);
}

/* The id of the mount that a descriptor of a process is open on; -errno. */
static int64_t mount_of(int proc, int fd)
{
	autofree char *path = str_format("fdinfo/%d", fd);
	autostr struct str text = STR_INIT;
	struct err e = ERR_INIT;
	const char *at;
	long long id;

	if (!path || file_read(proc, path, FDINFO_MAX, &text, &e) < 0)
		return e.number ? -e.number : -ENOMEM;
	at = strstr(str_text(&text), "mnt_id:");
	return at && sscanf(at, "mnt_id: %lld", &id) == 1 ? id : -EBADMSG;
}

static int has_mount(int proc, int64_t id)
{
	autofd int fd = path_open(proc, "mountinfo", PATH_OWN, O_RDONLY, 0);
	autostr struct str text = STR_INIT;
	int r = fd < 0 ? fd : io_read_all(fd, MOUNTINFO_MAX, &text);
	char *cursor = text.data;
	struct mountinfo mount;

	while (r == 0 && mountinfo_next(&cursor, &mount))
		if (mount.id == (uint64_t)id)
			return 1;
	return r;
}

static bool is_terminal(const struct stat *st)
{
	unsigned number = major(st->st_rdev);

	return S_ISCHR(st->st_mode) && (number == TTY_DEVICES || (number >= PTS_FIRST && number <= PTS_LAST));
}

/* criu's name for a file of the host, a null device or a terminal of the host: for anything with a path. */
static int name_outside(int proc, int fd, struct criu_image *image, char **ret, struct err *e)
{
	autofree char *path = str_format("fd/%d", fd);
	autofd int file = path ? path_open(proc, path, PATH_HOST_MAGIC, O_PATH, 0) : -ENOMEM;
	int64_t mount = mount_of(proc, fd);
	int inside = mount < 0 ? (int)mount : has_mount(proc, mount);
	struct stat st;

	if (file < 0 || inside < 0 || fstat(file, &st) < 0)
		return err_sys(e, file < 0 ? -file : inside < 0 ? -inside : errno, "look at descriptor %d of the container", fd);
	if (inside || S_ISSOCK(st.st_mode))
		return 0;
	if (is_terminal(&st))
		*ret = str_format("tty[%jx:%jx]", (uintmax_t)st.st_rdev, (uintmax_t)st.st_dev);
	else
		*ret = str_format("file[%jx:%jx]", (uintmax_t)mount, (uintmax_t)st.st_ino);
	if (!*ret)
		return err_nomem(e);
	protobuf_add_text(&image->options, CRIU_EXTERNAL, *ret);
	return 0;
}

/* "" for a descriptor that is closed. */
static int name_of(int proc, int fd, struct criu_image *image, char **ret, struct err *e)
{
	char path[16], name[PATH_MAX] = "";

	(void)snprintf(path, sizeof(path), "fd/%d", fd);
	if (readlinkat(proc, path, name, sizeof(name) - 1) < 0 && errno != ENOENT)
		return err_sys(e, errno, "look at descriptor %d of the container", fd);
	if (name[0] == '/' && name_outside(proc, fd, image, ret, e) < 0)
		return -1;
	if (!*ret)
		*ret = strdup(name);
	return *ret ? 0 : err_nomem(e);
}

int criu_image_keep_stdio(struct criu_image *image, pid_t pid, struct err *e)
{
	autofree char *path = str_format("/proc/%d", pid);
	autofd int proc = path ? path_open(AT_FDCWD, path, PATH_HOST, O_PATH | O_DIRECTORY, 0) : -ENOMEM;
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	if (proc < 0)
		return err_sys(e, -proc, "look at process %d", pid);
	json_array_begin(&w, NULL);
	for (int i = 0; i < 3; i++) {
		autofree char *name = NULL;

		if (name_of(proc, i, image, &name, e) < 0)
			return -1;
		json_add_string(&w, NULL, name);
	}
	json_array_end(&w);
	if (text.failed)
		return err_nomem(e);
	return file_replace(image->dir, descriptors, text.data, text.len, 0600, FILE_ATOMIC, e);
}

int criu_image_pass_stdio(struct criu_image *image, int first, struct err *e)
{
	autostr struct str text = STR_INIT;
	autojson struct json *json = NULL;

	if (file_read(image->dir, descriptors, DESCRIPTORS_MAX, &text, e) < 0)
		return err_prefix(e, "checkpoint");
	if (json_parse(text.data, text.len, &json, e) < 0)
		return err_prefix(e, "%s", descriptors);
	for (size_t i = 0; i < json_array_len(json) && i < 3; i++) {
		const char *name = json_string(json_array_at(json, i), NULL);

		if (name && (str_starts(name, "pipe:") || str_starts(name, "file[") || str_starts(name, "tty[")))
			criu_add_inherited(&image->options, name, first + (int)i);
	}
	return 0;
}

/* A line of the log: "(00.012345) Error (criu/file.c:123): what". What criu can do without is no reason. */
static const char *reason_in(const char *line)
{
	static const char *const harmless[] = { "rlimit: ", "tun: " };
	const char *error = strstr(line, "Error ("), *text = error ? strstr(error, "): ") : NULL;

	for (size_t i = 0; text && i < ARRAY_SIZE(harmless); i++)
		if (str_starts(text + 3, harmless[i]))
			return NULL;
	return text ? text + 3 : NULL;
}

/* The first error: those after it are its consequences. */
static const char *first_reason(char *log)
{
	char *save = NULL;

	for (char *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *reason = reason_in(line);

		if (reason)
			return reason;
	}
	return NULL;
}

int criu_image_explain(const struct criu_image *image, struct err *e)
{
	int at = image->work >= 0 ? image->work : image->dir;
	autofree char *dir = path_name_of(at);
	autostr struct str log = STR_INIT;
	const char *reason = NULL;
	struct err why = ERR_INIT;

	if (e)
		why = *e;
	if (file_read(at, image->log, LOG_MAX, &log, NULL) == 0 && log.data)
		reason = first_reason(log.data);
	return err_set(e, (enum err_code)why.code, "%s%.500s; see '%.300s/%s'", reason ? "criu: " : "", reason ? reason : why.text,
		       dir ? dir : "", image->log);
}
