/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The floor of the OCI benchmarks: what has to be asked of the kernel for the benchmark's config.json, as bare system
 * calls with everything known beforehand: no documents, no records, no checks, no undo.
 *
 *   floor run ROOTFS FILTER          namespaces, cgroups, mounts, devices, limits, the program, and all of it removed
 *   floor hold ROOTFS FILTER         the same, of a program that waits: prints its pid and waits with it
 *   floor exec PID FILTER            one more /bin/true in that container
 *
 * FILTER is a file of seccomp instructions: the very ones that lighter would install.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

#define MUST(call)                                                                                 \
	do                                                                                         \
		if ((call) < 0) {                                                                  \
			fprintf(stderr, "floor: line %d: %s: %s\n", __LINE__, #call, strerror(errno)); \
			exit(1);                                                                   \
		}                                                                                  \
	while (0)

enum { GROUPS = 16, KEPT = 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE | 1 << CAP_AUDIT_WRITE };

static struct { char path[200]; int tasks; } groups[GROUPS];
static int n_groups, v2 = -1;
static struct sock_filter filter[4096];
static struct sock_fprog program = { .filter = filter };
static const char *container_program = "/bin/true";

static void read_filter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, filter, sizeof(filter));

	MUST(n);
	program.len = (unsigned short)((size_t)n / sizeof(filter[0]));
	MUST(close(fd));
}

static void put(const char *dir, const char *file, const char *text)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	MUST(fd = open(path, O_WRONLY | O_CLOEXEC));
	MUST(write(fd, text, strlen(text)));
	MUST(close(fd));
}

/* ---- cgroups: what is mounted is known beforehand in BENCH_CGROUPS, "v2" or "v1 HIERARCHY..." ---- */

static void allow_devices(const char *group)
{
	static const char *const rules[] = { "c *:* m",	    "b *:* m",	  "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm",
					     "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm" };

	put(group, "devices.deny", "a");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		put(group, "devices.allow", rules[i]);
}

static void fill_cpuset(const char *group)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (int i = 0; i < 2; i++) {
		char path[300], text[128] = "";
		int fd;

		snprintf(path, sizeof(path), "/sys/fs/cgroup/cpuset/%s", files[i]);
		MUST(fd = open(path, O_RDONLY | O_CLOEXEC));
		MUST(read(fd, text, sizeof(text) - 1));
		MUST(close(fd));
		put(group, files[i], text);
	}
}

static void find_groups(char *list, const char *name)
{
	for (char *save = NULL, *word = strtok_r(list, " ", &save); word; word = strtok_r(NULL, " ", &save), n_groups++)
		snprintf(groups[n_groups].path, sizeof(groups[0].path), "/sys/fs/cgroup/%s%s%s",
			 strcmp(word, "v2") ? word : "", strcmp(word, "v2") ? "/" : "", name);
}

