/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/path.h"
#include "formats/launch.h"

static const char minimal[] =
	"{\"version\":1,\"id\":\"a\",\"container_dir\":\"/c\",\"run_root\":\"/r\",\"spec\":{\"ociVersion\":\"1.0.2\"},"
	"\"rootfs\":{\"layers\":[\"/l\"],\"state\":\"/s\"},\"slot\":7%s}";

static int directory(void)
{
	char name[] = "/tmp/lighter-launch-XXXXXX";
	int fd;

	assert_non_null(mkdtemp(name));
	fd = path_open(AT_FDCWD, name, PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	assert_true(fd >= 0);
	return fd;
}

static void remove_directory(int fd)
{
	char link[PATH_FD_LEN], name[256] = "";

	(void)unlinkat(fd, LAUNCH_FILE, 0);
	assert_true(readlink(path_of_fd(fd, link), name, sizeof(name) - 1) > 0);
	assert_int_equal(rmdir(name), 0);
	(void)close(fd);
}

static void write_text(int dir, const char *extra)
{
	autofree char *text = str_format(minimal, extra);
	autofd int fd = path_open(dir, LAUNCH_FILE, PATH_OWN, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void record_is_read_back_as_written(void **state)
{
	struct launch first, second;
	struct err e = ERR_INIT;
	int dir = directory();

	write_text(dir, ",\"remove\":true,\"log\":{\"path\":\"/x\",\"max_size\":9000000000,\"max_files\":3}");
	assert_int_equal(launch_read(dir, &first, &e), 0);
	assert_int_equal(launch_write(dir, &first, &e), 0);
	assert_int_equal(launch_read(dir, &second, &e), 0);
	assert_int_equal(second.slot, 7);
	assert_true(second.remove);
	assert_true(second.log.max_size == 9000000000U);
	assert_string_equal(second.rootfs.layers.items[0], "/l");
	assert_string_equal(second.spec.oci_version, "1.0.2");
	launch_done(&first);
	launch_done(&second);
	remove_directory(dir);
}

static void unknown_key_is_an_error_that_names_it(void **state)
{
	struct launch launch;
	struct err e = ERR_INIT;
	int dir = directory();

	write_text(dir, ",\"surprise\":1");
	assert_int_equal(launch_read(dir, &launch, &e), -1);
	assert_non_null(strstr(e.text, "launch.json"));
	assert_non_null(strstr(e.text, "surprise"));
	remove_directory(dir);
}

static void relative_directory_is_an_error(void **state)
{
	struct launch launch;
	struct err e = ERR_INIT;
	int dir = directory();

	write_text(dir, ",\"container_dir\":\"c\"");
	assert_int_equal(launch_read(dir, &launch, &e), -1);
	assert_int_equal(e.code, ERR_INVALID);
	remove_directory(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_is_read_back_as_written),
		cmocka_unit_test(unknown_key_is_an_error_that_names_it),
		cmocka_unit_test(relative_directory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
