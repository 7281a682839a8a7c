/* SPDX-License-Identifier: Apache-2.0 */

/* Scheduler, I/O priority, affinity, personality, memory policy: set by us, read back from the kernel by its own calls. */

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "base/test.h"
#include "linux/affinity.h"
#include "linux/ioprio.h"
#include "linux/mempolicy.h"
#include "linux/personality.h"
#include "linux/sched.h"

static uint64_t value(const struct words *words, const char *name)
{
	uint64_t v = UINT64_MAX;

	assert_true(word_find(words, name, &v));
	return v;
}

/* A child's attributes die with it. 77: not permitted here. */
static void in_a_child(int (*what)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(status == 0 || WEXITSTATUS(status) == 77);
}

static int be_batch_and_nice(void)
{
	const struct sched s = { .policy = SCHED_BATCH, .nice = 7 };

	if (sched_apply(0, &s) < 0)
		return 1;
	return sched_getscheduler(0) == SCHED_BATCH && getpriority(PRIO_PROCESS, 0) == 7 ? 0 : 2;
}

static int be_realtime_until_fork(void)
{
	const struct sched s = { .policy = SCHED_FIFO, .priority = 3,
				 .flags = value(&sched_flags, "SCHED_FLAG_RESET_ON_FORK") };
	struct sched_param param;

	if (sched_apply(0, &s) < 0)
		return errno == EPERM ? 77 : 1;
	return sched_getscheduler(0) == (SCHED_FIFO | SCHED_RESET_ON_FORK) && sched_getparam(0, &param) == 0 &&
			       param.sched_priority == 3 ? 0 : 2;
}

static int no_iso(void)
{
	const struct sched s = { .policy = (uint32_t)value(&sched_policies, "SCHED_ISO") };

	return sched_apply(0, &s) == -EINVAL ? 0 : 1;
}

static void the_scheduler_is_set_with_its_parameters(void **state)
{
	in_a_child(be_batch_and_nice);
	in_a_child(be_realtime_until_fork);
	in_a_child(no_iso);
	assert_int_equal(value(&sched_policies, "SCHED_DEADLINE"), 6);
}

static int be_idle_on_disks(void)
{
	if (ioprio_apply(0, (unsigned)value(&ioprio_classes, "IOPRIO_CLASS_BE"), 6) < 0)
		return 1;
	return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6) ? 0 : 2;
}

static void the_io_priority_is_set(void **state)
{
	in_a_child(be_idle_on_disks);
}

static int be_on_one_cpu(void)
{
	struct bitlist before, one = { { 0 } }, now;

	if (affinity_get(0, &before) < 0)
		return 1;
	for (size_t i = 0; i < BITLIST_BITS && bitlist_empty(&one); i++)
		one.words[i / 64] = before.words[i / 64] & (UINT64_C(1) << i % 64);
	if (affinity_set(0, &one) < 0 || affinity_get(0, &now) < 0 || memcmp(&now, &one, sizeof(one)) != 0)
		return 2;
	if (affinity_all(0) < 0 || affinity_get(0, &now) < 0)
		return 3;
	for (size_t i = 0; i < ARRAY_SIZE(now.words); i++)
		if (before.words[i] & ~now.words[i])
			return 4;
	return affinity_set(0, &(struct bitlist){ { 0 } }) == -EINVAL ? 0 : 5;
}

static void the_affinity_is_set_and_given_back(void **state)
{
	in_a_child(be_on_one_cpu);
}

static int be_32_bits(void)
{
	if (personality_apply((unsigned long)value(&personality_domains, "LINUX32")) < 0)
		return 1;
	return personality(0xffffffff) == PER_LINUX32 ? 0 : 2;
}

static void the_personality_is_set(void **state)
{
	in_a_child(be_32_bits);
}

static int bind_to_node_0(void)
{
	struct bitlist node = { { 1 } };
	unsigned long mask[BITLIST_BITS / 64] = { 0 };
	int mode = -1, r;

	r = mempolicy_apply((unsigned)value(&mempolicy_modes, "MPOL_BIND"), MPOL_F_STATIC_NODES, &node);
	if (r < 0)
		return r == -ENOSYS || r == -EPERM ? 77 : 1;
	if (syscall(SYS_get_mempolicy, &mode, mask, BITLIST_BITS, NULL, 0) < 0)
		return 2;
	if (mode != (MPOL_BIND | MPOL_F_STATIC_NODES) || mask[0] != 1)
		return 3;
	return mempolicy_apply(MPOL_DEFAULT, 0, &(struct bitlist){ { 0 } }) == 0 ? 0 : 4;
}

static void the_memory_policy_is_set(void **state)
{
	in_a_child(bind_to_node_0);
	assert_int_equal(mempolicy_wants(MPOL_LOCAL), MEMPOLICY_NO_NODES);
	assert_int_equal(mempolicy_wants(MPOL_PREFERRED), MEMPOLICY_ANY_NODES);
	assert_int_equal(mempolicy_wants((unsigned)value(&mempolicy_modes, "MPOL_WEIGHTED_INTERLEAVE")), MEMPOLICY_SOME_NODES);
}

static void words_are_exact(void **state)
{
	uint64_t v;

	assert_false(word_find(&sched_policies, "SCHED_", &v));
	assert_false(word_find(&sched_policies, "sched_fifo", &v));
	assert_false(word_find(&mempolicy_flags, "", &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scheduler_is_set_with_its_parameters),
		cmocka_unit_test(the_io_priority_is_set),
		cmocka_unit_test(the_affinity_is_set_and_given_back),
		cmocka_unit_test(the_personality_is_set),
		cmocka_unit_test(the_memory_policy_is_set),
		cmocka_unit_test(words_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
