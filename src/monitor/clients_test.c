/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/path.h"
#include "monitor/clients.h"

struct scene {
	struct loop loop;
	struct clients clients;
	int sock; /* the client's end */
	int stdin_room;
	char input[64];
	size_t n_input;
	bool input_closed;
	int signal;
};

static struct scene *scene_of(struct clients *clients)
{
	return loop_owner(clients, struct scene, clients);
}

static int on_kill(struct clients *clients, int signal)
{
	scene_of(clients)->signal = signal;
	return 0;
}

static void on_exec(struct clients *clients, int sock, const int *fds)
{
}

static void on_resize(struct clients *clients, uint32_t rows, uint32_t columns)
{
}

static ssize_t on_stdin(struct clients *clients, const char *bytes, size_t len)
{
	struct scene *s = scene_of(clients);
	size_t n = len < (size_t)s->stdin_room ? len : (size_t)s->stdin_room;

	if (n == 0)
		return -EAGAIN;
	memcpy(s->input + s->n_input, bytes, n);
	s->n_input += n;
	s->stdin_room -= (int)n;
	return (ssize_t)n;
}

static void on_stdin_close(struct clients *clients)
{
	scene_of(clients)->input_closed = true;
}

static void on_changed(struct clients *clients)
{
}

static const struct clients_calls calls = {
	.kill = on_kill, .exec = on_exec, .resize = on_resize,
	.stdin_write = on_stdin, .stdin_close = on_stdin_close, .changed = on_changed,
};

static void stop_when_idle(struct loop *loop)
{
	loop_stop(loop);
}

static void step(struct scene *s)
{
	struct err e = ERR_INIT;

	assert_int_equal(loop_run(&s->loop, &e), 0);
}

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct err e = ERR_INIT;
	int ends[2];

	s->loop = (struct loop){ .epoll = -EBADF, .idle_ms = 0, .idle = stop_when_idle };
	assert_int_equal(loop_open(&s->loop, &e), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	s->sock = ends[0];
	s->clients = (struct clients){ .loop = &s->loop, .calls = &calls };
	s->clients.spill_dir = path_open(AT_FDCWD, "/tmp", PATH_HOST, O_RDONLY | O_DIRECTORY, 0);
	s->stdin_room = sizeof(s->input);
	assert_int_equal(clients_add(&s->clients, ends[1], true,
				     MONITOR_ATTACH_STDIN | MONITOR_ATTACH_STDOUT, &e), 0);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	clients_close(&s->clients);
	clients_idle(&s->clients);
	loop_close(&s->loop);
	(void)close(s->clients.spill_dir);
	own_close(&s->sock);
	free(s);
	return 0;
}

/* The next message's type; its body in `body`. 0: the connection has ended, -EAGAIN: none yet. */
static int receive(struct scene *s, struct monitor_msg *msg, char *body)
{
	static char packet[sizeof(*msg) + MONITOR_MSG_BODY];
	const char *at;
	ssize_t n = recv(s->sock, packet, sizeof(packet), MSG_DONTWAIT);

	if (n <= 0)
		return n == 0 ? 0 : -errno;
	assert_int_equal(monitor_msg_check(packet, (size_t)n, msg, &at), 0);
	memcpy(body, at, msg->len);
	return msg->type;
}

static void reader_that_stands_still_gets_all_of_it_later_and_the_exit_last(void **state)
{
	static char block[100000], body[MONITOR_MSG_BODY];
	struct scene *s = *state;
	struct monitor_msg msg;
	uint32_t wanted = 0, total = 0;
	int type;

	for (int i = 0; i < 60; i++) { /* 6 MB: far more than a socket holds */
		for (size_t j = 0; j < sizeof(block); j += 4) {
			memcpy(block + j, &wanted, 4);
			wanted++;
		}
		clients_output(&s->clients, 1, block, sizeof(block));
	}
	clients_exit(&s->clients, 7);
	assert_true(clients_busy(&s->clients));
	wanted = 0;
	for (;;) {
		type = receive(s, &msg, body);
		if (type == -EAGAIN) {
			step(s);
			continue;
		}
		if (type != MONITOR_OUTPUT)
			break;
		for (size_t j = 0; j < msg.len; j += 4, wanted++)
			assert_memory_equal(body + j, &wanted, 4);
		total += msg.len;
	}
	assert_int_equal(total, 60 * sizeof(block));
	assert_int_equal(type, MONITOR_EXIT);
	assert_int_equal(msg.a, 7);
	step(s);
	assert_int_equal(receive(s, &msg, body), 0);
	assert_false(clients_busy(&s->clients));
}

