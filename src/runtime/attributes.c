/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attributes.h"

#include "base/own.h"
#include "base/str.h"
#include "linux/affinity.h"
#include "linux/ioprio.h"
#include "linux/mempolicy.h"
#include "linux/personality.h"
#include "linux/sched.h"

enum { NICE_LEAST = -20, NICE_MOST = 19 };

static int find_word(const struct words *words, const char *field, const char *name, uint64_t *ret, struct err *e)
{
	return word_find(words, name, ret) ? 0 : err_set(e, ERR_INVALID, "%s: '%.50s' is not known", field, name);
}

static int find_flags(const struct words *words, const char *field, const struct strv *names, uint64_t *ret, struct err *e)
{
	uint64_t all = 0, flag;

	for (size_t i = 0; i < names->n; i++) {
		if (!word_find(words, names->items[i], &flag))
			return err_set(e, ERR_INVALID, "%s[%zu]: '%.50s' is not known", field, i, names->items[i]);
		all |= flag;
	}
	*ret = all;
	return 0;
}

static int find_bits(const char *field, const char *list, struct bitlist *ret, struct err *e)
{
	int r = bitlist_parse(list, ret);

	if (r == -ERANGE)
		return err_set(e, ERR_INVALID, "%s: '%.100s' has a number above %d", field, list, BITLIST_BITS - 1);
	return r < 0 ? err_set(e, ERR_INVALID, "%s: '%.100s' is not a list as 0-3,7", field, list) : 0;
}

/* ---- scheduler and I/O priority ---- */

/* What a policy does not use must not be given: nobody would notice that it has no effect. */
static int check_scheduler(const struct oci_scheduler *s, struct err *e)
{
	bool fair = str_eq(s->policy, "SCHED_OTHER") || str_eq(s->policy, "SCHED_BATCH");
	bool realtime = str_eq(s->policy, "SCHED_FIFO") || str_eq(s->policy, "SCHED_RR");

	if (fair && (s->nice < NICE_LEAST || s->nice > NICE_MOST))
		return err_set(e, ERR_INVALID, "process.scheduler.nice: '%d' is not between %d and %d", s->nice, NICE_LEAST,
			       NICE_MOST);
	if (s->priority != 0 && !realtime)
		return err_set(e, ERR_INVALID, "process.scheduler.priority: %d: only SCHED_FIFO and SCHED_RR have one",
			       s->priority);
	if ((s->runtime || s->deadline || s->period) && !str_eq(s->policy, "SCHED_DEADLINE"))
		return err_set(e, ERR_INVALID, "process.scheduler: only SCHED_DEADLINE has a runtime, deadline or period");
	return 0;
}

static int read_scheduler(const struct oci_scheduler *s, struct sched *ret, struct err *e)
{
	uint64_t policy = 0;

	if (find_word(&sched_policies, "process.scheduler.policy", s->policy, &policy, e) < 0 ||
	    find_flags(&sched_flags, "process.scheduler.flags", &s->flags, &ret->flags, e) < 0 || check_scheduler(s, e) < 0)
		return -1;
	ret->policy = (uint32_t)policy;
	ret->nice = s->nice;
	ret->priority = (uint32_t)s->priority;
	ret->runtime = s->runtime;
	ret->deadline = s->deadline;
	ret->period = s->period;
	return 0;
}

static int read_io_class(const struct oci_io_priority *io, uint64_t *ret, struct err *e)
{
	if (io->priority < IOPRIO_HIGHEST || io->priority > IOPRIO_LOWEST)
		return err_set(e, ERR_INVALID, "process.ioPriority.priority: '%d' is not between %d and %d", io->priority,
			       IOPRIO_HIGHEST, IOPRIO_LOWEST);
	return find_word(&ioprio_classes, "process.ioPriority.class", io->class, ret, e);
}

int attributes_schedule(const struct oci_process *p, pid_t pid, struct err *e)
{
	struct sched sched;
	uint64_t class = 0;
	int r;

	if (p->scheduler) {
		if (read_scheduler(p->scheduler, &sched, e) < 0)
			return -1;
		r = sched_apply(pid, &sched);
		if (r < 0)
			return err_sys(e, -r, "process.scheduler: set %s", p->scheduler->policy);
	}
	if (!p->io_priority)
		return 0;
	if (read_io_class(p->io_priority, &class, e) < 0)
		return -1;
	r = ioprio_apply(pid, (unsigned)class, (unsigned)p->io_priority->priority);
	return r < 0 ? err_sys(e, -r, "process.ioPriority: set %s", p->io_priority->class) : 0;
}

