/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The attacker inside a container who looks at every other process of its pid namespace, as often as it can, until STOP
 * exists: can it be traced, what is its program, what are its descriptors, memory, root, arguments? Each answer is
 * printed once.
 *   onlooker STOP
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWERS = 512, ANSWER = 1024 };

static char answers[ANSWERS][ANSWER];
static unsigned looks;

static void say(const char *what, const char *text)
{
	char answer[ANSWER];

	(void)snprintf(answer, sizeof(answer), "%s %.900s", what, text);
	for (int i = 0; i < ANSWERS; i++) {
		if (strcmp(answers[i], answer) == 0)
			return;
		if (answers[i][0])
			continue;
		memcpy(answers[i], answer, sizeof(answer));
		(void)printf("%s\n", answer);
		(void)fflush(stdout);
		return;
	}
}

static void look_at_link(int proc, const char *name)
{
	char target[512];
	ssize_t n = readlinkat(proc, name, target, sizeof(target) - 1);

	if (n < 0)
		return;
	target[n] = '\0';
	say(name, target);
}

static void look_at_fds(int proc)
{
	int fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *d; dir && (d = readdir(dir));)
		if (isdigit((unsigned char)d->d_name[0]) && strtol(d->d_name, NULL, 10) > 2)
			look_at_link(dirfd(dir), d->d_name);
	if (dir)
		(void)closedir(dir);
}

static void look_at_text(int proc, const char *name)
{
	int fd = openat(proc, name, O_RDONLY);
	char text[512];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\0' || text[i] == '\n')
			text[i] = ' ';
	/* In the middle of execve(2) a process has a stack and no program yet, neither ours nor its own: no file is mapped. */
	if (n > 0) {
		text[n] = '\0';
		if (strcmp(name, "maps") != 0 || strchr(text, '/'))
			say(name, text);
	}
	if (fd >= 0)
		(void)close(fd);
}

static void trace(int proc, pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		return;
	look_at_link(proc, "exe");
	look_at_fds(proc);
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, NULL, __WALL) == pid)
		(void)ptrace(PTRACE_DETACH, pid, 0, 0);
}

static void look(const char *name)
{
	static const char *const links[] = { "exe", "cwd", "root", "ns/mnt" };
	char path[300];
	int proc;

	(void)snprintf(path, sizeof(path), "/proc/%s", name);
	proc = open(path, O_PATH | O_DIRECTORY);
	if (proc < 0)
		return;
	looks++;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		look_at_link(proc, links[i]);
	look_at_fds(proc);
	look_at_text(proc, "cmdline");
	look_at_text(proc, "environ");
	look_at_text(proc, "maps");
	trace(proc, (pid_t)strtol(name, NULL, 10));
	(void)close(proc);
}

int main(int argc, char **argv)
{
	while (argc == 2 && access(argv[1], F_OK) < 0) {
		DIR *dir = opendir("/proc");

		for (struct dirent *d; dir && (d = readdir(dir));)
			if (isdigit((unsigned char)d->d_name[0]) && strtol(d->d_name, NULL, 10) != getpid())
				look(d->d_name);
		if (dir)
			(void)closedir(dir);
	}
	(void)printf("looks %u\n", looks);
	return 0;
}
