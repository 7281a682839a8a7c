/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Times contestants against each other: one round runs each of them once, so that whatever the machine does meanwhile
 * meets all of them. The first is the floor, the last is ours.
 *
 *   contest [-n ROUNDS] [-g GAP_MS] [-l LOOPS -t SECONDS] <SCRIPT
 *
 * With -l each contestant gets slices of a second in turn, in which LOOPS processes repeat it; the result is rounds a
 * second. The script, words between blanks, "%" in a word is the number of the loop:
 *
 *   contestant NAME...      the lines below belong to it
 *   in MOUNT_NAMESPACE      its commands run there
 *   time COMMAND...         timed, one after the other; ROUND is their sum
 *   then COMMAND...         not timed, after each round
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTESTANTS = 12, STEPS = 16, WORDS = 32, ROUNDS = 100000, WARM_UP = 3 };

struct step {
	bool timed;
	char *words[WORDS];
};

struct contestant {
	char name[64];
	int ns; /* -1: ours */
	struct step steps[STEPS];
	size_t n_steps;
	double *times; /* us */
	double *cpu;   /* us of its commands and of what they waited for: less moved by a loaded machine */
	size_t n;
	long peak; /* KiB: the greatest of its commands, each waited for */
	bool failed;
};

static struct contestant all[CONTESTANTS];
static size_t n_all;
static int null;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* ---- the script ---- */

static void begin_contestant(char *name)
{
	if (n_all == CONTESTANTS)
		exit(2);
	(void)snprintf(all[n_all].name, sizeof(all[n_all].name), "%s", name);
	all[n_all].ns = -1;
	all[n_all].times = calloc(ROUNDS, sizeof(double));
	all[n_all].cpu = calloc(ROUNDS, sizeof(double));
	n_all++;
}

static void add_step(struct contestant *c, bool timed, char *line)
{
	struct step *s = &c->steps[c->n_steps++];
	size_t n = 0;

	s->timed = timed;
	for (char *save = NULL, *word = strtok_r(line, " ", &save); word && n < WORDS - 1; word = strtok_r(NULL, " ", &save))
		s->words[n++] = strdup(word);
}

static void read_script(void)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		char *rest = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (!rest || line[0] == '#')
			continue;
		*rest++ = '\0';
		if (strcmp(line, "contestant") == 0)
			begin_contestant(rest);
		else if (strcmp(line, "in") == 0)
			all[n_all - 1].ns = open(rest, O_RDONLY | O_CLOEXEC);
		else
			add_step(&all[n_all - 1], strcmp(line, "time") == 0, rest);
	}
}

/* ---- running ---- */

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static _Noreturn void become(const struct contestant *c, char **words)
{
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || (c->ns >= 0 && setns(c->ns, CLONE_NEWNS) < 0))
		_exit(126);
	(void)execvp(words[0], words);
	_exit(127);
}

static double microseconds(const struct timeval *t)
{
	return (double)t->tv_sec * 1e6 + (double)t->tv_usec;
}

/* false: it failed. */
static bool run_step(struct contestant *c, const struct step *s, int loop)
{
	char *words[WORDS] = { NULL }, texts[4][512];
	size_t used = 0;
	struct rusage usage;
	int status;
	pid_t pid;

	for (size_t i = 0; s->words[i]; i++) {
		char *at = strchr(s->words[i], '%');

		words[i] = s->words[i];
		if (!at || used == 4)
			continue;
		(void)snprintf(texts[used], sizeof(texts[used]), "%.*s%d%s", (int)(at - s->words[i]), s->words[i], loop, at + 1);
		words[i] = texts[used++];
	}
	pid = vfork();
	if (pid == 0)
		become(c, words);
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		die("run a command");
	if (s->timed && usage.ru_maxrss > c->peak)
		c->peak = usage.ru_maxrss;
	if (s->timed)
		c->cpu[c->n] += microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime);
	if (status != 0)
		(void)fprintf(stderr, "%s: '%s %s ...' ended with status %#x\n", c->name, words[0], words[1], status);
	return status == 0;
}

static bool run_round(struct contestant *c, int loop, double *ret_us)
{
	bool ok = true;

	*ret_us = 0;
	c->cpu[c->n] = 0;
	for (size_t i = 0; i < c->n_steps; i++) {
		double from = now();

		ok &= run_step(c, &c->steps[i], loop);
		*ret_us += c->steps[i].timed ? now() - from : 0;
	}
	return ok;
}

