/* SPDX-License-Identifier: Apache-2.0 */

/* The container's program: it ends at once, or waits (-DPAUSE). Without a C library, whose start would be timed too. */

#include <sys/syscall.h>

static void call(long number)
{
	long result;

#ifdef __aarch64__
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = 0;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8) : "memory");
	result = x0;
#else
	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(0L) : "rcx", "r11", "memory");
#endif
	(void)result;
}

void _start(void)
{
#ifdef PAUSE
	for (;;)
		call(SYS_pause);
#endif
	call(SYS_exit_group);
}
