/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is known of a registry before it is spoken to. As in Docker, a registry on this machine may speak http, and any
 * certificate will do for it unless certs.d or --tls-verify say otherwise. Proxies are those of the environment, except
 * for this machine.
 */

#include "image/endpoint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "image/certs.h"
#include "image/credential.h"
#include "image/registries.h"
#include "oci/ref.h"

enum { STALL_SECONDS = 30, TRIES = 5, DELAY_MS = 500 };

static bool is_loopback(const char *host)
{
	size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

	if (len == 9 && strncmp(host, "localhost", len) == 0)
		return true;
	if (len == 5 && strncmp(host, "[::1]", len) == 0)
		return true;
	return str_starts(host, "127.") && strspn(host, "0123456789.") == len;
}

static int add_endpoint(const struct image_remote *remote, const char *host, const char *repository, bool insecure,
			struct worker_network *to, struct err *e)
{
	struct worker_endpoint *endpoint = vec_add(&to->endpoints);
	bool verify = remote->tls_verify.set && remote->tls_verify.value, local = is_loopback(host);
	int known;

	if (!endpoint)
		return err_nomem(e);
	endpoint->host = strdup(host);
	endpoint->repository = repository ? strdup(repository) : NULL;
	if (!endpoint->host || (repository && !endpoint->repository))
		return err_nomem(e);
	known = certs_read(remote->cert_dir, host, endpoint, e);
	if (known < 0)
		return -1;
	endpoint->insecure = (remote->tls_verify.set && !remote->tls_verify.value) ||
			     ((local || insecure) && !verify && !known);
	endpoint->either = endpoint->insecure;
	return 0;
}

static int add_login(const struct image_remote *remote, struct worker_network *to, struct err *e)
{
	for (size_t i = 0; i < to->endpoints.n; i++) {
		struct worker_endpoint *endpoint = &to->endpoints.items[i];
		autocredential struct credential found = { NULL };

		if (credential_find(remote->authfile, endpoint->host, endpoint->repository, &found, e) < 0)
			return -1;
		endpoint->user = take_ptr(found.user);
		endpoint->password = take_ptr(found.password);
		endpoint->token = take_ptr(found.token);
	}
	return 0;
}

/* ---- the environment ---- */

static int from_environment(const char *lower, const char *upper, char **ret)
{
	const char *value = getenv(lower);

	if ((!value || !value[0]) && upper)
		value = getenv(upper);
	if (!value || !value[0])
		return 0;
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

static int add_proxies(struct worker_network *to, struct err *e)
{
	autofree char *exceptions = NULL;

	/* HTTP_PROXY in capitals may come from a request's Proxy header where a program answers requests: Go takes it, too. */
	if (from_environment("http_proxy", "HTTP_PROXY", &to->http_proxy) < 0 ||
	    from_environment("https_proxy", "HTTPS_PROXY", &to->https_proxy) < 0 ||
	    from_environment("no_proxy", "NO_PROXY", &exceptions) < 0)
		return err_nomem(e);
	to->no_proxy = str_format("%s%slocalhost,127.0.0.0/8,::1", exceptions ? exceptions : "", exceptions ? "," : "");
	return to->no_proxy ? 0 : err_nomem(e);
}

/* The time without progress that ends a transfer: 30 seconds, or LIGHTER_STALL. */
static int add_limits(const struct image_remote *remote, struct worker_network *to, struct err *e)
{
	const char *stall = getenv("LIGHTER_STALL");
	int64_t wait = 0;

	to->stall = STALL_SECONDS;
	if (stall && (quantity_duration(stall, &wait) < 0 || wait < NSEC_PER_SEC || wait > 86400 * NSEC_PER_SEC))
		return err_set(e, ERR_INVALID, "LIGHTER_STALL: '%.100s' is no duration of a second or more", stall);
	if (stall)
		to->stall = (uint32_t)(wait / NSEC_PER_SEC);
	to->tries = 1 + (remote->retry.set ? remote->retry.value : TRIES - 1);
	to->delay = DELAY_MS;
	if (!remote->retry_delay)
		return 0;
	if (quantity_duration(remote->retry_delay, &wait) < 0 || wait < 0 || wait > 3600 * NSEC_PER_SEC)
		return err_set(e, ERR_INVALID, "--retry-delay: '%.100s' is no duration of up to an hour", remote->retry_delay);
	to->delay = (uint32_t)(wait / NSEC_PER_MSEC);
	return 0;
}

static const struct image_remote nothing = { 0 };

int endpoint_host(const struct image_remote *remote, const char *host, struct worker_network *ret, struct err *e)
{
	remote = remote ? remote : &nothing;
	if (add_endpoint(remote, host, NULL, false, ret, e) < 0 || add_proxies(ret, e) < 0)
		return -1;
	return add_limits(remote, ret, e);
}

/* "mirror.test/quay/a/b" as an endpoint. */
static int add_place(const struct image_remote *remote, const char *place, bool insecure, struct worker_network *to,
		     struct err *e)
{
	struct oci_ref ref;
	int r;

	if (oci_ref_parse(place, &ref, e) < 0)
		return err_prefix(e, "registries.conf");
	r = add_endpoint(remote, ref.host, ref.repository, insecure, to, e);
	oci_ref_done(&ref);
	return r;
}

static bool mirror_serves(const struct registries_entry *entry, const struct registries_mirror *mirror, bool by_digest)
{
	if (entry->by_digest && !by_digest)
		return false;
	if (!mirror->pull || str_eq(mirror->pull, "all"))
		return true;
	return str_eq(mirror->pull, "digest-only") ? by_digest : !by_digest;
}

/* The mirrors, then the registry itself, wherever it has moved. */
static int add_places(const struct image_remote *remote, const struct registries *r, const struct oci_ref *ref, bool mirrors,
		      struct worker_network *to, struct err *e)
{
	autofree char *name = str_format("%s/%s", ref->host, ref->repository), *moved = NULL;
	const struct registries_entry *entry = name ? registries_find(r, name) : NULL;

	if (!name)
		return err_nomem(e);
	if (!entry)
		return add_endpoint(remote, ref->host, ref->repository, false, to, e);
	if (entry->blocked)
		return err_set(e, ERR_DENIED, "registry '%s' is blocked in registries.conf",
			       entry->prefix ? entry->prefix : entry->location);
	for (size_t i = 0; mirrors && i < entry->mirrors.n; i++) {
		const struct registries_mirror *mirror = &entry->mirrors.items[i];
		autofree char *place = registries_moved(entry, mirror->location, name);

		if (!place)
			return err_nomem(e);
		if (mirror_serves(entry, mirror, ref->digest) && add_place(remote, place, mirror->insecure, to, e) < 0)
			return -1;
	}
	moved = registries_moved(entry, entry->location, name);
	return moved ? add_place(remote, moved, entry->insecure, to, e) : err_nomem(e);
}

int endpoint_network(const struct image_remote *remote, const char *reference, struct worker_network *ret, struct err *e)
{
	cleanup(registries_done) struct registries registries = { .short_mode = NULL };
	struct oci_ref ref;
	int r;

	remote = remote ? remote : &nothing;
	if (registries_load(&registries, e) < 0 || oci_ref_parse(reference, &ref, e) < 0)
		return -1;
	r = add_places(remote, &registries, &ref, !remote->no_mirrors, ret, e);
	oci_ref_done(&ref);
	if (r < 0 || add_login(remote, ret, e) < 0 || add_proxies(ret, e) < 0)
		return -1;
	return add_limits(remote, ret, e);
}
