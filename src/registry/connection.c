/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A connection is a small machine: a state, and a function a state that does what can be done without waiting and says
 * whether to go on, to wait for the peer, or to end. Reading a body is bounded by what the framing says is left, so that of
 * the next request at most LOOKAHEAD bytes are read too early; they fit behind the head.
 */

#include "registry/connection.h"

#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/own.h"
#include "registry/answer.h"
#include "registry/exchange.h"
#include "registry/listen.h"
#include "registry/router.h"
#include "registry/transport.h"
#include "registry/work.h"

enum {
	HEAD_FIRST = 2048,	 /* room for a head at first */
	LOOKAHEAD = 512,	 /* read while the size of a chunk is awaited */
	TURN = 4 << 20,		 /* bytes that one connection moves before others have their turn */
	PROGRESS_MIN = 16 << 10, /* bytes that must move in a deadline */
	DISCARD_MAX = 8 << 20,	 /* of a body that nobody wants */
};

enum state { READ_HEAD, AWAIT_AUTH, SEND_CONTINUE, READ_BODY, AWAIT_WORK, SEND_HEAD, SEND_FILE, DISCARD, LINGER, STATES };
enum step { STEP_ON, STEP_WAIT, STEP_TURN, STEP_END };

struct connection {
	struct loop_source source;
	struct server *server;
	struct transport transport;
	struct connection *older, *newer;
	int64_t expires, started;
	uint64_t moved, turn, discarded; /* bytes: since the deadline was set, in this turn, of a body for nobody */
	enum state state;
	char *in;
	size_t in_len, in_room, in_at; /* what is behind in_at is not used yet */
	struct http1_request request;
	struct http1_body body;
	struct exchange exchange;
	struct upload carry;
	struct work work;
	uint32_t auth_number;
	bool lost; /* what comes is no request of ours: nothing more is understood */
	struct str out;
	size_t out_at;
	uint64_t file_at;
	char peer[LISTEN_TEXT];
};

/* ---- deadlines ---- */

static void unlink_from_list(struct connection *c)
{
	struct server *s = c->server;

	*(c->older ? &c->older->newer : &s->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &s->newest) = c->older;
	c->older = c->newer = NULL;
}

static void arm(struct connection *c)
{
	struct server *s = c->server;

	if (c->expires)
		unlink_from_list(c);
	c->expires = clock_boot() + s->config->deadline;
	c->moved = 0;
	c->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = c;
	s->newest = c;
	if (s->oldest == c)
		(void)loop_timer_set(s->timer.fd, s->config->deadline);
}

static void moved(struct connection *c, size_t bytes)
{
	c->moved += bytes;
	c->turn += bytes;
}

/* ---- the answer ---- */

static enum step answer(struct connection *c)
{
	struct exchange *x = &c->exchange;
	struct answer *a = &x->answer;

	/* Who was not told to continue may send the body all the same, or not. */
	if (c->request.expects_continue && !http1_body_is_done(&c->body) && c->state != READ_BODY)
		a->close = true;
	a->close |= !c->request.keep_alive || c->server->stopping;
	str_clear(&c->out);
	answer_print(a, &c->out);
	if (http1_is(c->request.method, "HEAD")) {
		own_close(&a->file);
		a->file = -EBADF;
	} else {
		str_add_bytes(&c->out, str_text(&a->text), a->text.len);
	}
	if (c->out.failed || a->fields.failed || a->text.failed)
		return STEP_END;
	c->out_at = 0;
	c->file_at = a->from;
	c->state = SEND_HEAD;
	arm(c);
	return STEP_ON;
}

/* What the client cannot be told in the words of the specification. */
static enum step refuse(struct connection *c, int status)
{
	c->request.keep_alive = false;
	c->body = (struct http1_body){ 0 };
	c->lost = true;
	answer_refuse_as(&c->exchange, status, REQUEST_INVALID, http1_reason(status));
	return answer(c);
}

/* ---- a request ---- */

static void exchange_init(struct connection *c)
{
	c->exchange = (struct exchange){
		.registry = c->server->registry,
		.request = &c->request,
		.carry = &c->carry,
		.upload = UPLOAD_INIT,
		.answer = { .file = -EBADF },
		.body_max = UINT64_MAX,
	};
}

static enum step route(struct connection *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct exchange *x = &c->exchange;

	router_find(x);
	if (!x->answer.status)
		x->route->begin(x);
	if (x->answer.status)
		return answer(c);
	c->state = READ_BODY;
	if (c->request.expects_continue && !http1_body_is_done(&c->body)) {
		str_clear(&c->out);
		str_add(&c->out, go_on);
		c->out_at = 0;
		c->state = SEND_CONTINUE;
	}
	arm(c);
	return STEP_ON;
}

