/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_device.h"

/* What is written to the devices controller, and what that comes to by the kernel's rules (security/device_cgroup.c). */

#include "linux/cgroup_fake.h"

#define RULE(allow, type, major, minor, r, w, m) { allow, type, major, minor, r, w, m }

static const struct cgroup_device nothing = RULE(false, 'a', -1, -1, true, true, true);
static const struct cgroup_device everything = RULE(true, 'a', -1, -1, true, true, true);

static int open_devices(void **state)
{
	int r = fake_open(state, "devices", false);

	fake_listen(*state, "devices.allow");
	fake_listen(*state, "devices.deny");
	return r;
}

static void check(void **state, const char *now, const struct cgroup_device *rules, size_t n, const char *allowed,
		  const char *denied)
{
	struct fake *f = *state;
	struct err e = ERR_INIT;

	fake_put(f, "devices.list", now);
	if (cgroup_devices_v1(f->fd, rules, n, &e) < 0)
		fail_msg("%s", e.text);
	fake_heard(f, "devices.allow", allowed);
	fake_heard(f, "devices.deny", denied);
}

static void a_new_group_is_closed_and_then_opened_for_some(void **state)
{
	const struct cgroup_device rules[] = { nothing, RULE(true, 'c', 1, 3, true, true, true),
					       RULE(true, 'c', 136, -1, true, true, false),
					       RULE(true, 'c', -1, -1, false, false, true) };

	check(state, "a *:* rwm\n", rules, ARRAY_SIZE(rules), "c 1:3 rwmc 136:* rwc *:* m", "a");
	/* What the list does not begin with is closed all the same. */
	check(state, "a *:* rwm\n", rules + 1, 1, "c 1:3 rwm", "a");
}

static void an_update_writes_the_difference_alone(void **state)
{
	const struct cgroup_device rules[] = { nothing, RULE(true, 'c', 1, 3, true, true, true),
					       RULE(true, 'b', 8, 0, true, true, false) };

	check(state, "c 1:3 rwm\nb 8:0 r\nc 5:0 rw\n", rules, ARRAY_SIZE(rules), "b 8:0 w", "c 5:0 rw");
	check(state, "c 1:3 rwm\nb 8:0 rw\n", rules, ARRAY_SIZE(rules), "", "");
}

static void rules_for_one_device_add_up_and_take_off(void **state)
{
	const struct cgroup_device rules[] = { nothing, RULE(true, 'c', 10, 1, true, false, false),
					       RULE(true, 'c', 10, 1, false, true, true),
					       RULE(false, 'c', 10, 1, false, false, true),
					       RULE(true, 'c', 10, 2, true, true, true),
					       RULE(false, 'c', 10, 2, true, true, true) };

	check(state, "", rules, ARRAY_SIZE(rules), "c 10:1 rw", "");
}

static void everything_but_some_is_written_anew(void **state)
{
	const struct cgroup_device rules[] = { everything, RULE(false, 'b', 8, -1, true, true, true) };

	check(state, "c 1:3 rwm\n", rules, ARRAY_SIZE(rules), "a", "b 8:* rwm");
	check(state, "a *:* rwm\n", rules, ARRAY_SIZE(rules), "a", "b 8:* rwm");
}

static void a_rule_for_all_with_one_number_is_said_for_both_types(void **state)
{
	const struct cgroup_device rules[] = { nothing, RULE(true, 'a', 7, -1, true, false, false) };

	check(state, "", rules, ARRAY_SIZE(rules), "b 7:* rc 7:* r", "");
}

/* The kernel would take the second rule and go on allowing 5:0. */
static void a_hole_in_a_rule_is_refused(void **state)
{
	const struct cgroup_device rules[] = { nothing, RULE(true, 'c', 5, -1, true, true, true),
					       RULE(false, 'c', 5, 0, false, true, false) };
	struct fake *f = *state;
	struct err e = ERR_INIT;

	fake_put(f, "devices.list", "a *:* rwm\n");
	assert_int_equal(cgroup_devices_v1(f->fd, rules, ARRAY_SIZE(rules), &e), -1);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_string_equal(e.text, "device rules: cgroup v1 cannot take 'c 5:0 w' out of 'c 5:* rwm'");
	fake_heard(f, "devices.allow", "");
	fake_heard(f, "devices.deny", "");
}

/* ---- random rules against a model of the kernel ---- */

struct model {
	bool allow;
	struct cgroup_device exceptions[200];
	size_t n;
};

