/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <string.h>

#include "base/test.h"

static const char document[] =
	"{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
	"\"process\":{\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":80},"
	"\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[5,6]},\"args\":[\"sh\"],\"cwd\":\"/\","
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\"]},\"oomScoreAdj\":0},"
	"\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/proc/1/ns/net\"}],"
	"\"resources\":{\"pids\":{\"limit\":10},\"memory\":{\"limit\":-1}},"
	"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"clone\"],"
	"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":18446744073709551615,"
	"\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}},\"unknown\":{}}";

static void a_spec_is_read(void **state)
{
	struct oci_spec spec;
	struct err e = ERR_INIT;

	assert_int_equal(oci_spec_parse(document, strlen(document), &spec, &e), 0);
	assert_int_equal(spec.process->user.additional_gids.n, 2);
	assert_int_equal(spec.process->user.additional_gids.items[1], 6);
	assert_true(spec.process->oom_score_adj.set);
	assert_null(oci_spec_namespace(&spec, OCI_NS_PID)->path);
	assert_string_equal(oci_spec_namespace(&spec, OCI_NS_NETWORK)->path, "/proc/1/ns/net");
	assert_null(oci_spec_namespace(&spec, OCI_NS_USER));
	assert_int_equal(spec.linux_->resources->memory->limit.value, -1);
	assert_true(spec.linux_->seccomp->syscalls.items[0].args.items[0].value == UINT64_MAX);
	oci_spec_done(&spec);
}

static void a_wrong_field_is_named(void **state)
{
	static const struct { const char *text, *error; } cases[] = {
		{ "{}", "ociVersion: missing" },
		{ "{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":[{\"type\":\"moon\"}]}}",
		  "linux.namespaces[0].type: 'moon' is not known" },
		{ "{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":4294967296}}}",
		  "process.user.uid: '4294967296' is out of range for an unsigned 32-bit integer" },
		{ "{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":[-1]}}}",
		  "process.user.additionalGids[0]: '-1' is not an unsigned 32-bit integer" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct oci_spec spec;
		struct err e = ERR_INIT;

		assert_int_equal(oci_spec_parse(cases[i].text, strlen(cases[i].text), &spec, &e), -1);
		assert_string_equal(e.text, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spec_is_read),
		cmocka_unit_test(a_wrong_field_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
