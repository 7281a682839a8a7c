/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/auth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/proc.h"
#include "base/str.h"

static const int64_t remembered = 300 * NSEC_PER_SEC;

struct question {
	uint32_t number;
	char credentials[CREDENTIALS_MAX];
};

struct reply {
	uint32_t number;
	bool right;
};

static bool compare(const struct htpasswd *users, char *credentials)
{
	char *colon = strchr(credentials, ':');

	if (!colon)
		return false;
	*colon = '\0';
	return htpasswd_check(users, credentials, colon + 1);
}

/* The comparing process, until the server's end of the socket is closed. */
static void compare_all(int sock, const struct htpasswd *users)
{
	struct question q;

	while (recv(sock, &q, sizeof(q), 0) == (ssize_t)sizeof(q)) {
		struct reply r = { .number = q.number };

		q.credentials[sizeof(q.credentials) - 1] = '\0';
		r.right = compare(users, q.credentials);
		explicit_bzero(&q, sizeof(q));
		if (send(sock, &r, sizeof(r), MSG_NOSIGNAL) < 0)
			break;
	}
}

int auth_start(struct auth *auth, struct htpasswd *users, struct err *e)
{
	autoproc struct proc proc = PROC_INIT;
	int pair[2];
	pid_t pid;

	if (getrandom(auth->secret, sizeof(auth->secret), 0) != (ssize_t)sizeof(auth->secret))
		return err_sys(e, errno, "make a secret");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, errno, "start the comparing of passwords");
	pid = proc_fork(&proc);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		(void)close(pair[0]);
		compare_all(pair[1], users);
		_exit(0);
	}
	own_close(&pair[1]);
	htpasswd_done(users);
	if (pid < 0) {
		own_close(&pair[0]);
		return err_sys(e, (int)-pid, "start the comparing of passwords");
	}
	auth->source.fd = pair[0];
	return 0;
}

static void mark_of(const struct auth *auth, const char *credentials, unsigned char to[static 32])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	memset(to, 0, 32);
	if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(context, auth->secret, sizeof(auth->secret)) == 1 &&
	    EVP_DigestUpdate(context, credentials, strlen(credentials)) == 1)
		(void)EVP_DigestFinal_ex(context, to, NULL);
	EVP_MD_CTX_free(context);
}

/* Where the question waits: its mark, to be known when the answer is right. */
static struct auth_known *slot_of(struct auth *auth, uint32_t number)
{
	return &auth->known[number % AUTH_KNOWN];
}

static bool is_known(const struct auth *auth, const unsigned char mark[static 32])
{
	int64_t now = clock_boot();

	for (size_t i = 0; i < AUTH_KNOWN; i++)
		if (auth->known[i].until > now && CRYPTO_memcmp(auth->known[i].mark, mark, 32) == 0)
			return true;
	return false;
}

int auth_ask(struct auth *auth, const char *credentials, uint32_t *ret_number)
{
	struct question q = { .number = auth->last + 1 };
	struct auth_known *slot = slot_of(auth, q.number);
	unsigned char mark[32];
	ssize_t n;

	mark_of(auth, credentials, mark);
	if (is_known(auth, mark))
		return 1;
	if (auth->waiting >= AUTH_WAITING_MAX / 2)
		return -EAGAIN;
	(void)strncpy(q.credentials, credentials, sizeof(q.credentials) - 1);
	n = send(auth->source.fd, &q, sizeof(q), MSG_DONTWAIT | MSG_NOSIGNAL);
	explicit_bzero(&q.credentials, sizeof(q.credentials));
	if (n < 0)
		return -EAGAIN;
	memcpy(slot->mark, mark, sizeof(mark));
	slot->until = 0;
	auth->waiting++;
	auth->last = q.number;
	*ret_number = q.number;
	return 0;
}

int auth_receive(struct auth *auth, struct err *e)
{
	struct reply r;
	ssize_t n = recv(auth->source.fd, &r, sizeof(r), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != (ssize_t)sizeof(r))
		return err_set(e, ERR_UNAVAILABLE, "the comparing of passwords has ended");
	auth->waiting--;
	if (r.right)
		slot_of(auth, r.number)->until = clock_boot() + remembered;
	auth->answered(auth->arg, r.number, r.right);
	return 0;
}
