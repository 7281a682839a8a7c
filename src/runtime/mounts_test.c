/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

#include "base/own.h"
#include "base/test.h"
#include "runtime/annotations.h"

static void expect_option(const char *label, const char *kind, const char *wanted)
{
	struct oci_spec spec = { .oci_version = NULL };
	const struct container c = { .spec = &spec, .label = label };
	autostrv struct strv data = STRV_INIT;

	if (kind)
		assert_int_equal(strv_add(&spec.annotations.pairs, ANNOTATION_MOUNT_CONTEXT) < 0 ||
				 strv_add(&spec.annotations.pairs, kind) < 0, 0);
	assert_int_equal(mounts_add_label(&c, &data), 0);
	assert_int_equal(data.n, wanted ? 1 : 0);
	if (wanted)
		assert_string_equal(data.items[0], wanted);
	strv_done(&spec.annotations.pairs);
}

/* What SELinux makes of it is seen where there is SELinux. */
static void a_label_is_given_by_the_option_that_the_annotation_names(void **state)
{
	expect_option("u:r:t:s0", NULL, "context=u:r:t:s0");
	expect_option("u:r:t:s0", "rootcontext", "rootcontext=u:r:t:s0");
	expect_option(NULL, "fscontext", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_is_given_by_the_option_that_the_annotation_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
