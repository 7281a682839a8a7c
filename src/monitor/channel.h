/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What keeper and monitor tell each other over their socket pair (SEQPACKET); its end means that the other is gone. */

#include <stdint.h>
#include <sys/socket.h>

enum channel_type {
	CHANNEL_EXIT = 1,     /* keeper: the container ended and is recorded; value: the code, -1 unknown */
	CHANNEL_RELEASED,     /* keeper: cgroups and the runtime's state are gone */
	CHANNEL_STDIN_CLOSED, /* monitor: close your copy of the container's stdin too */
	CHANNEL_CLEANED,      /* monitor: the attached client has cleaned up, the keeper need not */
	CHANNEL_DONE,	      /* monitor: all output is delivered, I am leaving */
};

struct channel_message {
	int32_t type, value;
};

static inline int channel_send(int channel, enum channel_type type, int32_t value)
{
	struct channel_message m = { type, value };

	return send(channel, &m, sizeof(m), MSG_NOSIGNAL) == sizeof(m) ? 0 : -1;
}
