/* SPDX-License-Identifier: Apache-2.0 */

/* The list of a repository's tags, in the order of their bytes, a page at a time: however many there are, only those of the
 * page are held. */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/own.h"
#include "registry/exchange.h"
#include "registry/tag.h"

enum { PAGE_MAX = 10000 };

struct page {
	size_t max, n;
	bool more;
	char last[TAG_MAX + 1]; /* of the page before */
	char **tags;		/* sorted; room for `max` */
};

static void page_done(struct page *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->tags[i]);
	free(p->tags);
}

/* Puts a name where it belongs; of too many the last goes. */
static int page_add(const char *name, void *arg)
{
	struct page *p = arg;
	size_t low = 0, high = p->n;
	char *copy;

	if (!tag_is_valid(name) || (p->last[0] && strcmp(name, p->last) <= 0))
		return 0;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(p->tags[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	p->more |= p->n == p->max;
	if (low == p->max)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	if (p->n == p->max)
		free(p->tags[--p->n]);
	memmove(p->tags + low + 1, p->tags + low, (p->n - low) * sizeof(*p->tags));
	p->tags[low] = copy;
	p->n++;
	return 0;
}

/* `n` and `last`: false when they are answered as wrong. */
static bool page_parameters(const struct exchange *x, struct page *p)
{
	char number[32];
	uint64_t n = PAGE_MAX;
	int len = http1_parameter(x->request, "n", 0, number, sizeof(number));

	if (len != -ENOENT && (len < 0 || !http1_number((struct http1_slice){ number, (size_t)len }, &n)))
		return false;
	p->max = n < PAGE_MAX ? (size_t)n : PAGE_MAX;
	len = http1_parameter(x->request, "last", 0, p->last, sizeof(p->last));
	if (len == -ENOENT)
		p->last[0] = '\0';
	return len >= 0 || len == -ENOENT;
}

void tags_get_begin(struct exchange *x)
{
	struct page p = { .max = 0 };
	struct err e = ERR_INIT;

	if (!page_parameters(x, &p))
		answer_refuse(x, PAGINATION_NUMBER_INVALID, "parameters 'n' or 'last' are malformed");
	else if (!repository_exists(x->registry, x->repository))
		answer_refuse(x, NAME_UNKNOWN, "there is no repository '%s'", x->repository);
	else if (upload_unnamed(x->registry, &x->upload, &e) < 0)
		answer_failed(x, &e);
}

static int write_page(struct exchange *x, const struct page *p)
{
	autostr struct str text = STR_INIT;
	struct json_writer w = { .out = &text };

	json_object_begin(&w, NULL);
	json_add_string(&w, "name", x->repository);
	json_array_begin(&w, "tags");
	for (size_t i = 0; i < p->n; i++)
		json_add_string(&w, NULL, p->tags[i]);
	json_array_end(&w);
	json_object_end(&w);
	return text.failed ? -ENOMEM : upload_write(&x->upload, text.data, text.len);
}

void tags_get_work(struct exchange *x)
{
	cleanup(page_done) struct page p = { .max = 0 };
	struct err e = ERR_INIT;
	int error = 0;

	(void)page_parameters(x, &p);
	p.tags = calloc(p.max + 1, sizeof(*p.tags));
	if (!p.tags)
		error = -ENOMEM;
	if (error == 0 && p.max > 0)
		error = repository_list(x->registry, x->repository, "_tags", page_add, &p);
	if (error == 0)
		error = write_page(x, &p);
	if (error < 0) {
		(void)err_sys(&e, -error, "list the tags of '%s'", x->repository);
		outcome_failed(x, &e);
		return;
	}
	x->outcome.size = x->upload.size;
	if (p.more)
		(void)snprintf(x->outcome.text, sizeof(x->outcome.text), "</v2/%s/tags/list?n=%zu&last=%s>; rel=\"next\"",
			       x->repository, p.max, p.tags[p.n - 1]);
}

void tags_get_finish(struct exchange *x)
{
	if (outcome_is_refusal(x))
		return;
	answer_file(x, 200, take_fd(x->upload.fd), 0, x->outcome.size);
	answer_field(x, "Content-Type", "application/json");
	if (x->outcome.text[0])
		answer_field(x, "Link", "%s", x->outcome.text);
}
