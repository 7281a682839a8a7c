/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/unit.h"

/*
 * Starting and stopping are jobs: the call answers with the job's name, and a signal tells how it ended. The signal may
 * come before the answer is read, so that the last one of our unit is kept; one start of this program makes one job at a time.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/opt.h"
#include "base/own.h"
#include "base/str.h"
#include "systemd/bus.h"
#include "systemd/property.h"

enum { TIMEOUT_SECONDS = 30 };

DEFINE_CLEANUP(sd_bus_message *, sd_bus_message_unref)
#define automessage cleanup(sd_bus_message_unref_p)

DEFINE_CLEANUP(sd_bus_slot *, sd_bus_slot_unref)

struct job {
	const char *unit;
	bool ended;
	char result[32];
};

static int append(sd_bus_message *call, const char *first, const char *second, struct err *e)
{
	int r = second ? sd_bus_message_append(call, "ss", first, second) : sd_bus_message_append(call, "s", first);

	return r < 0 ? err_sys(e, -r, "write a call of systemd") : 0;
}

/* ---- jobs ---- */

static int on_job_removed(sd_bus_message *signal, void *context, sd_bus_error *error)
{
	const char *job_path, *unit, *result;
	struct job *job = context;
	uint32_t id;

	if (sd_bus_message_read(signal, "uoss", &id, &job_path, &unit, &result) < 0 || !str_eq(unit, job->unit))
		return 0;
	(void)snprintf(job->result, sizeof(job->result), "%s", result);
	job->ended = true;
	return 0;
}

static int run_job(struct bus *bus, sd_bus_message *call, const char *unit, const char *what, struct err *e)
{
	cleanup(sd_bus_slot_unref_p) sd_bus_slot *match = NULL;
	struct job job = { .unit = unit };
	int r = sd_bus_match_signal(bus->bus, &match, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
				    "org.freedesktop.systemd1.Manager", "JobRemoved", on_job_removed, &job);

	if (r < 0)
		return err_sys(e, -r, "listen to systemd");
	if (bus_call(bus, call, what, NULL, e) < 0 || bus_wait(bus, &job.ended, what, e) < 0)
		return -1;
	return str_eq(job.result, "done") ? 0 : err_set(e, ERR_UNAVAILABLE, "%s: systemd's job ended as '%s'", what, job.result);
}

static int call_for(struct bus *bus, const char *method, const char *unit, const char *second, const char *what,
		    struct err *e)
{
	automessage sd_bus_message *call = NULL;

	return bus_method(bus, method, &call, e) < 0 || append(call, unit, second, e) < 0 ||
	       bus_call(bus, call, what, NULL, e) < 0 ? -1 : 0;
}

/* ---- start ---- */

static int start_once(struct bus *bus, const char *unit, const char *const *properties, const char *what, struct err *e)
{
	automessage sd_bus_message *call = NULL;
	int r;

	if (bus_method(bus, "StartTransientUnit", &call, e) < 0 || append(call, unit, "replace", e) < 0 ||
	    property_append_all(call, properties, e) < 0)
		return -1;
	r = sd_bus_message_append(call, "a(sa(sv))", 0);
	return r < 0 ? err_sys(e, -r, "write a call of systemd") : run_job(bus, call, unit, what, e);
}

/* A unit of that name that failed earlier is remembered and in the way; one that runs is a conflict. */
static int start(struct bus *bus, const char *unit, const char *const *properties, struct err *e)
{
	autofree char *what = str_format("start unit '%s'", unit);
	struct err first = ERR_INIT;

	if (!what)
		return err_nomem(e);
	if (start_once(bus, unit, properties, what, &first) == 0)
		return 0;
	if (first.code == ERR_CONFLICT && call_for(bus, "ResetFailedUnit", unit, NULL, what, NULL) == 0)
		return start_once(bus, unit, properties, what, e);
	if (e)
		*e = first;
	return -1;
}

/* ---- set, attach ---- */

