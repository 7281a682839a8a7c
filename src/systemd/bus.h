/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A connection to systemd's manager: the machine's, or that of the calling user. Everything that is done on it ends at one
 * deadline (clock_boot), so that a systemd that hangs cannot hang a container engine.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/err.h"

struct bus {
	sd_bus *bus;
	int64_t deadline;
};

#define BUS_INIT { .bus = NULL }

/* Without systemd, or without a bus: ERR_UNAVAILABLE. */
int bus_open(bool user, int64_t deadline, struct bus *ret, struct err *e);
void bus_done(struct bus *bus);

/* An empty call of a method of the manager, to be filled and handed to bus_call. */
int bus_method(struct bus *bus, const char *method, sd_bus_message **ret, struct err *e);

/* Sends the call and waits for the answer, which is the caller's (`ret_reply` may be NULL). `what` begins the error's text;
 * the D-Bus name of an error decides its code. */
int bus_call(struct bus *bus, sd_bus_message *call, const char *what, sd_bus_message **ret_reply, struct err *e);

/* Lets messages come in until `*done` or the deadline. */
int bus_wait(struct bus *bus, const bool *done, const char *what, struct err *e);
