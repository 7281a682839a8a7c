/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the test and the fuzzer of seccomp_spec.c hold it to: bytes make a profile and calls; the profile is written as JSON
 * and read by us, and told to libseccomp rule by rule, as runc does; both filters, run by the interpreter of the compiler's
 * test, must answer each call alike. Nothing of lighter uses it.
 *
 * Where libseccomp 2.5.4 answers wrongly it is not asked. A call has one entry, with each argument once or one argument several
 * times with "equal": other rules of one call are merged into a wrong tree. A call without a number makes it forget to load the
 * number of what is called: one that x86 has only behind ipc (semop), and with x32 one that x86-64 lacks (waitpid). An errno is
 * below 4095. Calls that x86 multiplexes have no conditions here, and calls newer than the profile are libseccomp's default and
 * our ENOSYS (see seccomp_spec.c): that is said below.
 */

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "linux/seccomp_model.h"
#include "runtime/seccomp_spec.h"

enum { SPEC_MODEL_ENTRIES = 6, SPEC_MODEL_NAMES = 4, SPEC_MODEL_ARGS = 3, SPEC_MODEL_CALLS = 64 };

struct spec_model_bytes {
	const uint8_t *at;
	size_t left;
};

struct spec_model_action {
	const char *word; /* without SCMP_ACT_ */
	uint32_t theirs, data_mask;
};

struct spec_model_arg {
	unsigned index;
	size_t op;
	uint64_t value, two;
};

struct spec_model_entry {
	const char *names[SPEC_MODEL_NAMES];
	size_t n_names;
	const struct spec_model_action *action;
	uint32_t data;
	struct spec_model_arg args[SPEC_MODEL_ARGS];
	size_t n_args;
	bool any; /* one argument several times */
};

struct spec_model {
	const struct spec_model_action *action;
	uint32_t data;
	unsigned arches; /* of spec_model_arches */
	struct spec_model_entry entries[SPEC_MODEL_ENTRIES];
	size_t n;
};

static const struct spec_model_action spec_model_actions[] = {
	{ "ERRNO", SCMP_ACT_ERRNO(0), 0x7ff },	  { "ALLOW", SCMP_ACT_ALLOW, 0 }, { "KILL_PROCESS", SCMP_ACT_KILL_PROCESS, 0 },
	{ "KILL", SCMP_ACT_KILL, 0 },		  { "TRAP", SCMP_ACT_TRAP, 0 },	  { "LOG", SCMP_ACT_LOG, 0 },
	{ "TRACE", SCMP_ACT_TRACE(0), 0xffff },
};

