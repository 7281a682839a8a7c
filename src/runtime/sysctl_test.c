/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sysctl.h"

#include "base/own.h"
#include "base/str.h"
#include "base/test.h"

#define ALL "{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"user\"}"

/* What is said of one key in a container with these namespaces, "" if it is allowed. */
static void expect(const char *namespaces, const char *key, const char *wanted)
{
	autofree char *text = str_format("{\"ociVersion\":\"1.0.0\",\"linux\":{\"namespaces\":[%s],\"sysctl\":{\"%s\":\"1\"}}}",
					 namespaces, key);
	struct err e = ERR_INIT;
	struct oci_spec spec;

	assert_int_equal(oci_spec_parse(text, strlen(text), &spec, NULL), 0);
	assert_int_equal(sysctl_check(&spec, &e), wanted[0] ? -1 : 0);
	oci_spec_done(&spec);
	if (!strstr(e.text, wanted))
		fail_msg("%s: said '%s', wanted '%s'", key, e.text, wanted);
}

static void what_a_namespace_of_its_own_holds_is_allowed(void **state)
{
	static const char *const keys[] = {
		"net.ipv4.ip_forward", "net/ipv4/ip_forward", "net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding",
		"fs.mqueue.msg_max", "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
		"kernel.shmmni", "kernel.shm_rmid_forced", "kernel/sem", "kernel.domainname", "user.max_user_namespaces",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		expect(ALL, keys[i], "");
}

static void what_the_host_holds_is_refused(void **state)
{
	static const struct { const char *namespaces, *key, *wanted; } rows[] = {
		{ "", "net.ipv4.ip_forward", "not allowed in the host's network namespace" },
		{ "{\"type\":\"network\",\"path\":\"/proc/self/ns/net\"}", "net.ipv4.ip_forward", "in the host's network namespace" },
		{ "{\"type\":\"network\"}", "kernel.sem", "in the host's ipc namespace" },
		{ "{\"type\":\"ipc\",\"path\":\"/proc/thread-self/ns/ipc\"}", "fs.mqueue.msg_max", "in the host's ipc namespace" },
		{ "{\"type\":\"ipc\"}", "kernel.domainname", "in the host's uts namespace" },
		{ "{\"type\":\"ipc\"}", "user.max_user_namespaces", "in the host's user namespace" },
		{ ALL, "kernel.hostname", "conflicts with the field hostname" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect(rows[i].namespaces, rows[i].key, rows[i].wanted);
}

static void all_else_is_refused(void **state)
{
	static const char *const keys[] = { "vm.swappiness", "kernel.core_pattern", "kernel.semx", "kernel.se", "kernel.msg",
					    "kernel.shm_next_id", "fs.mqueue", "fs.file-max", "netx.a", "net", "kernel", "usr.x" };
	static const char *const paths[] = { "", ".", "/", "net/../vm/swappiness", "net//x", "/net/x", "net/x/", "net.", "net/./x",
					     "net/..", ".net.x", "net.//.vm" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		expect(ALL, keys[i], "is not in a separate kernel namespace");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		expect(ALL, paths[i], "is not a key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_namespace_of_its_own_holds_is_allowed),
		cmocka_unit_test(what_the_host_holds_is_refused),
		cmocka_unit_test(all_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
