/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The OCI runtime specification's config.json (1.0 to 1.3) as structs. oci_spec_table reads and writes it; a maker that
 * fills the structs by hand follows decode's rules: strings, vectors and optional objects are on the heap and
 * oci_spec_done releases them. Field names are the specification's in snake_case; sections are those of config.md and
 * config-linux.md. Unknown keys are ignored, as the specification demands.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/decode.h"

#define OCI_VERSION "1.3.0" /* of the specification that is implemented */

struct oci_id_map {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct oci_id_maps {
	struct oci_id_map *items;
	size_t n;
};

enum oci_namespace_type {
	OCI_NS_NONE, /* unset */
	OCI_NS_PID,
	OCI_NS_NETWORK,
	OCI_NS_MOUNT,
	OCI_NS_IPC,
	OCI_NS_UTS,
	OCI_NS_USER,
	OCI_NS_CGROUP,
	OCI_NS_TIME,
	OCI_NS_TYPES,
};

struct oci_namespace {
	int type;   /* enum oci_namespace_type */
	char *path; /* NULL: a new one */
};

struct oci_mount {
	char *destination;
	char *type;
	char *source;
	struct strv options;
	struct oci_id_maps uid_mappings, gid_mappings;
};

struct oci_user {
	uint32_t uid, gid;
	struct opt_u32 umask;
	struct { uint32_t *items; size_t n; } additional_gids;
};

struct oci_box { uint32_t height, width; };

struct oci_rlimit {
	char *type; /* RLIMIT_NOFILE, ... */
	uint64_t soft, hard;
};

struct oci_capabilities {
	struct strv bounding, effective, inheritable, permitted, ambient;
};

struct oci_scheduler {
	char *policy;
	int32_t nice, priority;
	struct strv flags;
	uint64_t runtime, deadline, period;
};

struct oci_io_priority {
	char *class;
	int32_t priority;
};

struct oci_cpu_affinity { char *initial, *final; };

struct oci_process {
	bool absent; /* no member of the document: an empty one in its place */
	bool terminal;
	struct oci_box *console_size;
	struct oci_user user;
	struct strv args;
	struct strv env;
	char *cwd;
	struct oci_capabilities *capabilities;
	struct { struct oci_rlimit *items; size_t n; } rlimits;
	bool no_new_privileges;
	char *apparmor_profile;
	struct opt_i64 oom_score_adj;
	char *selinux_label;
	struct oci_scheduler *scheduler;
	struct oci_io_priority *io_priority;
	struct oci_cpu_affinity *exec_cpu_affinity;
};

struct oci_device {
	char *path;
	char *type; /* c, b, u, p */
	int64_t major, minor;
	struct opt_u32 file_mode, uid, gid;
};

struct oci_device_rule {
	bool allow;
	char *type; /* a, c, b; NULL: a */
	struct opt_i64 major, minor; /* unset: any */
	char *access; /* rwm */
};

struct oci_memory {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct oci_cpu {
	struct opt_u64 shares, period, burst, realtime_period;
	struct opt_i64 quota, realtime_runtime, idle;
	char *cpus, *mems;
};

struct oci_pids { struct opt_i64 limit; };

struct oci_throttle { int64_t major, minor; uint64_t rate; };
struct oci_throttles { struct oci_throttle *items; size_t n; };
struct oci_weight { int64_t major, minor; struct opt_u32 weight, leaf_weight; };

struct oci_block_io {
	struct opt_u32 weight, leaf_weight;
	struct { struct oci_weight *items; size_t n; } weight_device;
	struct oci_throttles read_bps, write_bps, read_iops, write_iops;
};

struct oci_hugepage { char *page_size; uint64_t limit; };

struct oci_priority { char *name; uint32_t priority; };

struct oci_network {
	struct opt_u32 class_id;
	struct { struct oci_priority *items; size_t n; } priorities;
};

struct oci_rdma { char *device; struct opt_u32 hca_handles, hca_objects; };

struct oci_resources {
	struct { struct oci_device_rule *items; size_t n; } devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct { struct oci_hugepage *items; size_t n; } hugepage_limits;
	struct oci_network *network;
	struct { struct oci_rdma *items; size_t n; } rdma;
	struct strmap unified;
};

/* enable_cmt and enable_mbm are those of 1.1 and 1.2; since 1.3 monitoring is one thing. */
struct oci_intel_rdt {
	char *clos_id, *l3_cache_schema, *mem_bw_schema;
	struct strv schemata;
	bool enable_monitoring, enable_cmt, enable_mbm;
};

struct oci_seccomp_arg {
	uint32_t index;
	uint64_t value, value_two;
	char *op; /* SCMP_CMP_* */
};

struct oci_syscall {
	struct strv names;
	char *action;
	struct opt_u32 errno_ret;
	struct { struct oci_seccomp_arg *items; size_t n; } args;
};

struct oci_seccomp {
	char *default_action;
	struct opt_u32 default_errno_ret;
	struct strv architectures; /* SCMP_ARCH_* */
	struct strv flags;	   /* SECCOMP_FILTER_FLAG_* */
	char *listener_path, *listener_metadata;
	struct { struct oci_syscall *items; size_t n; } syscalls;
};

struct oci_net_device {
	char *host_name; /* the key */
	char *name;	 /* inside; NULL: the same */
};

struct oci_personality { char *domain; struct strv flags; };

struct oci_memory_policy {
	char *mode;  /* MPOL_BIND, ... */
	char *nodes; /* "0-3,7" */
	struct strv flags;
};

struct oci_time_offset { int64_t secs; uint32_t nanosecs; };
struct oci_time_offsets { struct oci_time_offset *monotonic, *boottime; };

struct oci_linux {
	struct oci_id_maps uid_mappings, gid_mappings;
	struct strmap sysctl;
	struct oci_resources *resources;
	char *cgroups_path;
	struct { struct oci_namespace *items; size_t n; } namespaces;
	struct { struct oci_device *items; size_t n; } devices;
	struct { struct oci_net_device *items; size_t n; } net_devices;
	struct oci_seccomp *seccomp;
	char *rootfs_propagation;
	struct strv masked_paths;
	struct strv readonly_paths;
	char *mount_label;
	struct oci_personality *personality;
	struct oci_memory_policy *memory_policy;
	struct oci_time_offsets *time_offsets;
	struct oci_intel_rdt *intel_rdt;
};

struct oci_root {
	char *path;
	bool readonly;
};

struct oci_hook {
	char *path;
	struct strv args, env;
	struct opt_i64 timeout; /* seconds */
};

struct oci_hook_list { struct oci_hook *items; size_t n; };

struct oci_hooks {
	struct oci_hook_list prestart, create_runtime, create_container, start_container, poststart, poststop;
};

struct oci_spec {
	char *oci_version;
	struct oci_root *root;
	struct { struct oci_mount *items; size_t n; } mounts;
	struct oci_process *process; /* may be absent until start */
	char *hostname, *domainname;
	struct oci_hooks *hooks;
	struct strmap annotations;
	struct oci_linux *linux_;
};

extern const struct decode_table oci_spec_table;
extern const struct decode_table oci_process_table; /* `exec --process` files */
extern const struct decode_table oci_resources_table;
extern const struct decode_table oci_seccomp_table; /* a profile by itself */

/* Reads config.json. Only the grammar is checked here; what the kernel needs is checked by runtime/validate. */
int oci_spec_parse(const char *bytes, size_t len, struct oci_spec *ret, struct err *e);
void oci_spec_done(struct oci_spec *spec);

/* The namespace of a type as the spec lists it, NULL if the container shares the runtime's. */
const struct oci_namespace *oci_spec_namespace(const struct oci_spec *spec, enum oci_namespace_type type);

/* The word for a type of namespace. */
const char *oci_namespace_name(enum oci_namespace_type type);

/* Does a config.json have the field? `path` is "linux.resources.rdma"; arrays and maps count as what they hold. */
bool oci_spec_has(const char *path);
