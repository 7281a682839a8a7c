/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel maps up to 16 cached pages around each fault, so what counts is how far apart the code lies that runs last:
 * it is one function, in the section of hot code, and one of the C library, syscall(2) itself.
 */

#include "monitor/idle.h"

#include <errno.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { IDLE_RANGES = 8 };

struct idle_program {
	size_t n;
	struct {
		uintptr_t start, len;
	} ranges[IDLE_RANGES];
};

/* The first object is the program; what it maps without write permission is the file's own bytes. */
static int idle_find(struct dl_phdr_info *object, size_t size, void *arg)
{
	struct idle_program *program = arg;

	for (int i = 0; i < object->dlpi_phnum && program->n < IDLE_RANGES; i++) {
		const ElfW(Phdr) *h = &object->dlpi_phdr[i];
		uintptr_t start = (object->dlpi_addr + h->p_vaddr) & ~(uintptr_t)4095;
		uintptr_t end = (object->dlpi_addr + h->p_vaddr + h->p_memsz + 4095) & ~(uintptr_t)4095;

		if (h->p_type != PT_LOAD || (h->p_flags & PF_W))
			continue;
		program->ranges[program->n].start = start;
		program->ranges[program->n++].len = end - start;
	}
	return 1;
}

__attribute__((hot, noinline)) static int idle_sleep(const struct idle_program *program, struct pollfd *fds, size_t n)
{
	for (size_t i = 0; i < program->n; i++)
		(void)syscall(SYS_madvise, program->ranges[i].start, program->ranges[i].len, MADV_DONTNEED);
	return (int)syscall(SYS_ppoll, fds, n, NULL, NULL, 0);
}

int idle_poll(struct pollfd *fds, size_t n)
{
	struct idle_program program = { .n = 0 };
	int r;

	(void)dl_iterate_phdr(idle_find, &program);
	r = idle_sleep(&program, fds, n);
	return r < 0 ? -errno : r;
}
