/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Options of every command that speaks to a registry, in Podman's words. */

#include "base/opt.h"
#include "image/image.h"

struct remote_options {
	struct opt_bool tls_verify;
	struct opt_u32 retry;
	char *retry_delay, *cert_dir, *authfile;
};

#define REMOTE_OPTIONS(owner, member)                                                                                      \
	OPT(owner, member.authfile, "authfile", 0, text, "Path of the file with the logins", .word = "path"),                \
	OPT(owner, member.cert_dir, "cert-dir", 0, text, "Directory of certificates instead of certs.d/HOST", .word = "path"), \
	OPT(owner, member.retry, "retry", 0, uint, "Number of times to try again when a transfer fails (default 4)"),        \
	OPT(owner, member.retry_delay, "retry-delay", 0, text,                                                               \
	    "Time before the first try again, doubled each time (default 500ms)", .word = "duration"),                      \
	OPT(owner, member.tls_verify, "tls-verify", 0, given, "Require HTTPS and verify certificates")

/* Borrows from the options. */
struct image_remote remote_of(const struct remote_options *options);
void remote_done(struct remote_options *options);
