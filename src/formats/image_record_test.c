/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/image_record.h"

#include <string.h>

#include "base/test.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define RECORD(version, id, layer, more)                                                                \
	"{\"version\":" version ",\"id\":\"" id "\",\"manifest\":\"" B "\",\"manifestType\":\"t\","     \
	"\"manifestSize\":3,\"layers\":[\"" layer "\"],\"blobs\":[\"" A "\",\"" B "\"]" more "}"

static void a_record_prints_and_parses_to_itself(void **state)
{
	static const char text[] = RECORD("1", A, C, ",\"layerBlobs\":[\"" A "\"],\"history\":[{\"createdBy\":\"sh\",\"emptyLayer\":true}],\"size\":12,\"greatestId\":65534");
	autostr struct str printed = STR_INIT;
	struct image_record record;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(image_record_parse(text, strlen(text), &record, &e), 0);
	assert_int_equal(record.greatest_id, 65534);
	image_record_print(&record, &printed);
	assert_string_equal(str_text(&printed), text);
	image_record_done(&record);
}

static void what_would_become_a_bad_file_name_is_refused(void **state)
{
	static const char *const bad[] = {
		RECORD("2", A, C, ""), RECORD("1", "sha256:../../etc/passwd", C, ""), RECORD("1", A, "sha256:", ""),
		RECORD("1", C, A, ""), /* the config is not among the blobs */
		RECORD("1", A, C, ",\"unknown\":1"),
	};
	struct image_record record;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(image_record_parse(bad[i], strlen(bad[i]), &record, &e), -1);
		assert_true(str_starts(e.text, "image record"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_prints_and_parses_to_itself),
		cmocka_unit_test(what_would_become_a_bad_file_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
