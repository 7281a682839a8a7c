/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Plain connections hand files to the kernel (sendfile). OpenSSL's handshake happens inside the first read. A write that
 * OpenSSL could not finish must be repeated with the same bytes, but they may lie elsewhere (MOVING_WRITE_BUFFER), as they
 * do for a piece of a file that is read again.
 */

#include "registry/transport.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "base/own.h"

enum { PIECE = 16384 }; /* of a TLS record */

static ssize_t blocked(struct transport *t, uint32_t wants)
{
	t->wants = wants;
	return -EAGAIN;
}

/* ---- plain ---- */

static ssize_t plain_result(struct transport *t, ssize_t n, uint32_t wants)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? blocked(t, wants) : -errno;
}

static ssize_t plain_read(struct transport *t, void *to, size_t len)
{
	return plain_result(t, recv(t->fd, to, len, 0), EPOLLIN);
}

static ssize_t plain_write(struct transport *t, const void *from, size_t len, bool more)
{
	return plain_result(t, send(t->fd, from, len, MSG_NOSIGNAL | (more ? MSG_MORE : 0)), EPOLLOUT);
}

static ssize_t plain_file(struct transport *t, int file, off_t at, size_t len)
{
	ssize_t n = sendfile(t->fd, file, &at, len);

	return n == 0 ? -EIO : plain_result(t, n, EPOLLOUT);
}

static bool plain_pending(const struct transport *t)
{
	return false;
}

static void plain_close(struct transport *t)
{
}

static const struct transport_kind plain = { plain_read, plain_write, plain_file, plain_pending, plain_close };

/* ---- TLS ---- */

static ssize_t tls_result(struct transport *t, int n)
{
	int error = n > 0 ? SSL_ERROR_NONE : SSL_get_error(t->tls, n);

	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_NONE:
		return n;
	case SSL_ERROR_WANT_READ:
		return blocked(t, EPOLLIN);
	case SSL_ERROR_WANT_WRITE:
		return blocked(t, EPOLLOUT);
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return -EPROTO;
	}
}

static ssize_t tls_read(struct transport *t, void *to, size_t len)
{
	return tls_result(t, SSL_read(t->tls, to, len > INT32_MAX ? INT32_MAX : (int)len));
}

static ssize_t tls_write(struct transport *t, const void *from, size_t len, bool more)
{
	ssize_t n = tls_result(t, SSL_write(t->tls, from, len > PIECE ? PIECE : (int)len));

	return n == 0 ? -EPIPE : n;
}

static ssize_t tls_file(struct transport *t, int file, off_t at, size_t len)
{
	char piece[PIECE];
	ssize_t n = pread(file, piece, len < sizeof(piece) ? len : sizeof(piece), at);

	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	return tls_write(t, piece, (size_t)n, false);
}

static bool tls_pending(const struct transport *t)
{
	return SSL_has_pending(t->tls);
}

static void tls_close(struct transport *t)
{
	(void)SSL_shutdown(t->tls);
	ERR_clear_error();
	SSL_free(t->tls);
}

static const struct transport_kind tls = { tls_read, tls_write, tls_file, tls_pending, tls_close };

static int http_only(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len,
		     void *arg)
{
	static const unsigned char protocols[] = "\x08http/1.1";
	unsigned char *chosen = NULL;

	if (SSL_select_next_proto(&chosen, out_len, protocols, sizeof(protocols) - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int tls_failed(const char *what, const char *path, struct err *e)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(e, ERR_INVALID, "%s '%s': %s", what, path, reason ? reason : "not usable");
}

void *transport_tls_context(const char *certificate, const char *key, struct err *e)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int r = 0;

	if (!context) {
		(void)err_nomem(e);
		return NULL;
	}
	(void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
						SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(context, http_only, NULL);
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		r = tls_failed("certificate", certificate, e);
	else if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		r = tls_failed("key", key, e);
	else if (SSL_CTX_check_private_key(context) != 1)
		r = tls_failed("key", key, e);
	if (r == 0)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

int transport_open(struct transport *t, int fd, void *context)
{
	*t = (struct transport){ .kind = context ? &tls : &plain, .fd = fd, .wants = EPOLLIN };
	if (!context)
		return 0;
	t->tls = SSL_new(context);
	if (!t->tls || SSL_set_fd(t->tls, fd) != 1) {
		SSL_free(t->tls);
		t->kind = &plain;
		return -ENOMEM;
	}
	SSL_set_accept_state(t->tls);
	return 0;
}

void transport_close(struct transport *t)
{
	t->kind->close(t);
	/* A child that is at work has the descriptor, too: the peer is to see the end now. */
	(void)shutdown(t->fd, SHUT_RDWR);
	own_close(&t->fd);
	t->fd = -EBADF;
}
