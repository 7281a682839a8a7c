/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Go's names of architectures, which images use. Variants are levels of one architecture: a machine runs its own and the
 * lower ones. arm64's v8 and amd64's v1 are what no variant means.
 */

#include "oci/platform.h"

#include <string.h>

DECODE_TABLE(oci_platform_table, struct oci_platform,
	DECODE_ROW(struct oci_platform, "os", os, DECODE_STRING),
	DECODE_ROW(struct oci_platform, "architecture", architecture, DECODE_STRING),
	DECODE_ROW(struct oci_platform, "variant", variant, DECODE_STRING),
);

#if defined(__x86_64__)
static const char architecture[] = "amd64";
#elif defined(__aarch64__)
static const char architecture[] = "arm64";
#endif

const char *oci_platform_architecture(void)
{
	return architecture;
}

void oci_platform_done(struct oci_platform *p)
{
	free(p->os);
	free(p->architecture);
	free(p->variant);
	*p = (struct oci_platform){ NULL };
}

static const struct {
	const char *name, *architecture, *variant;
} aliases[] = {
	{ "x86_64", "amd64", NULL }, { "x86-64", "amd64", NULL }, { "aarch64", "arm64", NULL }, { "armhf", "arm", "v7" },
	{ "armel", "arm", "v6" },    { "i386", "386", NULL },	  { "i686", "386", NULL },
};

static const char *const systems[] = { "linux", "windows", "darwin", "freebsd" };

static bool is_system(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++)
		if (str_eq(systems[i], word))
			return true;
	return false;
}

/* A level's number; 0 for none and for what an architecture has from its beginning. */
static unsigned level(const char *of, const char *variant)
{
	unsigned n = variant && variant[0] == 'v' && variant[1] >= '0' && variant[1] <= '9' ? (unsigned)(variant[1] - '0') : 0;

	if ((str_eq(of, "arm64") && n == 8) || (str_eq(of, "amd64") && n == 1))
		return 0;
	return n == 0 && str_eq(of, "arm") ? 7 : n;
}

static int split(const char *text, char words[3][32], size_t *ret_n)
{
	size_t n = 0;

	for (;; text++) {
		size_t len = strcspn(text, "/");

		if (n == 3 || len == 0 || len >= sizeof(words[0]))
			return -EINVAL;
		for (size_t i = 0; i < len; i++)
			if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_.-", text[i]))
				return -EINVAL;
		memcpy(words[n], text, len);
		words[n++][len] = '\0';
		text += len;
		if (!*text)
			break;
	}
	*ret_n = n;
	return 0;
}

int oci_platform_parse(const char *text, struct oci_platform *ret, struct err *e)
{
	const char *os = "linux", *arch = architecture, *variant = NULL;
	struct oci_platform p = { NULL };
	char words[3][32];
	size_t n = 0, at = 0;

	if (split(text, words, &n) < 0)
		return err_set(e, ERR_INVALID, "platform '%.100s' is not os[/architecture[/variant]]", text);
	if (n > 1 || is_system(words[0]))
		os = words[at++];
	if (at < n)
		arch = words[at++];
	if (at < n)
		variant = words[at];
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (str_eq(arch, aliases[i].name)) {
			arch = aliases[i].architecture;
			variant = variant ? variant : aliases[i].variant;
			break;
		}
	p = (struct oci_platform){ strdup(os), strdup(arch), variant ? strdup(variant) : NULL };
	if (!p.os || !p.architecture || (variant && !p.variant)) {
		oci_platform_done(&p);
		return err_nomem(e);
	}
	*ret = p;
	return 0;
}

unsigned oci_platform_score(const struct oci_platform *wanted, const struct oci_platform *offered)
{
	unsigned want, have;

	if (!offered->os || !offered->architecture || !str_eq(offered->os, wanted->os) ||
	    !str_eq(offered->architecture, wanted->architecture))
		return 0;
	want = level(wanted->architecture, wanted->variant);
	have = level(wanted->architecture, offered->variant);
	return have > want ? 0 : 1 + have;
}

void oci_platform_print(const struct oci_platform *p, struct str *to)
{
	str_addf(to, "%s/%s", p->os ? p->os : "linux", p->architecture ? p->architecture : architecture);
	if (p->variant && p->variant[0])
		str_addf(to, "/%s", p->variant);
}

bool oci_platform_matches(const struct oci_platform *p)
{
	static char os[] = "linux";
	const struct oci_platform machine = { os, (char *)(uintptr_t)architecture, NULL };

	return oci_platform_score(&machine, p) > 0;
}