static void make_groups(int is_v2)
{
	for (int i = 0; i < n_groups; i++) {
		MUST(mkdir(groups[i].path, 0755));
		if (strstr(groups[i].path, "/cpuset/"))
			fill_cpuset(groups[i].path);
		if (strstr(groups[i].path, "/devices/"))
			allow_devices(groups[i].path);
	}
	if (is_v2)
		MUST(v2 = open(groups[0].path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static void open_tasks(void)
{
	for (int i = 0; i < n_groups && v2 < 0; i++) {
		char path[300];

		(void)snprintf(path, sizeof(path), "%.200s/tasks", groups[i].path);
		MUST(groups[i].tasks = open(path, O_WRONLY | O_CLOEXEC));
	}
}

static void join_groups(void)
{
	for (int i = 0; i < n_groups && v2 < 0; i++)
		MUST(write(groups[i].tasks, "0", 1));
}

/* ---- mounts ---- */

static int new_fs(const char *type, const char *const *options, unsigned attributes)
{
	int fs, fd;

	MUST(fs = fsopen(type, FSOPEN_CLOEXEC));
	MUST(fsconfig(fs, FSCONFIG_SET_STRING, "source", type, 0));
	for (; options && *options; options += 2)
		MUST(fsconfig(fs, options[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, options[0], options[1], 0));
	MUST(fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	MUST(fd = fsmount(fs, FSMOUNT_CLOEXEC, attributes));
	MUST(close(fs));
	return fd;
}

static void attach(int fd, int root, const char *to)
{
	MUST(move_mount(fd, "", root, to, MOVE_MOUNT_F_EMPTY_PATH));
}

static void make_dev(int dev)
{
	static const struct { const char *name; unsigned major, minor; } nodes[] = {
		{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "fd" },	 { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" },
		{ "/proc/self/fd/2", "stderr" }, { "pts/ptmx", "ptmx" },
	};
	static const char *const dirs[] = { "pts", "shm", "mqueue" };

	for (int i = 0; i < 6; i++)
		MUST(mknodat(dev, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
	for (int i = 0; i < 5; i++)
		MUST(symlinkat(links[i][0], dev, links[i][1]));
	for (int i = 0; i < 3; i++)
		MUST(mkdirat(dev, dirs[i], 0755));
}

static void mount_cgroups(int root, unsigned attributes)
{
	static const char *const mode[] = { "mode", "755", NULL };
	struct mount_attr set = { .attr_set = attributes };
	int top;

	if (v2 >= 0) {
		attach(new_fs("cgroup2", NULL, attributes), root, "sys/fs/cgroup");
		return;
	}
	top = new_fs("tmpfs", mode, attributes & ~(unsigned)MOUNT_ATTR_RDONLY);
	attach(top, root, "sys/fs/cgroup");
	for (int i = 0; i < n_groups; i++) {
		char name[64];
		int tree;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(groups[i].path + 15, "/"), groups[i].path + 15);
		MUST(tree = open_tree(AT_FDCWD, groups[i].path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
		MUST(mkdirat(top, name, 0755));
		attach(tree, top, name);
	}
	MUST(mount_setattr(top, "", AT_EMPTY_PATH | AT_RECURSIVE, &set, sizeof(set)));
}

static void cover(int root, int dev)
{
	static const char *const read_only[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
	static const char *const masked_files[] = { "proc/kcore", "proc/keys", "proc/timer_list" };
	static const char *const masked_dirs[] = { "proc/acpi", "proc/scsi", "sys/firmware" };
	struct mount_attr set = { .attr_set = MOUNT_ATTR_RDONLY };
	int tree, empty = -1;

	for (int i = 0; i < 5; i++) {
		tree = open_tree(root, read_only[i], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (tree < 0)
			continue;
		MUST(mount_setattr(tree, "", AT_EMPTY_PATH, &set, sizeof(set)));
		attach(tree, root, read_only[i]);
	}
	for (int i = 0; i < 3; i++) {
		MUST(tree = open_tree(dev, "null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
		(void)!move_mount(tree, "", root, masked_files[i], MOVE_MOUNT_F_EMPTY_PATH);
	}
	for (int i = 0; i < 3; i++) {
		tree = empty < 0 ? new_fs("tmpfs", NULL, MOUNT_ATTR_RDONLY) :
				   open_tree(empty, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
		MUST(tree);
		if (move_mount(tree, "", root, masked_dirs[i], MOVE_MOUNT_F_EMPTY_PATH) == 0 && empty < 0)
			empty = tree;
	}
}

static void make_root(const char *rootfs)
{
	static const char *const dev_options[] = { "mode", "755", "size", "65536k", NULL };
	static const char *const pts_options[] = { "newinstance", NULL, "ptmxmode", "0666", "mode", "0620", "gid", "5", NULL };
	static const char *const shm_options[] = { "mode", "1777", "size", "65536k", NULL };
	const unsigned plain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV;
	struct mount_attr private_ = { .propagation = MS_PRIVATE }, read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	int root, dev;

	MUST(mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private_, sizeof(private_)));
	MUST(root = open_tree(AT_FDCWD, rootfs, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
	attach(root, AT_FDCWD, "/");
	attach(new_fs("proc", NULL, 0), root, "proc");
	dev = new_fs("tmpfs", dev_options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
	make_dev(dev);
	attach(dev, root, "dev");
	attach(new_fs("devpts", pts_options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), root, "dev/pts");
	attach(new_fs("tmpfs", shm_options, plain), root, "dev/shm");
	attach(new_fs("mqueue", NULL, plain), root, "dev/mqueue");
	attach(new_fs("sysfs", NULL, plain | MOUNT_ATTR_RDONLY), root, "sys");
	mount_cgroups(root, plain | MOUNT_ATTR_RDONLY);
	cover(root, dev);
	MUST(mount_setattr(root, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)));
	MUST(fchdir(root));
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
}

/* ---- the process ---- */

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int sock;

	MUST(sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	MUST(ioctl(sock, SIOCSIFFLAGS, &request));
	MUST(close(sock));
}

static void confine(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = KEPT, .permitted = KEPT } };

	MUST(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "_ses.floor"));
	umask(022);
	for (int i = 0; i <= CAP_CHECKPOINT_RESTORE; i++)
		if (i > 31 || !(KEPT & 1U << i))
			MUST(prctl(PR_CAPBSET_DROP, i, 0, 0, 0));
	MUST(syscall(SYS_setgroups, 0, NULL));
	MUST(syscall(SYS_setresgid, 0, 0, 0));
	MUST(syscall(SYS_setresuid, 0, 0, 0));
	MUST(syscall(SYS_capset, &header, data));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (program.len)
		MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static _Noreturn void become_program(void)
{
	char *argv[] = { (char *)(uintptr_t)container_program, NULL }, *env[] = { "PATH=/bin", NULL };

	MUST(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
	MUST(execve(container_program, argv, env));
	_exit(1);
}

static _Noreturn void first_process(const char *rootfs)
{
	struct rlimit files = { 1024, 1024 };

	MUST(setsid());
	join_groups();
	MUST(unshare(CLONE_NEWCGROUP));
	loopback_up();
	MUST(sethostname("bench", 5));
	make_root(rootfs);
	MUST(setrlimit(RLIMIT_NOFILE, &files));
	confine();
	become_program();
}

static pid_t clone_process(uint64_t flags, int *pidfd)
{
	struct clone_args args = { .flags = flags | CLONE_PIDFD | (v2 >= 0 ? CLONE_INTO_CGROUP : 0),
				   .pidfd = (uint64_t)(uintptr_t)pidfd,
				   .exit_signal = SIGCHLD,
				   .cgroup = (uint64_t)(v2 < 0 ? 0 : v2) };

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static void wait_for(int pidfd)
{
	siginfo_t info;

	MUST(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
}

static int run(const char *rootfs)
{
	char *list = getenv("BENCH_CGROUPS");
	char name[32];
	int pidfd;
	pid_t pid;

	if (!list)
		return 2;
	snprintf(name, sizeof(name), "floor-%d", getpid());
	int is_v2 = strcmp(list, "v2") == 0;
	find_groups(list, name);
	make_groups(is_v2);
	open_tasks();
	MUST(pid = clone_process(CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS, &pidfd));
	if (pid == 0)
		first_process(rootfs);
	if (strcmp(container_program, "/bin/true") != 0) {
		printf("%d\n", pid);
		fflush(stdout);
	}
	wait_for(pidfd);
	for (int i = 0; i < n_groups; i++)
		MUST(rmdir(groups[i].path));
	return 0;
}

/* The groups of the container are those of its first process. */
static void find_groups_of(const char *pid)
{
	char path[64], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/cgroup", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':') + 1, *group = strchr(controllers, ':');

		*group++ = '\0';
		group[strcspn(group, "\n")] = '\0';
		if (!strstr(group, "floor-"))
			continue;
		if (strncmp(controllers, "name=", 5) == 0)
			controllers += 5;
		snprintf(groups[n_groups++].path, sizeof(groups[0].path), "/sys/fs/cgroup/%s%s", controllers, group);
	}
	if (file)
		fclose(file);
}

static int execute(const char *pid)
{
	const int flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	int target, back, pidfd;
	pid_t child;

	find_groups_of(pid);
	if (n_groups == 1 && strncmp(groups[0].path, "/sys/fs/cgroup//", 16) == 0)
		MUST(v2 = open(groups[0].path, O_PATH | O_DIRECTORY | O_CLOEXEC));
	open_tasks();
	MUST(target = (int)syscall(SYS_pidfd_open, atoi(pid), 0));
	MUST(back = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
	MUST(setns(target, CLONE_NEWPID));
	MUST(child = clone_process(0, &pidfd));
	if (child == 0) {
		join_groups();
		MUST(setns(target, flags));
		MUST(setsid());
		confine();
		become_program();
	}
	MUST(setns(back, CLONE_NEWPID));
	wait_for(pidfd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	read_filter(argv[3]);
	if (strcmp(argv[1], "exec") == 0)
		return execute(argv[2]);
	if (strcmp(argv[1], "hold") == 0)
		container_program = "/bin/pause";
	return run(argv[2]);
}