static void run_rounds(size_t rounds, unsigned gap_ms)
{
	for (size_t round = 0; round < rounds + WARM_UP; round++) {
		for (size_t i = 0; i < n_all; i++) {
			struct contestant *c = &all[(i + round) % n_all];
			double us;

			if (c->failed)
				continue;
			if (gap_ms)
				(void)usleep(gap_ms * 1000);
			c->failed = !run_round(c, 0, &us);
			if (!c->failed && round >= WARM_UP)
				c->times[c->n++] = us;
		}
	}
}

/* ---- rounds a second ---- */

static _Noreturn void repeat(struct contestant *c, int loop, double until, volatile long *count)
{
	double us;

	while (now() < until)
		if (run_round(c, loop, &us))
			(*count)++;
		else
			_exit(1);
	_exit(0);
}

static void run_slice(struct contestant *c, int loops)
{
	volatile long *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double from = now(), total = 0;
	int status;

	if (counts == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < loops; i++)
		if (fork() == 0)
			repeat(c, i, from + 1e6, counts + i);
	for (int i = 0; i < loops; i++)
		if (wait(&status) > 0)
			c->failed |= status != 0;
	for (int i = 0; i < loops; i++)
		total += (double)counts[i];
	c->times[c->n++] = total * 1e6 / (now() - from);
	(void)munmap((void *)counts, 4096);
}

static void run_slices(int loops, size_t seconds)
{
	for (size_t second = 0; second < seconds + 1; second++)
		for (size_t i = 0; i < n_all; i++) {
			if (!all[i].failed)
				run_slice(&all[i], loops);
			if (second == 0)
				all[i].n = 0; /* warm now */
		}
}

/* ---- the table ---- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const struct contestant *c)
{
	return c->n ? c->times[c->n / 2] : 0;
}

static double median_cpu(const struct contestant *c)
{
	return c->n ? c->cpu[c->n / 2] : 0;
}

static void print_times(const struct contestant *ours)
{
	(void)printf("  %-24s %10s %8s %8s  %-23s %9s\n", "", "median ms", "min ms", "cpu ms", "lighter is, of each", "peak KiB");
	for (size_t i = 0; i < n_all; i++) {
		struct contestant *c = &all[i];

		if (c->failed || !c->n)
			(void)printf("  %-24s could not be measured\n", c->name);
		else
			(void)printf("  %-24s %10.3f %8.3f %8.3f %7.2fx %6.2fx %6.2fx %9ld\n", c->name, median(c) / 1e3,
				     c->times[0] / 1e3, median_cpu(c) / 1e3, median(ours) / median(c),
				     ours->times[0] / c->times[0], median_cpu(ours) / median_cpu(c), c->peak);
	}
}

static void print_rates(const struct contestant *ours)
{
	(void)printf("  %-24s %10s %10s %12s\n", "", "median /s", "best /s", "lighter is");
	for (size_t i = 0; i < n_all; i++) {
		struct contestant *c = &all[i];

		if (c->failed || !c->n)
			(void)printf("  %-24s could not be measured\n", c->name);
		else
			(void)printf("  %-24s %10.1f %10.1f %11.2fx\n", c->name, median(c), c->times[c->n - 1],
				     median(ours) / median(c));
	}
}

int main(int argc, char **argv)
{
	size_t rounds = 100, seconds = 10;
	unsigned gap_ms = 0;
	int option, loops = 0;

	while ((option = getopt(argc, argv, "n:g:l:t:")) != -1) {
		rounds = option == 'n' ? strtoul(optarg, NULL, 10) : rounds;
		gap_ms = option == 'g' ? (unsigned)strtoul(optarg, NULL, 10) : gap_ms;
		loops = option == 'l' ? atoi(optarg) : loops;
		seconds = option == 't' ? strtoul(optarg, NULL, 10) : seconds;
	}
	read_script();
	if (n_all == 0 || rounds > ROUNDS || loops > 64)
		return 2;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (loops)
		run_slices(loops, seconds);
	else
		run_rounds(rounds, gap_ms);
	for (size_t i = 0; i < n_all; i++)
		qsort(all[i].times, all[i].n, sizeof(double), compare), qsort(all[i].cpu, all[i].n, sizeof(double), compare);
	(loops ? print_rates : print_times)(&all[n_all - 1]);
	return 0;
}
