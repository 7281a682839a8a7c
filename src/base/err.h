/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one error type. A fallible function takes `struct err *e` last, returns a negative number and fills it at the
 * source: a code for machines, the errno where there was one, and one sentence for people. Callers pass it up and add
 * a name in front (err_prefix) only where that tells the reader something.
 *
 * The value has a fixed size and no pointers: it is also the message that a container's first process writes to its
 * parent. Text: lower case, no full stop, what failed and then why, subjects quoted.
 * NULL is accepted for `e` everywhere; the text is then dropped.
 */

#include <stdarg.h>

enum err_code {
	ERR_NONE,
	ERR_INVALID,	 /* the input is wrong, the same call fails again */
	ERR_NOT_FOUND,	 /* the named object does not exist */
	ERR_CONFLICT,	 /* the object's state or another object is in the way */
	ERR_DENIED,	 /* permission, policy */
	ERR_EXHAUSTED,	 /* memory, space, descriptors, a quota */
	ERR_UNAVAILABLE, /* something outside does not answer now */
	ERR_UNSUPPORTED, /* this kernel, machine or version cannot */
	ERR_CANCELLED,	 /* the user stopped it */
	ERR_DEADLINE,	 /* it took too long */
	ERR_INTERNAL,	 /* everything else */
	ERR_CODES,
};

struct err {
	int code;   /* enum err_code */
	int number; /* errno, or 0 */
	char text[1016];
};

#define ERR_INIT { .code = ERR_NONE }

/* Both set *e and return -1. err_sys derives the code from `number` and appends ": <strerror>". */
int err_set(struct err *e, enum err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int err_sys(struct err *e, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Out of memory: err_sys with ENOMEM and no object. */
int err_nomem(struct err *e);

/* Puts "<prefix>: " in front of the text, keeps code and number, returns -1. */
int err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Which code an errno stands for; the one table. */
enum err_code err_code_of(int number);

/* The word for a code: "invalid", "not_found", ... */
const char *err_name(enum err_code code);
