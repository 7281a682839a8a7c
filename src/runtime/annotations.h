/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Annotations of config.json that change what the runtime does: crun's run.oci.*, which Podman passes on. One of crun's
 * that we do not do is refused by its name, because it asks for something: to run without it could be to run with less
 * protection. All other annotations are data (config.md, "Annotations").
 */

#include "oci/spec.h"

/* The listener's socket where linux.seccomp names none. */
#define ANNOTATION_SECCOMP_RECEIVER "run.oci.seccomp.receiver"
/* What a rule of linux.seccomp calls a system call must be one. */
#define ANNOTATION_SECCOMP_STRICT "run.oci.seccomp_fail_unknown_syscall"
/* Supplementary groups are the caller's (`podman run --group-add keep-groups`). */
#define ANNOTATION_KEEP_GROUPS "run.oci.keep_original_groups"
/* A socket that is sent a pidfd of the first process. */
#define ANNOTATION_PIDFD_RECEIVER "run.oci.pidfd_receiver"
/* Files that the output of hooks is appended to. */
#define ANNOTATION_HOOKS_STDOUT "run.oci.hooks.stdout"
#define ANNOTATION_HOOKS_STDERR "run.oci.hooks.stderr"
/* A group below the container's that its processes live in. */
#define ANNOTATION_DELEGATE_CGROUP "run.oci.delegate-cgroup"
/* The mount of type cgroup that shows nothing but the v1 hierarchy of an old systemd. */
#define ANNOTATION_SYSTEMD_V1 "run.oci.systemd.force_cgroup_v1"
/* The option that linux.mountLabel is given to a file system by. */
#define ANNOTATION_MOUNT_CONTEXT "run.oci.mount_context_type"

/* Its value; NULL: there is none. */
const char *annotation_get(const struct oci_spec *spec, const char *name);

/* A switch: there, and not "0". */
bool annotation_is_on(const struct oci_spec *spec, const char *name);

/* Before anything is made: values that mean nothing, and what is refused. */
int annotations_check(const struct oci_spec *spec, struct err *e);