static enum step refuse_user(struct connection *c)
{
	answer_refuse(&c->exchange, UNAUTHORIZED, "a name and a password are wanted");
	answer_field(&c->exchange, "WWW-Authenticate", "Basic realm=\"lighter registry\"");
	return answer(c);
}

static enum step authorize(struct connection *c)
{
	char credentials[CREDENTIALS_MAX];
	struct auth *auth = c->server->auth;
	int r;

	if (!auth)
		return route(c);
	if (auth_credentials(http1_field(&c->request, "Authorization"), credentials) < 0)
		return refuse_user(c);
	r = auth_ask(auth, credentials, &c->auth_number);
	explicit_bzero(credentials, sizeof(credentials));
	if (r == 1)
		return route(c);
	if (r < 0) {
		answer_refuse(&c->exchange, TOOMANYREQUESTS, "too many passwords are being compared");
		answer_field(&c->exchange, "Retry-After", "1");
		return answer(c);
	}
	c->state = AWAIT_AUTH;
	return STEP_WAIT;
}

static int make_room(struct connection *c)
{
	size_t room = c->in_room ? 2 * c->in_room : HEAD_FIRST;
	char *in;

	if (c->in && c->in_len < c->in_room)
		return 0;
	in = realloc(c->in, room + LOOKAHEAD);
	if (!in)
		return -ENOMEM;
	c->in = in;
	c->in_room = room;
	return 0;
}

static enum step blocked(struct connection *c, ssize_t n)
{
	return n == -EAGAIN ? STEP_WAIT : STEP_END;
}

static enum step step_read_head(struct connection *c)
{
	ssize_t n;
	int r = c->in_len ? http1_parse(c->in, c->in_len, &c->request, &c->in_at) : 0;

	if (r != 0) {
		exchange_init(c);
		c->started = clock_boot();
		c->body = r > 0 ? http1_body_of(&c->request) : (struct http1_body){ 0 };
		c->discarded = 0;
		return r > 0 ? authorize(c) : refuse(c, -r);
	}
	if (make_room(c) < 0)
		return STEP_END;
	n = c->transport.kind->read(&c->transport, c->in + c->in_len, c->in_room - c->in_len);
	if (n <= 0)
		return blocked(c, n);
	c->in_len += (size_t)n;
	return STEP_ON;
}

/* ---- its body ---- */

/* Bytes of the body, as they came: those behind the head first. Returns their number in *ret_at, or 0 or less. */
static ssize_t more_bytes(struct connection *c, const char **ret_at)
{
	uint64_t run = http1_body_run(&c->body), most = run ? run : LOOKAHEAD;

	if (c->in_at < c->in_len) {
		*ret_at = c->in + c->in_at;
		return (ssize_t)(c->in_len - c->in_at);
	}
	*ret_at = c->server->scratch;
	return c->transport.kind->read(&c->transport, c->server->scratch, most < SERVER_SCRATCH ? (size_t)most : SERVER_SCRATCH);
}

/* What was read too early goes behind the head. */
static void keep_rest(struct connection *c, const char *bytes, size_t used, size_t len)
{
	if (bytes != c->server->scratch) {
		c->in_at += used;
		return;
	}
	memcpy(c->in + c->in_at, bytes + used, len - used);
	c->in_len = c->in_at + len - used;
}

static bool take_data(struct connection *c, struct http1_slice data)
{
	struct exchange *x = &c->exchange;
	struct err e = ERR_INIT;
	int error;

	if (x->answer.status || x->upload.fd < 0) {
		c->discarded += data.len;
		return c->discarded <= DISCARD_MAX;
	}
	if (data.len > x->body_max) {
		answer_refuse(x, SIZE_INVALID, "the body is longer than it may be");
		return true;
	}
	x->body_max -= data.len;
	error = upload_write(&x->upload, data.at, data.len);
	if (error < 0) {
		(void)err_sys(&e, -error, "write what is uploaded");
		answer_failed(x, &e);
	}
	return true;
}

/* One piece of the body: STEP_ON when there may be more. */
static enum step read_piece(struct connection *c)
{
	const char *bytes;
	ssize_t n = more_bytes(c, &bytes);
	size_t used = 0, at = 0;

