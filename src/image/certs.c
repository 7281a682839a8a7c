/* SPDX-License-Identifier: Apache-2.0 */
#include "image/certs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"

enum { PEM_MAX = 1 << 20 };

struct certs {
	struct str ca;
	char *cert, *key;
};

static void certs_done(struct certs *c)
{
	str_done(&c->ca);
	free(c->cert);
	if (c->key)
		explicit_bzero(c->key, strlen(c->key));
	free(c->key);
}

static int read_pem(int dir, const char *path, const char *name, struct str *to, struct err *e)
{
	autofd int fd = path_open(dir, name, PATH_HOST, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0);
	int r = fd < 0 ? fd : io_read_all(fd, PEM_MAX, to);

	if (r < 0)
		return err_sys(e, -r, "read '%s/%s'", path, name);
	if (to->len && memchr(to->data, '\0', to->len))
		return err_set(e, ERR_INVALID, "'%s/%s' is no PEM text", path, name);
	return 0;
}

/* NAME.cert and the NAME.key that belongs to it. */
static int read_pair(int dir, const char *path, const char *name, struct certs *c, struct err *e)
{
	autofree char *key_name = str_format("%.*s.key", (int)(strlen(name) - strlen(".cert")), name);
	autostr struct str cert = STR_INIT, key = STR_INIT;

	if (c->cert)
		return 0;
	if (!key_name)
		return err_nomem(e);
	if (read_pem(dir, path, name, &cert, e) < 0 || read_pem(dir, path, key_name, &key, e) < 0)
		return -1;
	c->cert = str_take(&cert);
	c->key = str_take(&key);
	return c->cert && c->key ? 0 : err_nomem(e);
}

static int read_entry(int dir, const char *path, const char *name, struct certs *c, struct err *e)
{
	if (str_ends(name, ".crt")) {
		str_add_char(&c->ca, '\n');
		return read_pem(dir, path, name, &c->ca, e);
	}
	return str_ends(name, ".cert") ? read_pair(dir, path, name, c, e) : 0;
}

static int read_directory(const char *path, struct certs *c, struct err *e)
{
	int fd = path_open(AT_FDCWD, path, PATH_HOST, O_RDONLY | O_DIRECTORY, 0), r = 0;
	struct dirent *entry;
	DIR *d;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = err_sys(e, fd < 0 ? -fd : errno, "read '%s'", path);
		own_close(&fd);
		return r;
	}
	while (r == 0 && (entry = readdir(d)))
		r = read_entry(dirfd(d), path, entry->d_name, c, e);
	(void)closedir(d);
	return r;
}

static int add_directories(const char *host, struct strv *to)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int r = 0;

	if (config && config[0])
		r = strv_addf(to, "%s/containers/certs.d/%s", config, host);
	else if (home && home[0])
		r = strv_addf(to, "%s/.config/containers/certs.d/%s", home, host);
	if (r == 0)
		r = strv_addf(to, "/etc/containers/certs.d/%s", host);
	return r < 0 ? r : strv_addf(to, "/etc/docker/certs.d/%s", host);
}

int certs_read(const char *cert_dir, const char *host, struct worker_endpoint *to, struct err *e)
{
	cleanup(certs_done) struct certs c = { .ca = STR_INIT };
	autostrv struct strv directories = STRV_INIT;

	if ((cert_dir ? strv_add(&directories, cert_dir) : add_directories(host, &directories)) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < directories.n; i++)
		if (read_directory(directories.items[i], &c, e) < 0)
			return -1;
	if (c.ca.failed)
		return err_nomem(e);
	to->ca = c.ca.len ? str_take(&c.ca) : NULL;
	to->cert = take_ptr(c.cert);
	to->key = take_ptr(c.key);
	return to->ca || to->cert;
}
