/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

/* /etc/hosts, /etc/hostname and /etc/resolv.conf of a container, made anew at each start. */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/id.h"
#include "base/io.h"
#include "base/own.h"
#include "base/path.h"

enum { HOST_FILE_MAX = 1 << 20 };

static const char hosts[] = "127.0.0.1\tlocalhost\n"
			    "::1\tlocalhost ip6-localhost ip6-loopback\n"
			    "fe00::\tip6-localnet\n"
			    "ff00::\tip6-mcastprefix\n"
			    "ff02::1\tip6-allnodes\n"
			    "ff02::2\tip6-allrouters\n";

/* Readable by every user of the container; our directories above it are closed to others. */
static int put(const struct container *c, const char *name, const struct str *text, struct err *e)
{
	if (text->failed)
		return err_nomem(e);
	return file_replace(c->dir, name, str_text(text), text->len, 0644, FILE_ATOMIC, e);
}

static int copy_of_host(const struct container *c, const char *path, const char *name, struct err *e)
{
	autofd int fd = path_open(AT_FDCWD, path, PATH_HOST, O_RDONLY | O_NOCTTY, 0);
	autostr struct str text = STR_INIT;

	/* A host without the file gives an empty one. */
	if (fd >= 0 && io_read_all(fd, HOST_FILE_MAX, &text) < 0)
		return err_set(e, ERR_INVALID, "'%s' of the host cannot be read", path);
	return put(c, name, &text, e);
}

int files_make(const struct container *c, struct err *e)
{
	const struct container_config *config = &c->record.config;
	bool host = config->network && str_eq(config->network, "host");
	autostr struct str name = STR_INIT, text = STR_INIT;

	if (config->hostname && config->hostname[0])
		str_addf(&name, "%s\n", config->hostname);
	else
		str_addf(&name, "%.*s\n", ID_SHORT, c->row.id);
	str_add(&text, hosts);
	if (put(c, "hostname", &name, e) < 0 || copy_of_host(c, "/etc/resolv.conf", "resolv.conf", e) < 0)
		return -1;
	return host ? copy_of_host(c, "/etc/hosts", "hosts", e) : put(c, "hosts", &text, e);
}