	if (n <= 0)
		return blocked(c, n);
	moved(c, (size_t)n);
	while (at < (size_t)n && !http1_body_is_done(&c->body)) {
		struct http1_slice data;

		if (http1_body_read(&c->body, bytes + at, (size_t)n - at, &used, &data) < 0)
			return c->exchange.answer.status ? STEP_END : refuse(c, 400);
		at += used;
		if (!take_data(c, data))
			return STEP_END;
	}
	keep_rest(c, bytes, at, (size_t)n);
	return STEP_ON;
}

static enum step body_is_whole(struct connection *c)
{
	struct exchange *x = &c->exchange;

	if (!x->answer.status && x->route->end)
		x->route->end(x);
	if (x->answer.status || !x->route->work)
		return answer(c);
	c->state = AWAIT_WORK;
	if (work_start(&c->work, x, c->server) < 0)
		return STEP_END;
	/* Done in this process already? */
	return x->answer.status ? answer(c) : STEP_WAIT;
}

static enum step step_read_body(struct connection *c)
{
	enum step step;

	if (http1_body_is_done(&c->body))
		return body_is_whole(c);
	step = read_piece(c);
	if (step != STEP_ON || c->state != READ_BODY)
		return step;
	return c->exchange.answer.status ? answer(c) : c->turn > TURN ? STEP_TURN : STEP_ON;
}

/* ---- sending ---- */

static enum step send_out(struct connection *c, bool more)
{
	while (c->out_at < c->out.len) {
		ssize_t n = c->transport.kind->write(&c->transport, c->out.data + c->out_at, c->out.len - c->out_at, more);

		if (n <= 0)
			return blocked(c, n);
		c->out_at += (size_t)n;
		moved(c, (size_t)n);
	}
	return STEP_ON;
}

static enum step step_send_continue(struct connection *c)
{
	enum step step = send_out(c, false);

	if (step == STEP_ON)
		c->state = READ_BODY;
	return step;
}

/* Ready for the next request. */
static enum step next(struct connection *c)
{
	exchange_done(&c->exchange);
	exchange_init(c);
	c->in_len -= c->in_at;
	memmove(c->in, c->in + c->in_at, c->in_len);
	c->in_at = 0;
	if (!c->in_len) {
		free(c->in);
		c->in = NULL;
		c->in_room = 0;
	}
	c->state = READ_HEAD;
	arm(c);
	if (!c->in_len && !c->transport.kind->pending(&c->transport)) {
		c->transport.wants = EPOLLIN;
		return STEP_WAIT;
	}
	return STEP_ON;
}

static enum step answered(struct connection *c)
{
	answer_log(&c->exchange.answer, &c->request, c->peer, clock_boot() - c->started);
	if (http1_body_is_done(&c->body) && !c->lost)
		return c->exchange.answer.close ? STEP_END : next(c);
	/* To close now would reset the connection, and the client would not see the answer. */
	c->state = c->lost ? LINGER : DISCARD;
	if (c->lost)
		(void)shutdown(c->transport.fd, SHUT_WR);
	arm(c);
	return STEP_ON;
}

static enum step step_send_head(struct connection *c)
{
	enum step step = send_out(c, c->exchange.answer.file >= 0 && c->exchange.answer.from < c->exchange.answer.to);

	if (step != STEP_ON)
		return step;
	if (c->exchange.answer.file < 0)
		return answered(c);
	c->state = SEND_FILE;
	return STEP_ON;
}

static enum step step_send_file(struct connection *c)
{
	const struct answer *a = &c->exchange.answer;

	while (c->file_at < a->to) {
		uint64_t left = a->to - c->file_at;
		ssize_t n = c->transport.kind->file(&c->transport, a->file, (off_t)c->file_at, left < TURN ? (size_t)left : TURN);

		if (n <= 0)
			return blocked(c, n);
		c->file_at += (uint64_t)n;
		moved(c, (size_t)n);
		if (c->turn > TURN && c->file_at < a->to) {
			c->transport.wants = EPOLLOUT;
			return STEP_TURN;
		}
	}
	return answered(c);
}

static enum step step_discard(struct connection *c)
{
	if (http1_body_is_done(&c->body))
		return c->exchange.answer.close ? STEP_END : next(c);
	return read_piece(c);
}

/* Until the peer has closed, too. */
static enum step step_linger(struct connection *c)
{
	ssize_t n = c->transport.kind->read(&c->transport, c->server->scratch, SERVER_SCRATCH);

	if (n <= 0)
		return blocked(c, n);
	c->discarded += (uint64_t)n;
	return c->discarded > DISCARD_MAX ? STEP_END : STEP_ON;
}

