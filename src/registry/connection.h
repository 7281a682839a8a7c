/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client's connection: requests one after the other, each read, routed, worked on and answered before the next is looked
 * at. Every stretch has the same deadline: a head must be whole, a body or an answer must have moved, a client must have
 * come back before it. What a client can make us keep is one head, one exchange, no body.
 */

#include "registry/server.h"

/* Owns `fd`, also when it fails. */
void connection_open(struct server *s, int fd);
void connection_close(struct connection *c);

/* What the deadline has come to; the next deadline of all, or 0. */
int64_t connection_expire(struct server *s, int64_t now);

/* The credentials of question `number` are right or wrong. */
void connection_authorized(struct server *s, uint32_t number, bool right);

/* Those that wait for a request go; the others do after their answer. */
void connection_close_idle(struct server *s);

/* The one that has waited longest for a request gives up its place: whether there was one. */
bool connection_evict(struct server *s);
