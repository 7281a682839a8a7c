/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include <sys/ioctl.h>

#include "base/str.h"

void terminal_raw(struct terminal *t, int fd)
{
	struct termios raw;

	if (tcgetattr(fd, &t->saved) < 0)
		return;
	raw = t->saved;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSADRAIN, &raw) == 0)
		t->fd = fd;
}

void terminal_hide(struct terminal *t, int fd)
{
	struct termios quiet;

	if (tcgetattr(fd, &t->saved) < 0)
		return;
	quiet = t->saved;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(fd, TCSAFLUSH, &quiet) == 0)
		t->fd = fd;
}

void terminal_restore(struct terminal *t)
{
	if (t->fd >= 0)
		(void)tcsetattr(take_fd(t->fd), TCSADRAIN, &t->saved);
}

void terminal_size(int fd, uint32_t *ret_rows, uint32_t *ret_columns)
{
	struct winsize size = { 0 };

	(void)ioctl(fd, TIOCGWINSZ, &size);
	*ret_rows = size.ws_row;
	*ret_columns = size.ws_col;
}

bool terminal_is_live(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && !str_eq(term, "dumb");
}

enum { CTRL_P = 'p' & 0x1f, CTRL_Q = 'q' & 0x1f };

size_t detach_keys_filter(struct detach_keys *keys, const char *from, size_t len, char *to, bool *ret_detach)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (keys->held && from[i] == CTRL_Q) {
			*ret_detach = true;
			return n;
		}
		if (keys->held)
			to[n++] = CTRL_P;
		keys->held = from[i] == CTRL_P;
		if (!keys->held)
			to[n++] = from[i];
	}
	return n;
}