static enum step step_await(struct connection *c)
{
	return STEP_WAIT;
}

static enum step (*const steps[STATES])(struct connection *c) = {
	[READ_HEAD] = step_read_head, [AWAIT_AUTH] = step_await,   [SEND_CONTINUE] = step_send_continue,
	[READ_BODY] = step_read_body, [AWAIT_WORK] = step_await,   [SEND_HEAD] = step_send_head,
	[SEND_FILE] = step_send_file, [DISCARD] = step_discard,	   [LINGER] = step_linger,
};

/* ---- the loop ---- */

static uint32_t wanted_events(const struct connection *c, enum step step)
{
	if (c->state == AWAIT_AUTH || c->state == AWAIT_WORK)
		return 0;
	/* Bytes that OpenSSL has taken already make no event: a socket that can be written does. */
	if (step == STEP_TURN && c->transport.kind->pending(&c->transport))
		return EPOLLIN | EPOLLOUT;
	return c->transport.wants;
}

/* `step`: what the state was just brought to. */
static void pump_from(struct connection *c, enum step step)
{
	c->turn = 0;
	while (step == STEP_ON)
		step = steps[c->state](c);
	if (step == STEP_END || loop_watch(&c->server->loop, &c->source, wanted_events(c, step), NULL) < 0)
		connection_close(c);
}

static int connection_ready(struct loop_source *source, uint32_t events, struct err *e)
{
	struct connection *c = loop_owner(source, struct connection, source);

	if (!(events & ~(uint32_t)(EPOLLERR | EPOLLHUP)) && (c->state == AWAIT_AUTH || c->state == AWAIT_WORK))
		connection_close(c);
	else
		pump_from(c, STEP_ON);
	return 0;
}

static void work_ended(struct work *w)
{
	struct connection *c = loop_owner(w, struct connection, work);

	pump_from(c, answer(c));
}

void connection_authorized(struct server *s, uint32_t number, bool right)
{
	struct connection *c = s->oldest;

	while (c && (c->state != AWAIT_AUTH || c->auth_number != number))
		c = c->newer;
	if (c)
		pump_from(c, right ? route(c) : refuse_user(c));
}

void connection_open(struct server *s, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c || transport_open(&c->transport, fd, s->tls) < 0) {
		own_close(&fd);
		free(c);
		return;
	}
	c->server = s;
	c->source = (struct loop_source){ .fd = fd, .ready = connection_ready };
	c->work = (struct work)WORK_INIT(work_ended);
	c->carry = (struct upload)UPLOAD_INIT;
	exchange_init(c);
	(void)listen_peer(fd, c->peer);
	s->connections++;
	arm(c);
	pump_from(c, STEP_ON);
}

void connection_close(struct connection *c)
{
	struct server *s = c->server;

	unlink_from_list(c);
	loop_remove(&s->loop, &c->source);
	work_abandon(&c->work, s);
	exchange_done(&c->exchange);
	upload_done(&c->carry);
	str_done(&c->out);
	transport_close(&c->transport);
	free(c->in);
	free(c);
	s->connections--;
	server_release(s);
}

/* ---- what the server asks for ---- */

static bool is_idle(const struct connection *c)
{
	return c->state == READ_HEAD && !c->in_len;
}

static void expire(struct connection *c)
{
	bool awaits = c->state == AWAIT_WORK || c->state == AWAIT_AUTH, reads = c->state == READ_HEAD || c->state == READ_BODY;
	bool moves = c->state == READ_BODY || c->state == SEND_HEAD || c->state == SEND_FILE;

	if (awaits || (moves && c->moved >= PROGRESS_MIN)) {
		arm(c);
	} else if (reads && !is_idle(c)) {
		c->started = clock_boot();
		pump_from(c, refuse(c, 408)); /* half a head, half a body */
	} else {
		connection_close(c);
	}
}

int64_t connection_expire(struct server *s, int64_t now)
{
	while (s->oldest && s->oldest->expires <= now)
		expire(s->oldest);
	return s->oldest ? s->oldest->expires : 0;
}

void connection_close_idle(struct server *s)
{
	for (struct connection *c = s->oldest, *newer; c; c = newer) {
		newer = c->newer;
		if (is_idle(c))
			connection_close(c);
	}
}

bool connection_evict(struct server *s)
{
	for (struct connection *c = s->oldest; c; c = c->newer)
		if (is_idle(c)) {
			connection_close(c);
			return true;
		}
	return false;
}
