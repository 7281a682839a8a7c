/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* certs.d: what a host's certificate is checked against and what it is shown, as texts; the worker reads them. */

#include "formats/worker_msg.h"

/* `cert_dir` NULL: HOST below ~/.config/containers/certs.d, /etc/containers/certs.d and /etc/docker/certs.d. Every *.crt is an
 * authority; NAME.cert and NAME.key are shown to the server. 1 when there is anything, 0, -1. */
int certs_read(const char *cert_dir, const char *host, struct worker_endpoint *to, struct err *e);
