/* SPDX-License-Identifier: Apache-2.0 */

/* Messages and exec requests of any bytes; a request that is accepted is written again to the same bytes. */

#include <string.h>

#include "formats/monitor_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str again = STR_INIT;
	struct monitor_exec exec;
	struct monitor_msg msg;
	struct err e = ERR_INIT;
	const char *body;

	if (monitor_msg_check(data, size, &msg, &body) == 0 && msg.type == MONITOR_ERROR)
		monitor_msg_error(&msg, body, &e);
	if (monitor_exec_decode(data, size, &exec, &e) < 0)
		return 0;
	monitor_exec_encode(&exec, &again);
	if (again.len != size || memcmp(again.data, data, size) != 0)
		abort();
	monitor_exec_done(&exec);
	return 0;
}