static int set(struct bus *bus, const char *unit, const char *const *properties, struct err *e)
{
	automessage sd_bus_message *call = NULL;
	autofree char *what = str_format("set properties of unit '%s'", unit);
	int r;

	if (!what)
		return err_nomem(e);
	if (bus_method(bus, "SetUnitProperties", &call, e) < 0 || append(call, unit, NULL, e) < 0)
		return -1;
	r = sd_bus_message_append(call, "b", true); /* at runtime: until the unit is gone */
	if (r < 0)
		return err_sys(e, -r, "write a call of systemd");
	return property_append_all(call, properties, e) < 0 ? -1 : bus_call(bus, call, what, NULL, e);
}

static int attach(struct bus *bus, const char *unit, const char *const *words, struct err *e)
{
	automessage sd_bus_message *call = NULL;
	autofree char *what = str_format("attach a process to unit '%s'", unit);
	uint32_t pid = words[0] ? (uint32_t)strtoul(words[0], NULL, 10) : 0;
	int r;

	if (!what)
		return err_nomem(e);
	if (!pid)
		return err_set(e, ERR_INVALID, "%s: '%s' is not a pid", what, words[0] ? words[0] : "");
	if (bus_method(bus, "AttachProcessesToUnit", &call, e) < 0 || append(call, unit, words[1] ? words[1] : "", e) < 0)
		return -1;
	r = sd_bus_message_append(call, "au", 1, pid);
	return r < 0 ? err_sys(e, -r, "write a call of systemd") : bus_call(bus, call, what, NULL, e);
}

/* ---- stop ---- */

static int kill_all(struct bus *bus, const char *unit, const char *what, struct err *e)
{
	automessage sd_bus_message *call = NULL;
	int r;

	if (bus_method(bus, "KillUnit", &call, e) < 0 || append(call, unit, "all", e) < 0)
		return -1;
	r = sd_bus_message_append(call, "i", SIGKILL);
	return r < 0 ? err_sys(e, -r, "write a call of systemd") : bus_call(bus, call, what, NULL, e);
}

/* Killed first, since stopping alone would wait for each process's own end. */
static int stop(struct bus *bus, const char *unit, const char *const *words, struct err *e)
{
	automessage sd_bus_message *call = NULL;
	autofree char *what = str_format("stop unit '%s'", unit);
	struct err failure = ERR_INIT;

	if (!what)
		return err_nomem(e);
	(void)kill_all(bus, unit, what, NULL);
	if (bus_method(bus, "StopUnit", &call, e) < 0 || append(call, unit, "replace", e) < 0)
		return -1;
	if (run_job(bus, call, unit, what, &failure) < 0 && failure.code != ERR_NOT_FOUND) {
		if (e)
			*e = failure;
		return -1;
	}
	/* It is forgotten by itself unless it has failed. */
	(void)call_for(bus, "ResetFailedUnit", unit, NULL, what, NULL);
	return 0;
}

/* ---- the command line ---- */

struct options {
	bool user;
	struct opt_u32 timeout;
};

static const struct opt rows[] = {
	OPT(struct options, user, "user", 0, flag, "the calling user's manager"),
	OPT(struct options, timeout, "timeout", 0, uint, "how long systemd may take", "SECONDS"),
};
OPT_TABLE(table, rows, .operands_end_options = true);

static const struct verb {
	const char *name;
	int (*run)(struct bus *bus, const char *unit, const char *const *words, struct err *e);
} verbs[] = {
	{ "start", start }, { "set", set }, { "attach", attach }, { "stop", stop },
};

int unit_main(char **argv, size_t argc, struct err *e)
{
	cleanup(bus_done) struct bus bus = BUS_INIT;
	struct options o = { .user = false };
	int64_t seconds;
	size_t n;

	if (opt_parse(&table, argv, argc, &o, &n, e) != 0)
		return -1;
	argv[n] = NULL;
	seconds = o.timeout.set ? o.timeout.value : TIMEOUT_SECONDS;
	for (size_t i = 0; n >= 2 && i < ARRAY_SIZE(verbs); i++)
		if (str_eq(argv[0], verbs[i].name))
			return bus_open(o.user, clock_boot() + seconds * NSEC_PER_SEC, &bus, e) < 0 ?
				       -1 : verbs[i].run(&bus, argv[1], (const char *const *)argv + 2, e);
	return err_set(e, ERR_INVALID, "is started by lighter-runtime, not by hand");
}