static void client_gets_only_the_streams_it_asked_for(void **state)
{
	char body[MONITOR_MSG_BODY];
	struct scene *s = *state;
	struct monitor_msg msg;

	clients_output(&s->clients, 2, "err", 3);
	clients_output(&s->clients, 1, "out", 3);
	assert_int_equal(receive(s, &msg, body), MONITOR_OUTPUT);
	assert_int_equal(msg.a, 1);
	assert_memory_equal(body, "out", 3);
	assert_int_equal(receive(s, &msg, body), -EAGAIN);
}

static void stdin_waits_for_the_container_and_keeps_its_order(void **state)
{
	struct scene *s = *state;

	s->stdin_room = 2;
	assert_int_equal(monitor_msg_send(s->sock, MONITOR_STDIN, 0, 0, "abcd", 4, NULL, 0, 0), 0);
	assert_int_equal(monitor_msg_send(s->sock, MONITOR_STDIN, 0, 0, "ef", 2, NULL, 0, 0), 0);
	assert_int_equal(monitor_msg_send(s->sock, MONITOR_STDIN_CLOSE, 0, 0, NULL, 0, NULL, 0, 0), 0);
	step(s);
	assert_int_equal(s->n_input, 2);
	assert_false(s->input_closed);
	s->stdin_room = 60;
	clients_stdin_ready(&s->clients);
	step(s);
	assert_int_equal(s->n_input, 6);
	assert_memory_equal(s->input, "abcdef", 6);
	assert_true(s->input_closed);
}

static void death_of_the_first_client_is_the_end_of_stdin(void **state)
{
	struct scene *s = *state;

	(void)close(s->sock);
	s->sock = -EBADF;
	step(s);
	assert_true(s->input_closed);
	assert_int_equal(s->clients.n, 0);
}

static void client_that_has_the_duty_is_waited_for_until_it_cleaned_up(void **state)
{
	char body[MONITOR_MSG_BODY];
	struct scene *s = *state;
	struct monitor_msg msg;

	s->clients.duty = true;
	clients_exit(&s->clients, 0);
	assert_int_equal(receive(s, &msg, body), MONITOR_EXIT);
	assert_int_equal(msg.b, 1);
	assert_true(clients_busy(&s->clients));
	assert_int_equal(monitor_msg_send(s->sock, MONITOR_CLEANED, 0, 0, NULL, 0, NULL, 0, 0), 0);
	step(s);
	assert_true(s->clients.cleaned);
	assert_false(clients_busy(&s->clients));
}

static void message_out_of_turn_ends_the_connection(void **state)
{
	struct scene *s = *state;
	struct err e = ERR_INIT;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(clients_add(&s->clients, ends[1], false, 0, &e), 0);
	assert_int_equal(s->clients.n, 2);
	assert_int_equal(monitor_msg_send(ends[0], MONITOR_STDIN, 0, 0, "x", 1, NULL, 0, 0), 0);
	step(s);
	assert_int_equal(s->clients.n, 1);
	assert_int_equal(send(s->sock, "garbage", 7, 0), 7);
	step(s);
	assert_int_equal(s->clients.n, 0);
	(void)close(ends[0]);
}

static void signal_is_passed_on_and_answered(void **state)
{
	char body[MONITOR_MSG_BODY];
	struct scene *s = *state, other = { .sock = -EBADF };
	struct monitor_msg msg;
	struct err e = ERR_INIT;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(clients_add(&s->clients, ends[1], false, 0, &e), 0);
	other.sock = ends[0];
	assert_int_equal(monitor_msg_send(other.sock, MONITOR_KILL, 15, 0, NULL, 0, NULL, 0, 0), 0);
	step(s);
	assert_int_equal(s->signal, 15);
	assert_int_equal(receive(&other, &msg, body), MONITOR_OK);
	(void)close(other.sock);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(reader_that_stands_still_gets_all_of_it_later_and_the_exit_last),
		TEST(client_gets_only_the_streams_it_asked_for),
		TEST(stdin_waits_for_the_container_and_keeps_its_order),
		TEST(death_of_the_first_client_is_the_end_of_stdin),
		TEST(client_that_has_the_duty_is_waited_for_until_it_cleaned_up),
		TEST(message_out_of_turn_ends_the_connection),
		TEST(signal_is_passed_on_and_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
