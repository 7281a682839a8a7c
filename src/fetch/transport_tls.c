/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A host's own authorities are trusted besides the machine's, as in Docker and Podman; libcurl knows either a file or a
 * text, so the two are joined. Whether a server asked for a certificate is seen in the handshake: the alert that comes
 * of not having one differs between TLS versions and servers, and some answer 400.
 */

#include "fetch/transport_tls.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

enum { AUTHORITIES_MAX = 4 << 20 };
static const char machine_file[] = "/etc/ssl/certs/ca-certificates.crt";

void transport_trust_done(struct transport_trust *trust)
{
	str_done(&trust->machine);
}

/* No certificate of ours: go on without, and remember that one was wanted. */
static int on_certificate_wanted(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
	struct transport_trust *trust = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	trust->asked = true;
	return 0;
}

static CURLcode on_context(CURL *easy, void *context, void *arg)
{
	(void)SSL_CTX_set_app_data(context, arg);
	SSL_CTX_set_client_cert_cb(context, on_certificate_wanted);
	return CURLE_OK;
}

static int read_machine(struct transport_trust *trust, struct err *e)
{
	autofd int fd = -EBADF;
	int r;

	if (trust->machine.len)
		return 0;
	fd = path_open(AT_FDCWD, machine_file, PATH_HOST, O_RDONLY | O_NOCTTY, 0);
	if (fd == -ENOENT)
		return 0;
	r = fd < 0 ? fd : io_read_all(fd, AUTHORITIES_MAX, &trust->machine);
	return r < 0 ? err_sys(e, -r, "read '%s'", machine_file) : 0;
}

static int set_text(CURL *easy, CURLoption option, const char *text)
{
	struct curl_blob blob = { (void *)(uintptr_t)text, strlen(text), CURL_BLOB_COPY };

	return curl_easy_setopt(easy, option, &blob) == CURLE_OK ? 0 : -1;
}

static int set_authorities(struct transport_trust *trust, CURL *easy, const char *ca, struct err *e)
{
	autostr struct str all = STR_INIT;

	if (read_machine(trust, e) < 0)
		return -1;
	str_add_bytes(&all, str_text(&trust->machine), trust->machine.len);
	str_add_char(&all, '\n');
	str_add(&all, ca);
	return all.failed || set_text(easy, CURLOPT_CAINFO_BLOB, all.data) < 0 ? err_nomem(e) : 0;
}

int transport_trust_apply(struct transport_trust *trust, CURL *easy, const struct transport_tls *tls, struct err *e)
{
	bool insecure = tls && tls->insecure;

	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, insecure ? 0L : 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, insecure ? 0L : 2L);
	if (!tls || !tls->cert) {
		(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
		(void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, trust);
	} else if (set_text(easy, CURLOPT_SSLCERT_BLOB, tls->cert) < 0 ||
		   set_text(easy, CURLOPT_SSLKEY_BLOB, tls->key ? tls->key : tls->cert) < 0) {
		return err_nomem(e);
	}
	return tls && tls->ca && !insecure ? set_authorities(trust, easy, tls->ca, e) : 0;
}

int transport_trust_failed(const struct transport_trust *trust, CURLcode result, const char *origin, const char *why,
			   struct err *e)
{
	const char *host = strstr(origin, "://") + 3;

	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(e, ERR_DENIED,
			       "%s: its certificate is not trusted: %s (an authority of its own belongs in certs.d/%s/ca.crt; "
			       "--tls-verify=false does without)",
			       origin, why, host);
	case CURLE_SSL_CERTPROBLEM:
		return err_set(e, ERR_INVALID, "%s: the client certificate of certs.d/%s cannot be used: %s", origin, host, why);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(e, ERR_INVALID, "%s: the authority of certs.d/%s cannot be used: %s", origin, host, why);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		if (trust->asked)
			return err_set(e, ERR_DENIED,
				       "%s: it wants a client certificate and there is none (certs.d/%s/client.cert and "
				       "client.key)",
				       origin, host);
		return err_set(e, result == CURLE_SSL_CONNECT_ERROR ? ERR_INVALID : ERR_UNAVAILABLE, "%s: %s", origin, why);
	default:
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", origin, why);
	}
}
