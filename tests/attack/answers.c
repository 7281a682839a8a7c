/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Prints what the filter of a default container answers to each system call number of x86-64 and aarch64, once with all
 * arguments 0 and once with all bits of them set: ARCHITECTURE NUMBER NAME ZERO ONES. By the interpreter of the
 * compiler's test, so that both architectures can be asked on either.
 */

#include <errno.h>

#include "linux/cap.h"
#include "linux/seccomp_model.h"

enum { NUMBERS = 512 };

static const struct { const char *name; int numbers[SECCOMP_ARCHES]; } calls[] = {
#include "linux/syscalls.inc"
};

static const char *const capabilities[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
};

static const char *name_of(enum seccomp_arch arch, int number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].numbers[arch] == number)
			return calls[i].name;
	return "-";
}

static const char *answer(const struct seccomp_program *program, enum seccomp_arch arch, int number, uint64_t argument)
{
	const struct seccomp_data data = {
		.nr = number, .arch = seccomp_audit_arch(arch),
		.args = { argument, argument, argument, argument, argument, argument },
	};
	uint32_t action = seccomp_model_run(program->filter, program->len, &data);

	switch (action) {
	case SECCOMP_RET_ALLOW:
		return "allow";
	case SECCOMP_RET_ERRNO | EPERM:
		return "EPERM";
	case SECCOMP_RET_ERRNO | ENOSYS:
		return "ENOSYS";
	default:
		return "other";
	}
}

static int print_arch(struct seccomp_profile *profile, enum seccomp_arch arch, const char *title)
{
	struct seccomp_program program;

	profile->arches = 1U << arch;
	if (seccomp_compile(profile, &program, NULL) < 0)
		return 1;
	for (int number = 0; number < NUMBERS; number++)
		(void)printf("%s %d %s %s %s\n", title, number, name_of(arch, number), answer(&program, arch, number, 0),
			     answer(&program, arch, number, UINT64_MAX));
	seccomp_program_done(&program);
	return 0;
}

int main(void)
{
	struct seccomp_profile profile;
	uint64_t mask = 0;
	int status;

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		mask |= UINT64_C(1) << cap_number(capabilities[i]);
	if (seccomp_default_rules(mask, &profile) < 0)
		return 1;
	status = print_arch(&profile, SECCOMP_X86_64, "x86_64") || print_arch(&profile, SECCOMP_AARCH64, "aarch64");
	free(profile.owned);
	return status;
}
