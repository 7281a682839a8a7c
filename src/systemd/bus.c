/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/bus.h"

/*
 * libsystemd connects in the background and gives authentication 90 seconds of its own. So the loop that waits is ours:
 * first for the connection, then, in bus_wait, for signals; the call in between has a timeout that libsystemd keeps.
 */

#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/own.h"

static const char destination[] = "org.freedesktop.systemd1", path[] = "/org/freedesktop/systemd1",
		  interface[] = "org.freedesktop.systemd1.Manager";

void bus_done(struct bus *bus)
{
	bus->bus = sd_bus_close_unref(bus->bus);
}

static uint64_t usec_left(const struct bus *bus)
{
	int64_t left = bus->deadline - clock_boot();

	return left > 0 ? (uint64_t)(left / 1000) + 1 : 0;
}

/* One step of the loop: 0, or -errno; -ETIMEDOUT at the deadline. */
static int turn(struct bus *bus)
{
	uint64_t left = usec_left(bus);
	int r = left ? sd_bus_process(bus->bus, NULL) : -ETIMEDOUT;

	if (r == 0)
		r = sd_bus_wait(bus->bus, left);
	return r < 0 && r != -EINTR ? r : 0;
}

int bus_open(bool user, int64_t deadline, struct bus *ret, struct err *e)
{
	cleanup(bus_done) struct bus bus = { .deadline = deadline };
	int r;

	if (sd_booted() <= 0)
		return err_set(e, ERR_UNAVAILABLE, "systemd is not running on this machine: its cgroup driver cannot be used");
	r = user ? sd_bus_open_user(&bus.bus) : sd_bus_open_system(&bus.bus);
	while (r >= 0 && sd_bus_is_ready(bus.bus) == 0)
		r = turn(&bus);
	if (r >= 0)
		r = sd_bus_is_ready(bus.bus);
	if (r == -ETIMEDOUT)
		return err_set(e, ERR_DEADLINE, "systemd's %s bus does not answer", user ? "user" : "system");
	if (r < 0)
		return err_set(e, ERR_UNAVAILABLE, "connect to systemd's %s bus: %s", user ? "user" : "system", strerror(-r));
	ret->bus = take_ptr(bus.bus);
	ret->deadline = deadline;
	return 0;
}

int bus_method(struct bus *bus, const char *method, sd_bus_message **ret, struct err *e)
{
	int r = sd_bus_message_new_method_call(bus->bus, ret, destination, path, interface, method);

	return r < 0 ? err_sys(e, -r, "call systemd's method '%s'", method) : 0;
}

/* What the caller may want to act on; everything else is named by its text. */
static enum err_code code_of(const sd_bus_error *error)
{
	static const struct {
		const char *name;
		enum err_code code;
	} codes[] = {
		{ "org.freedesktop.systemd1.UnitExists", ERR_CONFLICT },
		{ "org.freedesktop.systemd1.NoSuchUnit", ERR_NOT_FOUND },
		{ SD_BUS_ERROR_ACCESS_DENIED, ERR_DENIED },
		{ SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, ERR_DENIED },
		{ SD_BUS_ERROR_INVALID_ARGS, ERR_INVALID },
		{ SD_BUS_ERROR_PROPERTY_READ_ONLY, ERR_INVALID },
		{ SD_BUS_ERROR_NO_REPLY, ERR_DEADLINE },
		{ SD_BUS_ERROR_TIMEOUT, ERR_DEADLINE },
		{ SD_BUS_ERROR_SERVICE_UNKNOWN, ERR_UNAVAILABLE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (sd_bus_error_has_name(error, codes[i].name))
			return codes[i].code;
	return err_code_of(sd_bus_error_get_errno(error));
}

/* Its sentences end in a full stop, ours do not. */
static int refuse(const sd_bus_error *error, int number, const char *what, struct err *e)
{
	const char *text = error->message ? error->message : strerror(number);
	size_t len = strlen(text);

	len -= len > 0 && text[len - 1] == '.';
	return err_set(e, code_of(error), "%s: %.*s", what, (int)len, text);
}

int bus_call(struct bus *bus, sd_bus_message *call, const char *what, sd_bus_message **ret_reply, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint64_t left = usec_left(bus);
	int r = left ? sd_bus_call(bus->bus, call, left, &error, ret_reply) : -ETIMEDOUT;

	if (r == -ETIMEDOUT)
		(void)err_set(e, ERR_DEADLINE, "%s: systemd does not answer", what);
	else if (r < 0)
		(void)refuse(&error, -r, what, e);
	sd_bus_error_free(&error);
	return r < 0 ? -1 : 0;
}

int bus_wait(struct bus *bus, const bool *done, const char *what, struct err *e)
{
	while (!*done) {
		int r = turn(bus);

		if (r == -ETIMEDOUT)
			return err_set(e, ERR_DEADLINE, "%s: systemd does not finish", what);
		if (r < 0)
			return err_sys(e, -r, "%s: wait for systemd", what);
	}
	return 0;
}
