/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Headers are blocks of 512 bytes with a checksum. Extension entries (pax 'x' and 'g', GNU 'L' and 'K') say something
 * about the entry that follows and are folded into it, so that the caller sees whole entries only. What a pax record says
 * wins over the header. Global records are read and ignored: no image needs them and they would let one entry speak for
 * all others.
 */

#include "archive/tar_read.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
		user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is one block");

/* What extensions said about the next entry. */
struct tar_extension {
	char *path, *link;
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size, uid, gid;
	int64_t mtime;
	uint32_t mtime_nsec;
};

struct tar_reader {
	struct source *from;
	struct tar_entry entry;
	struct tar_extension ext;
	uint64_t left;	  /* of the content */
	uint64_t padding; /* behind it */
};

static void xattrs_clear(struct tar_entry *entry)
{
	for (size_t i = 0; i < entry->xattrs.n; i++) {
		free(entry->xattrs.items[i].name);
		free(entry->xattrs.items[i].value);
	}
	free(entry->xattrs.items);
	entry->xattrs.items = NULL;
	entry->xattrs.n = 0;
}

static void reader_clear(struct tar_reader *t)
{
	free(t->entry.path);
	free(t->entry.link);
	xattrs_clear(&t->entry);
	free(t->ext.path);
	free(t->ext.link);
	t->entry = (struct tar_entry){ 0 };
	t->ext = (struct tar_extension){ 0 };
}

int tar_reader_new(struct source *from, struct tar_reader **ret, struct err *e)
{
	struct tar_reader *t = calloc(1, sizeof(*t));

	if (!t)
		return err_nomem(e);
	t->from = from;
	*ret = t;
	return 0;
}

void tar_reader_free(struct tar_reader *t)
{
	if (!t)
		return;
	reader_clear(t);
	free(t);
}

/* ---- numbers ---- */

/* Octal with leading spaces and a NUL or space behind, or GNU's base 256. */
static int read_number(const char *field, size_t len, uint64_t *ret)
{
	const unsigned char *p = (const unsigned char *)field;
	uint64_t value = 0;
	size_t i = 0;

	if (p[0] & 0x80) {
		value = p[0] & 0x7f;
		for (i = 1; i < len; i++) {
			if (value >> 55)
				return -ERANGE;
			value = value << 8 | p[i];
		}
		*ret = value;
		return 0;
	}
	while (i < len && p[i] == ' ')
		i++;
	for (; i < len && p[i] >= '0' && p[i] <= '7'; i++)
		value = value << 3 | (unsigned)(p[i] - '0');
	if (i < len && p[i] != ' ' && p[i] != '\0')
		return -EINVAL;
	*ret = value;
	return 0;
}

static int read_decimal(const char *text, size_t len, uint64_t *ret)
{
	uint64_t value = 0;

	if (len == 0 || len > 19)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*ret = value;
	return 0;
}

/* Seconds, maybe negative, with a fraction. */
static int read_time(const char *text, size_t len, int64_t *ret, uint32_t *ret_nsec)
{
	bool negative = len && text[0] == '-';
	const char *dot = memchr(text, '.', len);
	size_t whole = dot ? (size_t)(dot - text) : len;
	uint32_t nsec = 0, scale = 100000000;
	uint64_t seconds;

	if (read_decimal(text + negative, whole - negative, &seconds) < 0 || seconds > INT64_MAX)
		return -EINVAL;
	for (size_t i = whole + 1; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		nsec += scale * (unsigned)(text[i] - '0');
		scale /= 10;
	}
	*ret = negative ? -(int64_t)seconds : (int64_t)seconds;
	*ret_nsec = negative ? 0 : nsec;
	return 0;
}

/* ---- content ---- */

static int skip(struct tar_reader *t, uint64_t len, struct err *e)
{
	char chunk[16384];

	while (len) {
		size_t n = len < sizeof(chunk) ? (size_t)len : sizeof(chunk);
		int r = source_read_full(t->from, chunk, n, e);

		if (r <= 0)
			return r < 0 ? -1 : err_set(e, ERR_INVALID, "the archive ends too early");
		len -= n;
	}
	return 0;
}

