/* SPDX-License-Identifier: Apache-2.0 */

/* The tags of a repository, page by page: the next page's address is the registry's Link, for this registry alone. */

#include <string.h>

#include "base/own.h"
#include "fetch/jobs.h"
#include "fetch/registry.h"

enum { PAGES_MAX = 1000, PAGE_BYTES = 4 << 20 };

struct tags {
	struct strv tags;
};

PRIVATE_TABLE(tags_table, struct tags, DECODE_ROW(struct tags, "tags", tags, DECODE_STRV), );

static int tell(const struct job_context *ctx, const struct str *text, struct err *e)
{
	struct tags page;
	int r = 0;

	if (decode_text(&tags_table, str_text(text), text->len, &page, e) < 0)
		return err_prefix(e, "list of tags");
	for (size_t i = 0; r == 0 && i < page.tags.n; i++)
		r = job_send(ctx, WORKER_TEXT, &worker_text_table,
			     &(struct worker_text){ (char[]){ "tag" }, page.tags.items[i], 0 }, e);
	decode_done(&tags_table, &page);
	return r;
}

/* `</v2/x/tags/list?last=b>; rel="next"`: the address, made whole; NULL where there is no next page. */
static char *next_page(const struct registry *r, const char *link)
{
	const char *end = link[0] == '<' ? strchr(link, '>') : NULL;
	char origin[TRANSPORT_URL];
	char *url;

	if (!end || !strstr(end, "next"))
		return NULL;
	if (link[1] == '/')
		return str_format("%s%.*s", r->origin, (int)(end - link - 1), link + 1);
	url = strndup(link + 1, (size_t)(end - link - 1));
	if (url && (!transport_origin(url, origin, sizeof(origin)) || !str_eq(origin, r->origin))) {
		free(url);
		url = NULL;
	}
	return url;
}

static int get_page(const struct job_context *ctx, struct registry *r, const char *path, char **ret_next, struct err *e)
{
	struct registry_call call = { .registry = r, .what = "list of tags" };
	autostr struct str text = STR_INIT;
	int result = registry_document(&call, path, PAGE_BYTES, &text, e);

	if (result == 0)
		*ret_next = next_page(r, call.answer.link);
	registry_call_done(&call);
	return result < 0 ? -1 : tell(ctx, &text, e);
}

int fetch_tags(struct job_context *ctx, struct err *e)
{
	const struct worker_network *network = &ctx->request.network;
	cleanup(registry_done) struct registry registry = { NULL };
	autofree char *path = strdup("tags/list");
	size_t pages = 0;

	if (network->endpoints.n == 0)
		return err_set(e, ERR_INTERNAL, "there is no registry to ask");
	if (registry_connect(network, &network->endpoints.items[0], &registry, e) < 0)
		return -1;
	while (path) {
		char *next = NULL;

		if (++pages > PAGES_MAX)
			return err_set(e, ERR_INVALID, "list of tags: more than %d pages", PAGES_MAX);
		if (get_page(ctx, &registry, path, &next, e) < 0)
			return -1;
		free(path);
		path = next;
	}
	return 0;
}
