/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/cgroup_device.h"

/*
 * The devices controller of v1 holds one default and a list of exceptions to it; each write changes the list, at once and
 * for running processes too. So the rules are first worked out to such a list, here, and then only the difference to what
 * the kernel has is written: a container keeps its /dev/null at every instant of an update.
 *
 * An exception is taken back only as it was given. The kernel says nothing when a rule asks for more than that ("c 5:*
 * but not c 5:0") and goes on allowing it; here that is an error.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

enum { READ = 1, WRITE = 2, MKNOD = 4, ALL = 7, LIST_MAX = 1 << 20, RULE_TEXT = 80 };

struct exception {
	char type; /* 'b', 'c' */
	int64_t major, minor;
	unsigned rights;
};

struct list {
	bool allow; /* the default: exceptions are what is denied */
	struct exception *items;
	size_t n;
};

static void list_done(struct list *l)
{
	free(l->items);
}

static void list_reset(struct list *l, bool allow)
{
	list_done(l);
	*l = (struct list){ .allow = allow };
}

static const char *say(const struct exception *x, char to[static RULE_TEXT])
{
	char major[24] = "*", minor[24] = "*";

	if (x->major >= 0)
		(void)snprintf(major, sizeof(major), "%lld", (long long)x->major);
	if (x->minor >= 0)
		(void)snprintf(minor, sizeof(minor), "%lld", (long long)x->minor);
	(void)snprintf(to, RULE_TEXT, "%c %s:%s %s%s%s", x->type, major, minor, x->rights & READ ? "r" : "",
		       x->rights & WRITE ? "w" : "", x->rights & MKNOD ? "m" : "");
	return to;
}

static struct exception *find(const struct list *l, const struct exception *like)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->items[i].type == like->type && l->items[i].major == like->major &&
		    l->items[i].minor == like->minor)
			return &l->items[i];
	return NULL;
}

static int add(struct list *l, const struct exception *x, struct err *e)
{
	struct exception *there = find(l, x);

	if (there) {
		there->rights |= x->rights;
		return 0;
	}
	there = vec_add(l);
	if (!there)
		return err_nomem(e);
	*there = *x;
	return 0;
}

static bool covers(int64_t wide, int64_t narrow)
{
	return wide < 0 || wide == narrow;
}

static bool meets(int64_t a, int64_t b)
{
	return covers(a, b) || covers(b, a);
}

/* What lies within `x` goes; what `x` would cut a hole into cannot be said. */
static int take(struct list *l, const struct exception *x, struct err *e)
{
	char text[RULE_TEXT], other[RULE_TEXT];

	for (size_t i = 0; i < l->n; i++) {
		struct exception *there = &l->items[i];

		if (there->type != x->type || !(there->rights & x->rights) || !meets(there->major, x->major) ||
		    !meets(there->minor, x->minor))
			continue;
		if (!covers(x->major, there->major) || !covers(x->minor, there->minor))
			return err_set(e, ERR_UNSUPPORTED, "device rules: cgroup v1 cannot take '%s' out of '%s'",
				       say(x, text), say(there, other));
		there->rights &= ~x->rights;
	}
	return 0;
}

static int apply(struct list *l, const struct cgroup_device *rule, struct err *e)
{
	struct exception x = { .major = rule->major, .minor = rule->minor };

	x.rights = (rule->read ? READ : 0U) | (rule->write ? WRITE : 0U) | (rule->mknod ? MKNOD : 0U);
	if (rule->type == 'a' && rule->major < 0 && rule->minor < 0 && x.rights == ALL) {
		list_reset(l, rule->allow);
		return 0;
	}
	for (const char *type = "bc"; *type; type++) {
		x.type = *type;
		if (rule->type != 'a' && rule->type != *type)
			continue;
		if ((rule->allow == l->allow ? take : add)(l, &x, e) < 0)
			return -1;
	}
	return 0;
}

static unsigned rights_of(const char *text)
{
	return (strchr(text, 'r') ? READ : 0U) | (strchr(text, 'w') ? WRITE : 0U) | (strchr(text, 'm') ? MKNOD : 0U);
}

static int64_t number_of(const char *text)
{
	return text[0] == '*' ? -1 : strtoll(text, NULL, 10);
}

/* devices.list: "a *:* rwm" when everything is allowed but what is not shown, else one exception a line. */
static int parse(char *text, struct list *l, struct err *e)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char type, major[16], minor[16], rights[4];
		struct exception x;

		if (sscanf(line, "%c %15[0-9*]:%15[0-9*] %3s", &type, major, minor, rights) != 4)
			return err_set(e, ERR_INTERNAL, "'devices.list' has the line '%.100s'", line);
		if (type == 'a') {
			list_reset(l, true);
			return 0;
		}
		x = (struct exception){ type, number_of(major), number_of(minor), rights_of(rights) };
		if (add(l, &x, e) < 0)
			return -1;
	}
	return 0;
}

static int read_list(int dir, struct list *l, struct err *e)
{
	autofd int fd = path_open(dir, "devices.list", PATH_OWN, O_RDONLY, 0);
	autostr struct str text = STR_INIT;
	int r = fd < 0 ? fd : io_read_all(fd, LIST_MAX, &text);

	if (r < 0)
		return err_sys(e, -r, "read 'devices.list'");
	return text.len ? parse(text.data, l, e) : 0;
}

struct doors {
	int allow, deny;
};

static int put(const struct doors *d, bool allow, const char *text, struct err *e)
{
	if (write(allow ? d->allow : d->deny, text, strlen(text)) < 0)
		return err_sys(e, errno, "write '%s' to 'devices.%s'", text, allow ? "allow" : "deny");
	return 0;
}

/* What `from` has and `of` has not, said through one door. */
static int put_rest(const struct doors *d, bool allow, const struct list *from, const struct list *of, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct exception *there = find(of, &from->items[i]);
		struct exception x = from->items[i];
		char text[RULE_TEXT];

		x.rights &= ~(there ? there->rights : 0U);
		if (x.rights && put(d, allow, say(&x, text), e) < 0)
			return -1;
	}
	return 0;
}

/* The exceptions of an allowing default are not shown: such a list is written anew. */
static int bring(const struct doors *d, struct list *now, const struct list *wanted, struct err *e)
{
	if (now->allow || wanted->allow) {
		if (put(d, wanted->allow, "a", e) < 0)
			return -1;
		list_reset(now, wanted->allow);
	}
	if (put_rest(d, !wanted->allow, wanted, now, e) < 0)
		return -1;
	return put_rest(d, wanted->allow, now, wanted, e);
}

int cgroup_devices_v1(int dir, const struct cgroup_device *rules, size_t n, struct err *e)
{
	cleanup(list_done) struct list wanted = { .allow = false }, now = { .allow = false };
	autofd int allow = path_open(dir, "devices.allow", PATH_OWN, O_WRONLY, 0);
	autofd int deny = path_open(dir, "devices.deny", PATH_OWN, O_WRONLY, 0);
	const struct doors doors = { allow, deny };

	if (allow < 0 || deny < 0)
		return err_sys(e, allow < 0 ? -allow : -deny, "open the devices cgroup");
	for (size_t i = 0; i < n; i++)
		if (apply(&wanted, &rules[i], e) < 0)
			return -1;
	if (read_list(dir, &now, e) < 0)
		return -1;
	return bring(&doors, &now, &wanted, e);
}