static const struct { const char *word; enum scmp_compare theirs; } spec_model_ops[] = {
	{ "EQ", SCMP_CMP_EQ }, { "NE", SCMP_CMP_NE }, { "LT", SCMP_CMP_LT }, { "LE", SCMP_CMP_LE },
	{ "GE", SCMP_CMP_GE }, { "GT", SCMP_CMP_GT }, { "MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

/* The native one first: it is in every profile. */
static const struct { const char *word; uint32_t theirs; enum seccomp_arch ours; } spec_model_arches[] = {
#ifdef __aarch64__
	{ "AARCH64", SCMP_ARCH_AARCH64, SECCOMP_AARCH64 }, { "ARM", SCMP_ARCH_ARM, SECCOMP_ARM },
#else
	{ "X86_64", SCMP_ARCH_X86_64, SECCOMP_X86_64 }, { "X86", SCMP_ARCH_X86, SECCOMP_X86 },
	{ "X32", SCMP_ARCH_X32, SECCOMP_X32 },
#endif
};

static const char *const spec_model_names[] = {
	"read", "write", "getpid", "clone", "ioctl", "personality", "mmap", "prctl", "kill", "fcntl", "openat", "getrandom",
	"statx", "execve", "rt_sigaction", "futex", "waitpid", "stat", "clone3", "pidfd_open", "arch_prctl", "no_such_call",
	/* multiplexed on x86 */
	"socket", "connect", "sendmsg", "accept4", "shmget", "msgget",
};
enum { SPEC_MODEL_MULTIPLEXED = 22 };

static const uint64_t spec_model_values[] = { 0, 1, 2, 5, 40, 0xffffffff, 0x100000000, 0x100000001, 0x7fffffffffffffff,
					      0xffffffffffffffff, 0x7e020000, 0x500000005, 0x80000000, 0xfffffffe };

#define SPEC_MODEL_PICK(table, b) (table)[spec_model_take(b) % ARRAY_SIZE(table)]

static inline uint8_t spec_model_take(struct spec_model_bytes *b)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->at++;
}

static inline uint32_t spec_model_data(struct spec_model_bytes *b, const struct spec_model_action *action)
{
	return (spec_model_take(b) * 257U) & action->data_mask;
}

static inline void spec_model_make_args(struct spec_model_bytes *b, struct spec_model_entry *to)
{
	unsigned first = spec_model_take(b) % 6;

	to->n_args = spec_model_take(b) % (SPEC_MODEL_ARGS + 1);
	to->any = to->n_args > 1 && spec_model_take(b) % 4 == 0;
	for (size_t i = 0; i < to->n_args; i++) {
		struct spec_model_arg *a = &to->args[i];

		*a = (struct spec_model_arg){ to->any ? first : (first + (unsigned)i) % 6,
					      to->any ? 0 : spec_model_take(b) % ARRAY_SIZE(spec_model_ops),
					      SPEC_MODEL_PICK(spec_model_values, b), SPEC_MODEL_PICK(spec_model_values, b) };
		if (spec_model_ops[a->op].theirs == SCMP_CMP_MASKED_EQ)
			a->two &= a->value;
	}
}

static inline void spec_model_without_x32(struct spec_model *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(spec_model_arches); i++)
		if (spec_model_arches[i].ours == SECCOMP_X32)
			m->arches &= ~(1U << i);
}

static inline void spec_model_make(struct spec_model_bytes *b, struct spec_model *to)
{
	size_t name = spec_model_take(b);

	*to = (struct spec_model){ .action = &SPEC_MODEL_PICK(spec_model_actions, b), .arches = 1U | spec_model_take(b) };
	to->data = spec_model_data(b, to->action);
	to->n = spec_model_take(b) % (SPEC_MODEL_ENTRIES + 1);
	for (size_t i = 0; i < to->n; i++) {
		struct spec_model_entry *entry = &to->entries[i];
		bool multiplexed = false;

		entry->action = &SPEC_MODEL_PICK(spec_model_actions, b);
		entry->data = spec_model_data(b, entry->action);
		entry->n_names = 1 + spec_model_take(b) % SPEC_MODEL_NAMES;
		for (size_t k = 0; k < entry->n_names; k++, name++) {
			entry->names[k] = spec_model_names[name % ARRAY_SIZE(spec_model_names)];
			multiplexed |= name % ARRAY_SIZE(spec_model_names) >= SPEC_MODEL_MULTIPLEXED;
			if (str_eq(entry->names[k], "waitpid"))
				spec_model_without_x32(to);
		}
		if (!multiplexed)
			spec_model_make_args(b, entry);
	}
}

/* ---- as JSON ---- */

static inline void spec_model_write_entry(const struct spec_model_entry *entry, struct str *to)
{
	for (size_t k = 0; k < entry->n_names; k++)
		str_addf(to, "%s\"%s\"", k ? "," : "{\"names\":[", entry->names[k]);
	str_addf(to, "],\"action\":\"SCMP_ACT_%s\"", entry->action->word);
	if (entry->action->data_mask)
		str_addf(to, ",\"errnoRet\":%u", entry->data);
	for (size_t k = 0; k < entry->n_args; k++)
		str_addf(to, "%s{\"index\":%u,\"value\":%llu,\"valueTwo\":%llu,\"op\":\"SCMP_CMP_%s\"}",
			 k ? "," : ",\"args\":[", entry->args[k].index, (unsigned long long)entry->args[k].value,
			 (unsigned long long)entry->args[k].two, spec_model_ops[entry->args[k].op].word);
	str_add(to, entry->n_args ? "]}" : "}");
}