static uint64_t padding_of(uint64_t size)
{
	return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

ssize_t tar_read(struct tar_reader *t, void *to, size_t len, struct err *e)
{
	ssize_t n;

	if (t->left == 0)
		return 0;
	n = source_read(t->from, to, len < t->left ? len : (size_t)t->left, e);
	if (n == 0)
		return err_set(e, ERR_INVALID, "'%.300s': the archive ends too early", t->entry.path);
	if (n > 0)
		t->left -= (uint64_t)n;
	return n;
}

static int read_meta(struct tar_reader *t, uint64_t size, struct str *to, struct err *e)
{
	char *at;
	int r;

	if (size > TAR_META)
		return err_set(e, ERR_INVALID, "an extension header of %llu bytes", (unsigned long long)size);
	at = str_reserve(to, (size_t)size);
	if (!at)
		return err_nomem(e);
	r = source_read_full(t->from, at, (size_t)size, e);
	if (r < 0 || (r == 0 && size))
		return r < 0 ? -1 : err_set(e, ERR_INVALID, "the archive ends too early");
	to->len += (size_t)size;
	to->data[to->len] = '\0';
	return skip(t, padding_of(size), e);
}

/* ---- extensions ---- */

static int keep_text(char **to, const char *value, size_t len, struct err *e)
{
	if (len >= TAR_PATH || memchr(value, '\0', len))
		return err_set(e, ERR_INVALID, "a name of %zu bytes or with a NUL byte", len);
	free(*to);
	*to = strndup(value, len);
	return *to ? 0 : err_nomem(e);
}

static int pax_xattr(struct tar_reader *t, const char *name, size_t name_len, const char *value, size_t len,
		     struct err *e)
{
	struct tar_xattr *x;

	if (name_len == 0 || name_len > 255 || memchr(name, '\0', name_len))
		return err_set(e, ERR_INVALID, "an extended attribute without a proper name");
	x = vec_add(&t->entry.xattrs);
	if (!x)
		return err_nomem(e);
	x->name = strndup(name, name_len);
	x->value = malloc(len + 1);
	if (!x->name || !x->value)
		return err_nomem(e);
	memcpy(x->value, value, len);
	x->len = len;
	return 0;
}

static int pax_record(struct tar_reader *t, const char *key, size_t key_len, const char *value, size_t len, struct err *e)
{
	static const char xattr[] = "SCHILY.xattr.";
	struct tar_extension *x = &t->ext;
	const struct {
		const char *key;
		char **text;
		uint64_t *number;
		bool *has;
	} known[] = {
		{ "path", &x->path },
		{ "linkpath", &x->link },
		{ "size", NULL, &x->size, &x->has_size },
		{ "uid", NULL, &x->uid, &x->has_uid },
		{ "gid", NULL, &x->gid, &x->has_gid },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strlen(known[i].key) != key_len || memcmp(known[i].key, key, key_len) != 0)
			continue;
		if (known[i].text)
			return keep_text(known[i].text, value, len, e);
		*known[i].has = true;
		if (read_decimal(value, len, known[i].number) < 0)
			return err_set(e, ERR_INVALID, "pax record '%s' is not a number", known[i].key);
	}
	if (key_len == 5 && memcmp(key, "mtime", 5) == 0) {
		x->has_mtime = true;
		if (read_time(value, len, &x->mtime, &x->mtime_nsec) < 0)
			return err_set(e, ERR_INVALID, "pax record 'mtime' is not a time");
	}
	if (key_len > sizeof(xattr) - 1 && memcmp(key, xattr, sizeof(xattr) - 1) == 0)
		return pax_xattr(t, key + sizeof(xattr) - 1, key_len - (sizeof(xattr) - 1), value, len, e);
	if (key_len >= 11 && memcmp(key, "GNU.sparse.", 11) == 0)
		return err_set(e, ERR_UNSUPPORTED, "sparse files in an archive are not supported");
	return 0;
}

/* Records: "LENGTH KEY=VALUE\n", LENGTH counts itself. */
static int pax_parse(struct tar_reader *t, const struct str *text, struct err *e)
{
	const char *at = text->data, *end = text->data + text->len;

	while (at < end) {
		const char *space = memchr(at, ' ', (size_t)(end - at)), *equals;
		uint64_t len;

		if (!space || read_decimal(at, (size_t)(space - at), &len) < 0 || len > (uint64_t)(end - at) ||
		    len < (uint64_t)(space - at) + 3 || at[len - 1] != '\n')
			return err_set(e, ERR_INVALID, "a pax record is malformed");
		equals = memchr(space, '=', (size_t)(at + len - space));
		if (!equals)
			return err_set(e, ERR_INVALID, "a pax record is malformed");
		if (pax_record(t, space + 1, (size_t)(equals - space) - 1, equals + 1,
			       (size_t)(at + len - 1 - (equals + 1)), e) < 0)
			return -1;
		at += len;
	}
	return 0;
}

/* 1: `h` was an extension and was read; 0: it is an entry. */
static int read_extension(struct tar_reader *t, const struct tar_header *h, struct err *e)
{
	autostr struct str text = STR_INIT;
	uint64_t size;

	if (!strchr("xgLK", h->type) || !h->type)
		return 0;
	if (read_number(h->size, sizeof(h->size), &size) < 0)
		return err_set(e, ERR_INVALID, "an extension header without a size");
	if (read_meta(t, size, &text, e) < 0)
		return -1;
	if (h->type == 'g')
		return 1;
	if (h->type == 'x')
		return pax_parse(t, &text, e) < 0 ? -1 : 1;
	return keep_text(h->type == 'L' ? &t->ext.path : &t->ext.link, str_text(&text), strlen(str_text(&text)), e) < 0 ?
		       -1 : 1;
}

/* ---- headers ---- */

