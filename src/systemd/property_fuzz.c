/* SPDX-License-Identifier: Apache-2.0 */

/* Each line is a word of the unit's properties, for a message that nobody is sent. */

#include "systemd/property.h"

#include <sys/socket.h>

#include "base/fuzz.h"

/* Messages can be written as soon as there is some transport. */
static sd_bus *bus(void)
{
	static sd_bus *bus;
	int pair[2];

	if (bus)
		return bus;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || sd_bus_new(&bus) < 0 ||
	    sd_bus_set_fd(bus, pair[0], pair[0]) < 0 || sd_bus_start(bus) < 0)
		abort();
	return bus;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = fuzz_text(data, size);
	autostrv struct strv words = STRV_INIT;
	sd_bus_message *m = NULL;
	struct err e = ERR_INIT;

	fuzz_lines(text, &words);
	if (sd_bus_message_new_method_call(bus(), &m, "a.b", "/", "a.b", "C") < 0)
		abort();
	if (property_append_all(m, (const char *const *)words.items, &e) < 0 ? !e.text[0] : sd_bus_message_seal(m, 1, 0) < 0)
		abort();
	(void)sd_bus_message_unref(m);
	return 0;
}