static void model_change(struct model *m, const struct cgroup_device *x, bool add)
{
	for (size_t i = 0; i < m->n; i++) {
		struct cgroup_device *y = &m->exceptions[i];

		if (y->type != x->type || y->major != x->major || y->minor != x->minor)
			continue;
		y->read = add ? y->read || x->read : y->read && !x->read;
		y->write = add ? y->write || x->write : y->write && !x->write;
		y->mknod = add ? y->mknod || x->mknod : y->mknod && !x->mknod;
		return;
	}
	if (add)
		m->exceptions[m->n++] = *x;
}

/* "c 1:3 rwmb *:* m": what a door has heard. */
static void model_hear(struct model *m, const char *text, bool allow)
{
	while (*text) {
		struct cgroup_device x = { .type = *text };
		char major[8], minor[8], rights[4];
		int len = 0;

		if (*text == 'a') {
			text++;
			continue;
		}
		assert_int_equal(sscanf(text + 2, "%7[0-9*]:%7[0-9*] %3[rwm]%n", major, minor, rights, &len), 3);
		x.major = major[0] == '*' ? -1 : strtoll(major, NULL, 10);
		x.minor = minor[0] == '*' ? -1 : strtoll(minor, NULL, 10);
		x.read = strchr(rights, 'r');
		x.write = strchr(rights, 'w');
		x.mknod = strchr(rights, 'm');
		model_change(m, &x, allow != m->allow);
		text += 2 + len;
	}
}

static bool right_of(const struct cgroup_device *d, int right)
{
	return right == 0 ? d->read : right == 1 ? d->write : d->mknod;
}

static bool matches(const struct cgroup_device *d, char type, int64_t major, int64_t minor, int right)
{
	return (d->type == 'a' || d->type == type) && (d->major < 0 || d->major == major) &&
	       (d->minor < 0 || d->minor == minor) && right_of(d, right);
}

static bool model_asks(const struct model *m, char type, int64_t major, int64_t minor, int right)
{
	for (size_t i = 0; i < m->n; i++)
		if (matches(&m->exceptions[i], type, major, minor, right))
			return !m->allow;
	return m->allow;
}

static bool rules_say(const struct cgroup_device *rules, size_t n, char type, int64_t major, int64_t minor, int right)
{
	for (size_t i = n; i-- > 0;)
		if (matches(&rules[i], type, major, minor, right))
			return rules[i].allow;
	return false;
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void take_all(struct fake *f, size_t ear, char to[static 2000])
{
	ssize_t n = read(f->ears[ear], to, 1999);

	to[n < 0 ? 0 : n] = '\0';
}

static void random_rules_come_to_what_they_say(void **state)
{
	struct fake *f = *state;
	uint32_t seed = 11;
	int taken = 0;

	for (int round = 0; round < 3000; round++) {
		struct cgroup_device rules[7];
		struct model m = { .allow = true };
		char allowed[2000], denied[2000];
		size_t n = 1 + next(&seed) % (ARRAY_SIZE(rules) - 1);

		for (size_t i = 0; i < n; i++)
			rules[i] = (struct cgroup_device){ next(&seed) & 1, "abbcc"[next(&seed) % 5], (int)(next(&seed) % 4) - 1,
							   (int)(next(&seed) % 4) - 1, next(&seed) & 1, next(&seed) & 1,
							   next(&seed) & 1 };
		rules[0] = next(&seed) & 1 ? nothing : everything;
		fake_put(f, "devices.list", "a *:* rwm\n");
		if (cgroup_devices_v1(f->fd, rules, n, NULL) < 0)
			continue;
		taken++;
		take_all(f, 0, allowed);
		take_all(f, 1, denied);
		m.allow = allowed[0] == 'a' && (allowed[1] == '\0' || allowed[1] != ' ');
		model_hear(&m, allowed, true);
		model_hear(&m, denied, false);
		for (int k = 0; k < 2 * 3 * 3 * 3; k++)
			assert_int_equal(model_asks(&m, "bc"[k % 2], k / 2 % 3, k / 6 % 3, k / 18),
					 rules_say(rules, n, "bc"[k % 2], k / 2 % 3, k / 6 % 3, k / 18));
	}
	assert_true(taken > 1000);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, open_devices, fake_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_new_group_is_closed_and_then_opened_for_some),
		WITH(an_update_writes_the_difference_alone),
		WITH(rules_for_one_device_add_up_and_take_off),
		WITH(everything_but_some_is_written_anew),
		WITH(a_rule_for_all_with_one_number_is_said_for_both_types),
		WITH(a_hole_in_a_rule_is_refused),
		WITH(random_rules_come_to_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
