/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Between template_parse (blocks) and template_pipe (what stands in an action): the place in the text. */

#include "base/template_tree.h"

struct parser {
	const char *text;
	size_t at; /* the next byte */
	unsigned depth, ranges; /* blocks around, and how many of them are ranges */
	bool trim; /* the last action ended in -}} */
	struct err *e;
};

#define PARSE_FAIL(p, at_, ...) template_fail((p)->text, at_, (p)->e, __VA_ARGS__)

bool parse_is_space(char c);
bool parse_looking_at(const struct parser *p, const char *word);
void parse_skip_space(struct parser *p);
bool parse_take_word(struct parser *p, const char *word); /* if it stands here whole */
int parse_take_end(struct parser *p); /* "}}" or " -}}" */
int parse_deeper(struct parser *p);

/* A pipeline; `two` variables may stand in front. What is made is in *ret also on failure. */
int parse_pipe(struct parser *p, bool two, struct pipe **ret);
void pipe_free(struct pipe *p);