int attributes_cpus(const char *field, const char *list, struct bitlist *ret, struct err *e)
{
	if (!list || !list[0])
		return 0;
	if (find_bits(field, list, ret, e) < 0)
		return -1;
	if (bitlist_empty(ret))
		return err_set(e, ERR_INVALID, "%s: '%.100s' names no CPU", field, list);
	return 1;
}

/* ---- personality and memory policy ---- */

static int read_domain(const struct oci_personality *p, uint64_t *ret, struct err *e)
{
	if (p->flags.n > 0)
		return err_set(e, ERR_INVALID, "linux.personality.flags[0]: '%.50s': the specification has no flags yet",
			       p->flags.items[0]);
	return find_word(&personality_domains, "linux.personality.domain", p->domain, ret, e);
}

struct memory_policy {
	uint64_t mode, flags;
	struct bitlist nodes;
};

static int read_memory_policy(const struct oci_memory_policy *p, struct memory_policy *ret, struct err *e)
{
	enum mempolicy_nodes wants;

	if (find_word(&mempolicy_modes, "linux.memoryPolicy.mode", p->mode, &ret->mode, e) < 0 ||
	    find_flags(&mempolicy_flags, "linux.memoryPolicy.flags", &p->flags, &ret->flags, e) < 0 ||
	    find_bits("linux.memoryPolicy.nodes", p->nodes ? p->nodes : "", &ret->nodes, e) < 0)
		return -1;
	wants = mempolicy_wants((unsigned)ret->mode);
	if (wants == MEMPOLICY_SOME_NODES && bitlist_empty(&ret->nodes))
		return err_set(e, ERR_INVALID, "linux.memoryPolicy.nodes: %s needs at least one", p->mode);
	if (wants == MEMPOLICY_NO_NODES && !bitlist_empty(&ret->nodes))
		return err_set(e, ERR_INVALID, "linux.memoryPolicy.nodes: %s takes none", p->mode);
	return 0;
}

int attributes_become(const struct oci_linux *linux_, struct err *e)
{
	struct memory_policy policy;
	uint64_t domain = 0;
	int r;

	if (linux_->personality) {
		if (read_domain(linux_->personality, &domain, e) < 0)
			return -1;
		r = personality_apply((unsigned long)domain);
		if (r < 0)
			return err_sys(e, -r, "linux.personality: set %s", linux_->personality->domain);
	}
	if (!linux_->memory_policy)
		return 0;
	if (read_memory_policy(linux_->memory_policy, &policy, e) < 0)
		return -1;
	r = mempolicy_apply((unsigned)policy.mode, (unsigned)policy.flags, &policy.nodes);
	return r < 0 ? err_sys(e, -r, "linux.memoryPolicy: set %s", linux_->memory_policy->mode) : 0;
}

int attributes_check(const struct oci_process *p, struct err *e)
{
	struct bitlist cpus;
	struct sched sched;
	uint64_t class = 0;

	if (p->scheduler && read_scheduler(p->scheduler, &sched, e) < 0)
		return -1;
	if (p->io_priority && read_io_class(p->io_priority, &class, e) < 0)
		return -1;
	if (!p->exec_cpu_affinity)
		return 0;
	return attributes_cpus(ATTRIBUTES_INITIAL, p->exec_cpu_affinity->initial, &cpus, e) < 0 ||
			       attributes_cpus(ATTRIBUTES_FINAL, p->exec_cpu_affinity->final, &cpus, e) < 0 ? -1 : 0;
}

int attributes_check_linux(const struct oci_linux *linux_, struct err *e)
{
	struct memory_policy policy;
	uint64_t domain = 0;

	if (linux_->personality && read_domain(linux_->personality, &domain, e) < 0)
		return -1;
	return linux_->memory_policy ? read_memory_policy(linux_->memory_policy, &policy, e) : 0;
}