static bool checksum_holds(const struct tar_header *h)
{
	const unsigned char *bytes = (const unsigned char *)h;
	size_t from = offsetof(struct tar_header, checksum), to = from + sizeof(h->checksum);
	uint64_t sum = 0, wanted;

	for (size_t i = 0; i < sizeof(*h); i++)
		sum += i >= from && i < to ? ' ' : bytes[i];
	return read_number(h->checksum, sizeof(h->checksum), &wanted) == 0 && sum == wanted;
}

static int header_path(const struct tar_header *h, char **ret)
{
	char path[sizeof(h->prefix) + sizeof(h->name) + 2];
	size_t prefix = strncmp(h->magic, "ustar", 6) == 0 ? strnlen(h->prefix, sizeof(h->prefix)) : 0;
	size_t name = strnlen(h->name, sizeof(h->name)), at = 0;

	if (prefix) {
		memcpy(path, h->prefix, prefix);
		path[prefix] = '/';
		at = prefix + 1;
	}
	memcpy(path + at, h->name, name);
	*ret = strndup(path, at + name);
	return *ret ? 0 : -ENOMEM;
}

static int to_u32(uint64_t value, uint32_t *ret)
{
	if (value > UINT32_MAX - 1)
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

static int header_numbers(struct tar_reader *t, const struct tar_header *h)
{
	struct tar_entry *x = &t->entry;
	uint64_t mode, uid, gid, mtime, major, minor;

	if (read_number(h->mode, sizeof(h->mode), &mode) < 0 || read_number(h->uid, sizeof(h->uid), &uid) < 0 ||
	    read_number(h->gid, sizeof(h->gid), &gid) < 0 || read_number(h->size, sizeof(h->size), &x->size) < 0 ||
	    read_number(h->mtime, sizeof(h->mtime), &mtime) < 0)
		return -EINVAL;
	x->mode = (uint32_t)mode & 07777;
	x->mtime = t->ext.has_mtime ? t->ext.mtime : (int64_t)mtime;
	x->mtime_nsec = t->ext.has_mtime ? t->ext.mtime_nsec : 0;
	if (t->ext.has_size)
		x->size = t->ext.size;
	if (to_u32(t->ext.has_uid ? t->ext.uid : uid, &x->uid) < 0 || to_u32(t->ext.has_gid ? t->ext.gid : gid, &x->gid) < 0)
		return -ERANGE;
	if (x->type != TAR_CHAR && x->type != TAR_DEVICE)
		return 0;
	if (read_number(h->major, sizeof(h->major), &major) < 0 || read_number(h->minor, sizeof(h->minor), &minor) < 0)
		return -EINVAL;
	return to_u32(major, &x->major) < 0 || to_u32(minor, &x->minor) < 0 ? -ERANGE : 0;
}

static int header_entry(struct tar_reader *t, const struct tar_header *h, struct err *e)
{
	struct tar_entry *x = &t->entry;

	x->path = take_ptr(t->ext.path);
	x->link = take_ptr(t->ext.link);
	if (!x->path && header_path(h, &x->path) < 0)
		return err_nomem(e);
	if (!x->link)
		x->link = strndup(h->link, sizeof(h->link));
	if (!x->link)
		return err_nomem(e);
	if (!strchr("01234567", h->type))
		return err_set(e, ERR_UNSUPPORTED, "'%.300s': an entry of type '%c'", x->path, h->type);
	x->type = h->type == '\0' || h->type == '7' ? TAR_FILE : (enum tar_type)h->type;
	if (x->type == TAR_FILE && x->path[0] && x->path[strlen(x->path) - 1] == '/')
		x->type = TAR_DIRECTORY;
	if (header_numbers(t, h) < 0)
		return err_set(e, ERR_INVALID, "'%.300s': a number in its header is malformed or too large", x->path);
	if (x->type != TAR_FILE && x->type != TAR_HARDLINK)
		x->size = 0;
	if (x->size > INT64_MAX - TAR_BLOCK)
		return err_set(e, ERR_INVALID, "'%.300s': its size is too large", x->path);
	t->left = x->size;
	t->padding = padding_of(x->size);
	return 1;
}

static bool is_zero(const struct tar_header *h)
{
	const char *bytes = (const char *)h;

	return bytes[0] == '\0' && memcmp(bytes, bytes + 1, sizeof(*h) - 1) == 0;
}

int tar_next(struct tar_reader *t, const struct tar_entry **ret, struct err *e)
{
	struct tar_header h;
	int r;

	if (skip(t, t->left + t->padding, e) < 0)
		return -1;
	t->left = t->padding = 0;
	reader_clear(t);
	do {
		r = source_read_full(t->from, &h, sizeof(h), e);
		/* An archive may end without its two zero blocks. */
		if (r <= 0 || is_zero(&h))
			return r < 0 ? -1 : 0;
		if (!checksum_holds(&h))
			return err_set(e, ERR_INVALID, "this is not a tar archive: a header's checksum is wrong");
		r = read_extension(t, &h, e);
	} while (r == 1);
	if (r < 0 || header_entry(t, &h, e) < 0)
		return -1;
	*ret = &t->entry;
	return 1;
}