static inline void spec_model_write(const struct spec_model *m, struct str *to)
{
	str_addf(to, "{\"defaultAction\":\"SCMP_ACT_%s\"", m->action->word);
	if (m->action->data_mask)
		str_addf(to, ",\"defaultErrnoRet\":%u", m->data);
	str_add(to, ",\"architectures\":[");
	for (size_t i = 0; i < ARRAY_SIZE(spec_model_arches); i++)
		if (m->arches & 1U << i)
			str_addf(to, "%s\"SCMP_ARCH_%s\"", i ? "," : "", spec_model_arches[i].word);
	str_add(to, "],\"syscalls\":[");
	for (size_t i = 0; i < m->n; i++) {
		str_add(to, i ? "," : "");
		spec_model_write_entry(&m->entries[i], to);
	}
	str_add(to, "]}");
}

/* *ret is owned by the caller. */
static inline int spec_model_compile(const char *json, size_t len, struct seccomp_program *ret, struct err *e)
{
	struct oci_seccomp seccomp;
	struct oci_linux linux_ = { .seccomp = &seccomp };
	const struct oci_spec spec = { .linux_ = &linux_ };
	int r = decode_text(&oci_seccomp_table, json, len, &seccomp, e);

	if (r < 0)
		return r;
	r = seccomp_spec_compile(&spec, NULL, 0, ret, e);
	decode_done(&oci_seccomp_table, &seccomp);
	return r;
}

/* ---- by libseccomp ---- */

static inline void spec_model_check(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "the oracle: %s\n", what);
	abort();
}

static inline void spec_model_add_rule(scmp_filter_ctx ctx, uint32_t action, int call, const struct spec_model_arg *args,
				       size_t n)
{
	struct scmp_arg_cmp theirs[SPEC_MODEL_ARGS];

	for (size_t i = 0; i < n; i++)
		theirs[i] = (struct scmp_arg_cmp){ args[i].index, spec_model_ops[args[i].op].theirs, args[i].value,
						   args[i].two };
	spec_model_check(seccomp_rule_add_array(ctx, action, call, (unsigned)n, theirs) == 0, "a rule is refused");
}

static inline void spec_model_add_entry(scmp_filter_ctx ctx, const struct spec_model *m,
					const struct spec_model_entry *entry)
{
	uint32_t action = entry->action->theirs | entry->data;

	for (size_t k = 0; k < entry->n_names; k++) {
		int call = seccomp_syscall_resolve_name(entry->names[k]);

		if (call == __NR_SCMP_ERROR || action == (m->action->theirs | m->data))
			continue;
		if (!entry->any)
			spec_model_add_rule(ctx, action, call, entry->args, entry->n_args);
		for (size_t i = 0; entry->any && i < entry->n_args; i++)
			spec_model_add_rule(ctx, action, call, &entry->args[i], 1);
	}
}

/* The number of instructions. */
static inline size_t spec_model_oracle(const struct spec_model *m, struct sock_filter *to, size_t max)
{
	scmp_filter_ctx ctx = seccomp_init(m->action->theirs | m->data);
	autofd int fd = memfd_create("oracle", MFD_CLOEXEC);
	ssize_t n;

	spec_model_check(ctx && fd >= 0, "no filter");
	for (size_t i = 1; i < ARRAY_SIZE(spec_model_arches); i++)
		if (m->arches & 1U << i)
			spec_model_check(seccomp_arch_add(ctx, spec_model_arches[i].theirs) == 0, "no architecture");
	for (size_t i = 0; i < m->n; i++)
		spec_model_add_entry(ctx, m, &m->entries[i]);
	spec_model_check(seccomp_export_bpf(ctx, fd) == 0, "no program");
	seccomp_release(ctx);
	n = pread(fd, to, max * sizeof(*to), 0);
	spec_model_check(n > 0, "an empty program");
	return (size_t)n / sizeof(*to);
}

/* ---- calls ---- */

