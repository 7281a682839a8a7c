/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

/*
 * The decode tables of config.json, leaves first. A row is all there is to say about a field; the order of rows is the
 * order in which the field is written.
 */

#include <stddef.h>
#include <string.h>

#define ROW(type, ...) DECODE_ROW(struct type, __VA_ARGS__)

PRIVATE_TABLE(oci_id_map_table, struct oci_id_map,
	ROW(oci_id_map, "containerID", container_id, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW(oci_id_map, "hostID", host_id, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW(oci_id_map, "size", size, DECODE_U32, .flags = DECODE_REQUIRED));

static const char *const namespace_words[] = {
	[OCI_NS_NONE] = "",	[OCI_NS_PID] = "pid",	[OCI_NS_NETWORK] = "network", [OCI_NS_MOUNT] = "mount",
	[OCI_NS_IPC] = "ipc",	[OCI_NS_UTS] = "uts",	[OCI_NS_USER] = "user",	      [OCI_NS_CGROUP] = "cgroup",
	[OCI_NS_TIME] = "time", [OCI_NS_TYPES] = NULL,
};

PRIVATE_TABLE(oci_namespace_table, struct oci_namespace,
	ROW(oci_namespace, "type", type, DECODE_ENUM, .flags = DECODE_REQUIRED, .words = namespace_words),
	ROW(oci_namespace, "path", path, DECODE_STRING));

PRIVATE_TABLE(oci_mount_table, struct oci_mount,
	ROW(oci_mount, "destination", destination, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_mount, "type", type, DECODE_STRING),
	ROW(oci_mount, "source", source, DECODE_STRING),
	ROW(oci_mount, "options", options, DECODE_STRV),
	ROW(oci_mount, "uidMappings", uid_mappings, DECODE_ARRAY, .table = &oci_id_map_table),
	ROW(oci_mount, "gidMappings", gid_mappings, DECODE_ARRAY, .table = &oci_id_map_table));

static int gid_wrong(const struct json *value, size_t i, struct err *e)
{
	autostr struct str text = STR_INIT;

	json_print(value, &text);
	return err_set(e, ERR_INVALID, "[%zu]: '%.100s' is not an unsigned 32-bit integer", i, str_text(&text));
}

/* additionalGids is the one array of numbers in the document. */
static int gids_decode(const struct json *value, void *field, struct err *e)
{
	struct { uint32_t *items; size_t n; } *gids = field;

	if (json_kind(value) != JSON_ARRAY)
		return decode_wrong(value, "an array of integers", e);
	for (size_t i = 0; i < json_array_len(value); i++) {
		const struct json *item = json_array_at(value, i);
		uint32_t *gid;
		uint64_t n;

		if (json_u64(item, &n) < 0 || n > UINT32_MAX)
			return gid_wrong(item, i, e);
		gid = vec_add(gids);
		if (!gid)
			return err_nomem(e);
		*gid = (uint32_t)n;
	}
	return 0;
}

static void gids_encode(struct json_writer *w, const char *key, const void *field)
{
	const struct { uint32_t *items; size_t n; } *gids = field;

	if (gids->n == 0)
		return;
	json_array_begin(w, key);
	for (size_t i = 0; i < gids->n; i++)
		json_add_u64(w, NULL, gids->items[i]);
	json_array_end(w);
}

static void gids_done(void *field)
{
	free(*(uint32_t **)field);
}

static const struct decode_custom gids = { gids_decode, gids_encode, gids_done };

PRIVATE_TABLE(oci_user_table, struct oci_user,
	ROW(oci_user, "uid", uid, DECODE_U32, .flags = DECODE_ALWAYS),
	ROW(oci_user, "gid", gid, DECODE_U32, .flags = DECODE_ALWAYS),
	ROW(oci_user, "umask", umask, DECODE_OPT_U32),
	ROW(oci_user, "additionalGids", additional_gids, DECODE_CUSTOM, .custom = &gids));

PRIVATE_TABLE(oci_box_table, struct oci_box,
	ROW(oci_box, "height", height, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW(oci_box, "width", width, DECODE_U32, .flags = DECODE_REQUIRED));

PRIVATE_TABLE(oci_rlimit_table, struct oci_rlimit,
	ROW(oci_rlimit, "type", type, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_rlimit, "soft", soft, DECODE_U64, .flags = DECODE_REQUIRED),
	ROW(oci_rlimit, "hard", hard, DECODE_U64, .flags = DECODE_REQUIRED));

PRIVATE_TABLE(oci_capabilities_table, struct oci_capabilities,
	ROW(oci_capabilities, "bounding", bounding, DECODE_STRV),
	ROW(oci_capabilities, "effective", effective, DECODE_STRV),
	ROW(oci_capabilities, "inheritable", inheritable, DECODE_STRV),
	ROW(oci_capabilities, "permitted", permitted, DECODE_STRV),
	ROW(oci_capabilities, "ambient", ambient, DECODE_STRV));

PRIVATE_TABLE(oci_scheduler_table, struct oci_scheduler,
	ROW(oci_scheduler, "policy", policy, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_scheduler, "nice", nice, DECODE_I32),
	ROW(oci_scheduler, "priority", priority, DECODE_I32),
	ROW(oci_scheduler, "flags", flags, DECODE_STRV),
	ROW(oci_scheduler, "runtime", runtime, DECODE_U64),
	ROW(oci_scheduler, "deadline", deadline, DECODE_U64),
	ROW(oci_scheduler, "period", period, DECODE_U64));

PRIVATE_TABLE(oci_io_priority_table, struct oci_io_priority,
	ROW(oci_io_priority, "class", class, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_io_priority, "priority", priority, DECODE_I32, .flags = DECODE_REQUIRED));

PRIVATE_TABLE(oci_cpu_affinity_table, struct oci_cpu_affinity,
	ROW(oci_cpu_affinity, "initial", initial, DECODE_STRING),
	ROW(oci_cpu_affinity, "final", final, DECODE_STRING));

DECODE_TABLE(oci_process_table, struct oci_process,
	ROW(oci_process, "terminal", terminal, DECODE_BOOL),
	ROW(oci_process, "consoleSize", console_size, DECODE_OBJECT_PTR, .table = &oci_box_table),
	ROW(oci_process, "user", user, DECODE_OBJECT, .flags = DECODE_ALWAYS, .table = &oci_user_table),
	ROW(oci_process, "args", args, DECODE_STRV),
	ROW(oci_process, "env", env, DECODE_STRV),
	ROW(oci_process, "cwd", cwd, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_process, "capabilities", capabilities, DECODE_OBJECT_PTR, .table = &oci_capabilities_table),
	ROW(oci_process, "rlimits", rlimits, DECODE_ARRAY, .table = &oci_rlimit_table),
	ROW(oci_process, "noNewPrivileges", no_new_privileges, DECODE_BOOL),
	ROW(oci_process, "apparmorProfile", apparmor_profile, DECODE_STRING),
	ROW(oci_process, "oomScoreAdj", oom_score_adj, DECODE_OPT_I64),
	ROW(oci_process, "selinuxLabel", selinux_label, DECODE_STRING),
	ROW(oci_process, "scheduler", scheduler, DECODE_OBJECT_PTR, .table = &oci_scheduler_table),
	ROW(oci_process, "ioPriority", io_priority, DECODE_OBJECT_PTR, .table = &oci_io_priority_table),
	ROW(oci_process, "execCPUAffinity", exec_cpu_affinity, DECODE_OBJECT_PTR, .table = &oci_cpu_affinity_table));

PRIVATE_TABLE(oci_device_table, struct oci_device,
	ROW(oci_device, "path", path, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_device, "type", type, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_device, "major", major, DECODE_I64),
	ROW(oci_device, "minor", minor, DECODE_I64),
	ROW(oci_device, "fileMode", file_mode, DECODE_OPT_U32),
	ROW(oci_device, "uid", uid, DECODE_OPT_U32),
	ROW(oci_device, "gid", gid, DECODE_OPT_U32));

PRIVATE_TABLE(oci_device_rule_table, struct oci_device_rule,
	ROW(oci_device_rule, "allow", allow, DECODE_BOOL, .flags = DECODE_ALWAYS),
	ROW(oci_device_rule, "type", type, DECODE_STRING),
	ROW(oci_device_rule, "major", major, DECODE_OPT_I64),
	ROW(oci_device_rule, "minor", minor, DECODE_OPT_I64),
	ROW(oci_device_rule, "access", access, DECODE_STRING));

PRIVATE_TABLE(oci_memory_table, struct oci_memory,
	ROW(oci_memory, "limit", limit, DECODE_OPT_I64),
	ROW(oci_memory, "reservation", reservation, DECODE_OPT_I64),
	ROW(oci_memory, "swap", swap, DECODE_OPT_I64),
	ROW(oci_memory, "kernel", kernel, DECODE_OPT_I64),
	ROW(oci_memory, "kernelTCP", kernel_tcp, DECODE_OPT_I64),
	ROW(oci_memory, "swappiness", swappiness, DECODE_OPT_U64),
	ROW(oci_memory, "disableOOMKiller", disable_oom_killer, DECODE_OPT_BOOL),
	ROW(oci_memory, "useHierarchy", use_hierarchy, DECODE_OPT_BOOL),
	ROW(oci_memory, "checkBeforeUpdate", check_before_update, DECODE_OPT_BOOL));

PRIVATE_TABLE(oci_cpu_table, struct oci_cpu,
	ROW(oci_cpu, "shares", shares, DECODE_OPT_U64),
	ROW(oci_cpu, "quota", quota, DECODE_OPT_I64),
	ROW(oci_cpu, "period", period, DECODE_OPT_U64),
	ROW(oci_cpu, "burst", burst, DECODE_OPT_U64),
	ROW(oci_cpu, "realtimeRuntime", realtime_runtime, DECODE_OPT_I64),
	ROW(oci_cpu, "realtimePeriod", realtime_period, DECODE_OPT_U64),
	ROW(oci_cpu, "idle", idle, DECODE_OPT_I64),
	ROW(oci_cpu, "cpus", cpus, DECODE_STRING),
	ROW(oci_cpu, "mems", mems, DECODE_STRING));

PRIVATE_TABLE(oci_pids_table, struct oci_pids,
	ROW(oci_pids, "limit", limit, DECODE_OPT_I64));

PRIVATE_TABLE(oci_throttle_table, struct oci_throttle,
	ROW(oci_throttle, "major", major, DECODE_I64, .flags = DECODE_ALWAYS),
	ROW(oci_throttle, "minor", minor, DECODE_I64, .flags = DECODE_ALWAYS),
	ROW(oci_throttle, "rate", rate, DECODE_U64, .flags = DECODE_ALWAYS));

PRIVATE_TABLE(oci_weight_table, struct oci_weight,
	ROW(oci_weight, "major", major, DECODE_I64, .flags = DECODE_ALWAYS),
	ROW(oci_weight, "minor", minor, DECODE_I64, .flags = DECODE_ALWAYS),
	ROW(oci_weight, "weight", weight, DECODE_OPT_U32),
	ROW(oci_weight, "leafWeight", leaf_weight, DECODE_OPT_U32));

PRIVATE_TABLE(oci_block_io_table, struct oci_block_io,
	ROW(oci_block_io, "weight", weight, DECODE_OPT_U32),
	ROW(oci_block_io, "leafWeight", leaf_weight, DECODE_OPT_U32),
	ROW(oci_block_io, "weightDevice", weight_device, DECODE_ARRAY, .table = &oci_weight_table),
	ROW(oci_block_io, "throttleReadBpsDevice", read_bps.items, DECODE_ARRAY, .table = &oci_throttle_table),
	ROW(oci_block_io, "throttleWriteBpsDevice", write_bps.items, DECODE_ARRAY, .table = &oci_throttle_table),
	ROW(oci_block_io, "throttleReadIOPSDevice", read_iops.items, DECODE_ARRAY, .table = &oci_throttle_table),
	ROW(oci_block_io, "throttleWriteIOPSDevice", write_iops.items, DECODE_ARRAY, .table = &oci_throttle_table));

PRIVATE_TABLE(oci_hugepage_table, struct oci_hugepage,
	ROW(oci_hugepage, "pageSize", page_size, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_hugepage, "limit", limit, DECODE_U64, .flags = DECODE_REQUIRED));

PRIVATE_TABLE(oci_priority_table, struct oci_priority,
	ROW(oci_priority, "name", name, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_priority, "priority", priority, DECODE_U32, .flags = DECODE_REQUIRED));

PRIVATE_TABLE(oci_network_table, struct oci_network,
	ROW(oci_network, "classID", class_id, DECODE_OPT_U32),
	ROW(oci_network, "priorities", priorities, DECODE_ARRAY, .table = &oci_priority_table));

PRIVATE_TABLE(oci_rdma_table, struct oci_rdma,
	ROW(oci_rdma, "hcaHandles", hca_handles, DECODE_OPT_U32),
	ROW(oci_rdma, "hcaObjects", hca_objects, DECODE_OPT_U32));

DECODE_TABLE(oci_resources_table, struct oci_resources,
	ROW(oci_resources, "devices", devices, DECODE_ARRAY, .table = &oci_device_rule_table),
	ROW(oci_resources, "memory", memory, DECODE_OBJECT_PTR, .table = &oci_memory_table),
	ROW(oci_resources, "cpu", cpu, DECODE_OBJECT_PTR, .table = &oci_cpu_table),
	ROW(oci_resources, "pids", pids, DECODE_OBJECT_PTR, .table = &oci_pids_table),
	ROW(oci_resources, "blockIO", block_io, DECODE_OBJECT_PTR, .table = &oci_block_io_table),
	ROW(oci_resources, "hugepageLimits", hugepage_limits, DECODE_ARRAY, .table = &oci_hugepage_table),
	ROW(oci_resources, "network", network, DECODE_OBJECT_PTR, .table = &oci_network_table),
	ROW(oci_resources, "rdma", rdma, DECODE_MAP, .table = &oci_rdma_table),
	ROW(oci_resources, "unified", unified, DECODE_STRMAP));

PRIVATE_TABLE(oci_intel_rdt_table, struct oci_intel_rdt,
	ROW(oci_intel_rdt, "closID", clos_id, DECODE_STRING),
	ROW(oci_intel_rdt, "l3CacheSchema", l3_cache_schema, DECODE_STRING),
	ROW(oci_intel_rdt, "memBwSchema", mem_bw_schema, DECODE_STRING),
	ROW(oci_intel_rdt, "schemata", schemata, DECODE_STRV),
	ROW(oci_intel_rdt, "enableMonitoring", enable_monitoring, DECODE_BOOL),
	ROW(oci_intel_rdt, "enableCMT", enable_cmt, DECODE_BOOL),
	ROW(oci_intel_rdt, "enableMBM", enable_mbm, DECODE_BOOL));

PRIVATE_TABLE(oci_seccomp_arg_table, struct oci_seccomp_arg,
	ROW(oci_seccomp_arg, "index", index, DECODE_U32, .flags = DECODE_REQUIRED),
	ROW(oci_seccomp_arg, "value", value, DECODE_U64, .flags = DECODE_REQUIRED),
	ROW(oci_seccomp_arg, "valueTwo", value_two, DECODE_U64),
	ROW(oci_seccomp_arg, "op", op, DECODE_STRING, .flags = DECODE_REQUIRED));

PRIVATE_TABLE(oci_syscall_table, struct oci_syscall,
	ROW(oci_syscall, "names", names, DECODE_STRV, .flags = DECODE_REQUIRED),
	ROW(oci_syscall, "action", action, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_syscall, "errnoRet", errno_ret, DECODE_OPT_U32),
	ROW(oci_syscall, "args", args, DECODE_ARRAY, .table = &oci_seccomp_arg_table));

DECODE_TABLE(oci_seccomp_table, struct oci_seccomp,
	ROW(oci_seccomp, "defaultAction", default_action, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_seccomp, "defaultErrnoRet", default_errno_ret, DECODE_OPT_U32),
	ROW(oci_seccomp, "architectures", architectures, DECODE_STRV),
	ROW(oci_seccomp, "flags", flags, DECODE_STRV),
	ROW(oci_seccomp, "listenerPath", listener_path, DECODE_STRING),
	ROW(oci_seccomp, "listenerMetadata", listener_metadata, DECODE_STRING),
	ROW(oci_seccomp, "syscalls", syscalls, DECODE_ARRAY, .table = &oci_syscall_table));

PRIVATE_TABLE(oci_net_device_table, struct oci_net_device,
	ROW(oci_net_device, "name", name, DECODE_STRING));

PRIVATE_TABLE(oci_personality_table, struct oci_personality,
	ROW(oci_personality, "domain", domain, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_personality, "flags", flags, DECODE_STRV));

PRIVATE_TABLE(oci_memory_policy_table, struct oci_memory_policy,
	ROW(oci_memory_policy, "mode", mode, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_memory_policy, "nodes", nodes, DECODE_STRING),
	ROW(oci_memory_policy, "flags", flags, DECODE_STRV));

PRIVATE_TABLE(oci_time_offset_table, struct oci_time_offset,
	ROW(oci_time_offset, "secs", secs, DECODE_I64),
	ROW(oci_time_offset, "nanosecs", nanosecs, DECODE_U32));

PRIVATE_TABLE(oci_time_offsets_table, struct oci_time_offsets,
	ROW(oci_time_offsets, "monotonic", monotonic, DECODE_OBJECT_PTR, .table = &oci_time_offset_table),
	ROW(oci_time_offsets, "boottime", boottime, DECODE_OBJECT_PTR, .table = &oci_time_offset_table));

PRIVATE_TABLE(oci_linux_table, struct oci_linux,
	ROW(oci_linux, "uidMappings", uid_mappings, DECODE_ARRAY, .table = &oci_id_map_table),
	ROW(oci_linux, "gidMappings", gid_mappings, DECODE_ARRAY, .table = &oci_id_map_table),
	ROW(oci_linux, "sysctl", sysctl, DECODE_STRMAP),
	ROW(oci_linux, "resources", resources, DECODE_OBJECT_PTR, .table = &oci_resources_table),
	ROW(oci_linux, "cgroupsPath", cgroups_path, DECODE_STRING),
	ROW(oci_linux, "namespaces", namespaces, DECODE_ARRAY, .table = &oci_namespace_table),
	ROW(oci_linux, "devices", devices, DECODE_ARRAY, .table = &oci_device_table),
	ROW(oci_linux, "netDevices", net_devices, DECODE_MAP, .table = &oci_net_device_table),
	ROW(oci_linux, "seccomp", seccomp, DECODE_OBJECT_PTR, .table = &oci_seccomp_table),
	ROW(oci_linux, "rootfsPropagation", rootfs_propagation, DECODE_STRING),
	ROW(oci_linux, "maskedPaths", masked_paths, DECODE_STRV),
	ROW(oci_linux, "readonlyPaths", readonly_paths, DECODE_STRV),
	ROW(oci_linux, "mountLabel", mount_label, DECODE_STRING),
	ROW(oci_linux, "personality", personality, DECODE_OBJECT_PTR, .table = &oci_personality_table),
	ROW(oci_linux, "memoryPolicy", memory_policy, DECODE_OBJECT_PTR, .table = &oci_memory_policy_table),
	ROW(oci_linux, "timeOffsets", time_offsets, DECODE_OBJECT_PTR, .table = &oci_time_offsets_table),
	ROW(oci_linux, "intelRdt", intel_rdt, DECODE_OBJECT_PTR, .table = &oci_intel_rdt_table));

PRIVATE_TABLE(oci_root_table, struct oci_root,
	ROW(oci_root, "path", path, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_root, "readonly", readonly, DECODE_BOOL));

PRIVATE_TABLE(oci_hook_table, struct oci_hook,
	ROW(oci_hook, "path", path, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_hook, "args", args, DECODE_STRV),
	ROW(oci_hook, "env", env, DECODE_STRV),
	ROW(oci_hook, "timeout", timeout, DECODE_OPT_I64));

PRIVATE_TABLE(oci_hooks_table, struct oci_hooks,
	ROW(oci_hooks, "prestart", prestart.items, DECODE_ARRAY, .table = &oci_hook_table),
	ROW(oci_hooks, "createRuntime", create_runtime.items, DECODE_ARRAY, .table = &oci_hook_table),
	ROW(oci_hooks, "createContainer", create_container.items, DECODE_ARRAY, .table = &oci_hook_table),
	ROW(oci_hooks, "startContainer", start_container.items, DECODE_ARRAY, .table = &oci_hook_table),
	ROW(oci_hooks, "poststart", poststart.items, DECODE_ARRAY, .table = &oci_hook_table),
	ROW(oci_hooks, "poststop", poststop.items, DECODE_ARRAY, .table = &oci_hook_table));

DECODE_TABLE(oci_spec_table, struct oci_spec,
	ROW(oci_spec, "ociVersion", oci_version, DECODE_STRING, .flags = DECODE_REQUIRED),
	ROW(oci_spec, "root", root, DECODE_OBJECT_PTR, .table = &oci_root_table),
	ROW(oci_spec, "mounts", mounts, DECODE_ARRAY, .table = &oci_mount_table),
	ROW(oci_spec, "process", process, DECODE_OBJECT_PTR, .table = &oci_process_table),
	ROW(oci_spec, "hostname", hostname, DECODE_STRING),
	ROW(oci_spec, "domainname", domainname, DECODE_STRING),
	ROW(oci_spec, "hooks", hooks, DECODE_OBJECT_PTR, .table = &oci_hooks_table),
	ROW(oci_spec, "annotations", annotations, DECODE_STRMAP),
	ROW(oci_spec, "linux", linux_, DECODE_OBJECT_PTR, .table = &oci_linux_table));

int oci_spec_parse(const char *bytes, size_t len, struct oci_spec *ret, struct err *e)
{
	struct oci_spec spec;

	if (decode_text(&oci_spec_table, bytes, len, &spec, e) < 0)
		return -1;
	*ret = spec;
	return 0;
}

void oci_spec_done(struct oci_spec *spec)
{
	decode_done(&oci_spec_table, spec);
}

const struct oci_namespace *oci_spec_namespace(const struct oci_spec *spec, enum oci_namespace_type type)
{
	for (size_t i = 0; spec->linux_ && i < spec->linux_->namespaces.n; i++)
		if (spec->linux_->namespaces.items[i].type == (int)type)
			return &spec->linux_->namespaces.items[i];
	return NULL;
}

const char *oci_namespace_name(enum oci_namespace_type type)
{
	return namespace_words[type];
}

static const struct decode_field *find_field(const struct decode_table *t, const char *name, size_t len)
{
	for (size_t i = 0; t && i < t->n; i++)
		if (strncmp(t->fields[i].name, name, len) == 0 && !t->fields[i].name[len])
			return &t->fields[i];
	return NULL;
}

bool oci_spec_has(const char *path)
{
	const struct decode_table *t = &oci_spec_table;
	const struct decode_field *f;

	for (;;) {
		size_t len = strcspn(path, ".");

		f = find_field(t, path, len);
		if (!f || !path[len])
			return f != NULL;
		t = f->table;
		path += len + 1;
	}
}
