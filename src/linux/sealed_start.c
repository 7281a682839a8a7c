/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The entry of a static program that starts itself again from a sealed file (linux/sealed_exec.h). Starting the C library
 * costs 0.2 ms, three times what the whole exec costs, and the first of the two starts would do nothing with it: so the
 * seal is made by bare system calls before the library starts. Whatever is not as it should be here is left to
 * sealed_reexec, which knows the other ways and how to say what is wrong.
 *
 * Nothing is relocated yet and there is no thread-local storage: no calls out of this file, no stack protector.
 */

#include "linux/sealed_exec.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/weaken.h"

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

void sealed_begin(long *stack);

static const char mark[] = SEALED_MARK "=", self[] = "/proc/self/exe", none[] = "";
static const struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

#ifdef __aarch64__

static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = e;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "cc");
	return x0;
}

/* x0 is for _start. */
__asm__(".globl sealed_start\n"
	".type sealed_start, %function\n"
	"sealed_start:\n"
	"	stp x0, x30, [sp, #-16]!\n"
	"	add x0, sp, #16\n"
	"	bl sealed_begin\n"
	"	ldp x0, x30, [sp], #16\n"
	"	b _start\n");

#else

static long call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory", "cc");
	return result;
}

/* rdx is for _start; two words keep the stack aligned. */
__asm__(".globl sealed_start\n"
	".type sealed_start, @function\n"
	"sealed_start:\n"
	"	endbr64\n"
	"	mov %rsp, %rdi\n"
	"	push %rdx\n"
	"	push %rdi\n"
	"	call sealed_begin\n"
	"	pop %rdi\n"
	"	pop %rdx\n"
	"	jmp _start\n");

#endif

static long pointer(const void *p)
{
	return (long)p;
}

static bool is_marked(char *const *env)
{
	for (; *env; env++) {
		size_t i = 0;

		while (mark[i] && mark[i] == (*env)[i])
			i++;
		if (!mark[i])
			return true;
	}
	return false;
}

/* The name that we were started by: the kernel's vector follows the environment. */
static const char *started_as(char *const *end_of_env)
{
	const unsigned long *v = (const unsigned long *)(end_of_env + 1);

	for (; v[0] != AT_NULL; v += 2)
		if (v[0] == AT_EXECFN)
			return (const char *)v[1];
	return none;
}

static size_t copy(char *to, const char *from)
{
	size_t n = 0;

	for (; from[n]; n++)
		to[n] = from[n];
	to[n] = '\0';
	return n;
}

/* The stack as the kernel hands it over: argc, argv, NULL, environment, NULL, auxiliary vector. */
__attribute__((used)) void sealed_begin(long *stack)
{
	char **argv = (char **)(stack + 1), **env = argv + stack[0] + 1, **marked, *own_mark;
	const char *name;
	size_t n = 0, len = 0;
	long file, tree;

	if (weakened("selfexe") || is_marked(env))
		return;
	while (env[n])
		n++;
	name = started_as(env + n);
	while (name[len])
		len++;
	own_mark = __builtin_alloca(sizeof(mark) + len);
	(void)copy(own_mark + copy(own_mark, mark), name);
	marked = __builtin_alloca((n + 2) * sizeof(*marked));
	for (size_t i = 0; i < n; i++)
		marked[i] = env[i];
	marked[n] = own_mark;
	marked[n + 1] = NULL;
	file = call(SYS_openat, AT_FDCWD, pointer(self), O_PATH | O_CLOEXEC, 0, 0);
	tree = call(SYS_open_tree, file, pointer(none), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH, 0, 0);
	if (file >= 0 && tree >= 0 &&
	    call(SYS_mount_setattr, tree, pointer(none), AT_EMPTY_PATH, pointer(&read_only), sizeof(read_only)) == 0)
		(void)call(SYS_execveat, tree, pointer(none), pointer(argv), pointer(marked), AT_EMPTY_PATH);
	if (tree >= 0)
		(void)call(SYS_close, tree, 0, 0, 0, 0);
	if (file >= 0)
		(void)call(SYS_close, file, 0, 0, 0, 0);
}