static inline enum seccomp_arch spec_model_make_call(struct spec_model_bytes *b, struct seccomp_data *d)
{
	enum seccomp_arch arch = SPEC_MODEL_PICK(spec_model_arches, b).ours;
	uint8_t name = spec_model_take(b);

	*d = (struct seccomp_data){ .arch = seccomp_audit_arch(arch) };
	d->nr = name < 224 ? seccomp_number(arch, spec_model_names[name % ARRAY_SIZE(spec_model_names)]) :
		name < 228 ? seccomp_number(arch, name % 2 ? "socketcall" : "ipc") :
			     spec_model_take(b) * 4 - 1;
	for (size_t k = 0; k < ARRAY_SIZE(d->args); k++) {
		d->args[k] = SPEC_MODEL_PICK(spec_model_values, b);
		if (arch == SECCOMP_X86 || arch == SECCOMP_ARM)
			d->args[k] &= 0xffffffff;
	}
	return arch;
}

/* Is the call newer than all that the profile names in its numbering? */
static inline bool spec_model_is_newer(const struct spec_model *m, enum seccomp_arch arch, int nr)
{
	bool here = false;
	int last = -1;

	if (seccomp_audit_arch(arch) == seccomp_audit_arch(SECCOMP_X32))
		arch = (uint32_t)nr >= SECCOMP_MODEL_X32_BIT ? SECCOMP_X32 : SECCOMP_X86_64;
	for (size_t i = 0; i < ARRAY_SIZE(spec_model_arches); i++)
		here |= spec_model_arches[i].ours == arch && m->arches & 1U << i;
	for (size_t i = 0; here && i < m->n; i++)
		for (size_t k = 0; k < m->entries[i].n_names; k++) {
			const char *name = m->entries[i].names[k];
			bool socket = str_eq(name, "socket") || str_eq(name, "connect") || str_eq(name, "sendmsg") ||
				      str_eq(name, "accept4");
			bool ipc = str_eq(name, "shmget") || str_eq(name, "msgget");
			int by_itself = seccomp_number(arch, name);
			int whole = socket || ipc ? seccomp_number(arch, socket ? "socketcall" : "ipc") : -1;

			if (m->entries[i].action->theirs == m->action->theirs && m->entries[i].data == m->data)
				whole = -1;
			last = by_itself > last ? by_itself : last;
			last = whole > last ? whole : last;
		}
	return m->action->theirs == SCMP_ACT_ERRNO(0) && last >= 0 && (uint32_t)nr > (uint32_t)last;
}

static inline void spec_model_differ(const char *json, const struct seccomp_data *d, uint32_t got, uint32_t wanted)
{
	(void)fprintf(stderr, "%s\nnr %#x arch %#x args %#llx %#llx %#llx %#llx %#llx %#llx: %#x, wanted %#x\n", json, d->nr,
		      d->arch, d->args[0], d->args[1], d->args[2], d->args[3], d->args[4], d->args[5], got, wanted);
	abort();
}

/* Returns how many calls were compared; a difference ends the program. */
static inline size_t spec_model_compare(const uint8_t *data, size_t size)
{
	static struct sock_filter theirs[BPF_MAXINSNS];
	struct spec_model_bytes b = { data, size };
	struct seccomp_program ours = { .filter = NULL };
	autostr struct str json = STR_INIT;
	struct err e = ERR_INIT;
	struct spec_model m;
	size_t n;

	spec_model_make(&b, &m);
	spec_model_write(&m, &json);
	if (spec_model_compile(json.data, json.len, &ours, &e) < 0)
		spec_model_check(false, e.text);
	n = spec_model_oracle(&m, theirs, ARRAY_SIZE(theirs));
	for (int i = 0; i < SPEC_MODEL_CALLS; i++) {
		struct seccomp_data d;
		enum seccomp_arch arch = spec_model_make_call(&b, &d);
		uint32_t got = seccomp_model_run(ours.filter, ours.len, &d);
		uint32_t wanted = spec_model_is_newer(&m, arch, d.nr) ? SECCOMP_RET_ERRNO | ENOSYS :
									seccomp_model_run(theirs, n, &d);

		if (got != wanted)
			spec_model_differ(json.data, &d, got, wanted);
	}
	seccomp_program_done(&ours);
	return SPEC_MODEL_CALLS;
}
