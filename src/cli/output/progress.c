/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output/progress.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/output/out.h"
#include "cli/terminal.h"

enum { BAR = 30, REDRAW_NS = 100 * NSEC_PER_MSEC };

void progress_init(struct progress *p, int fd, bool quiet)
{
	*p = (struct progress){ .fd = fd, .live = terminal_is_live(fd), .quiet = quiet };
}

void progress_done(struct progress *p)
{
	for (size_t i = 0; i < p->objects.n; i++) {
		free(p->objects.items[i].name);
		free(p->objects.items[i].status);
	}
	free(p->objects.items);
}

/* "[=======>      ] 1.2MB/3.4MB" */
static void add_bar(struct str *to, const struct image_progress *event)
{
	int filled = (int)(event->current >= event->total ? BAR : event->current * BAR / event->total);

	str_add(to, " [");
	for (int i = 0; i < BAR; i++)
		str_add_char(to, i < filled ? '=' : i == filled ? '>' : ' ');
	str_add(to, "] ");
	text_size(to, event->current);
	str_add_char(to, '/');
	text_size(to, event->total);
}

static void add_line(struct str *to, const struct image_progress *event, bool bar)
{
	if (event->object) {
		text_escape(to, event->object, strlen(event->object));
		str_add(to, ": ");
	}
	text_escape(to, event->status, strlen(event->status));
	if (bar && event->total > 0)
		add_bar(to, event);
	else if (bar && event->current > 0) {
		str_add_char(to, ' ');
		text_size(to, event->current);
	}
}

static struct progress_object *find(struct progress *p, const char *name)
{
	for (size_t i = 0; i < p->objects.n; i++)
		if (str_eq(p->objects.items[i].name, name))
			return &p->objects.items[i];
	return NULL;
}

static struct progress_object *add(struct progress *p, const char *name)
{
	autofree char *copy = strdup(name), *status = strdup("");
	struct progress_object *object = copy && status ? vec_add(&p->objects) : NULL;

	if (object)
		*object = (struct progress_object){ .name = take_ptr(copy), .status = take_ptr(status) };
	return object;
}

void progress_rate(struct str *to, uint64_t done, uint64_t left, int64_t elapsed)
{
	uint64_t rate = elapsed >= NSEC_PER_SEC ? done / (uint64_t)(elapsed / NSEC_PER_MSEC) * 1000 : 0;
	uint64_t seconds = rate ? (left + rate - 1) / rate : 0;

	if (rate == 0)
		return;
	str_add_char(to, ' ');
	text_size(to, rate);
	str_add(to, "/s");
	if (seconds >= 3600)
		str_addf(to, " %lluh%02llum", (unsigned long long)(seconds / 3600), (unsigned long long)(seconds / 60 % 60));
	else if (seconds >= 60)
		str_addf(to, " %llum%02llus", (unsigned long long)(seconds / 60), (unsigned long long)(seconds % 60));
	else if (seconds)
		str_addf(to, " %llus", (unsigned long long)seconds);
}

/* The cursor stands below the last line, goes up to the object's, draws and comes back. */
static void draw(const struct progress *p, size_t at, bool fresh, const struct image_progress *event)
{
	autostr struct str text = STR_INIT;
	const struct progress_object *object = &p->objects.items[at];
	size_t up = p->objects.n - at;

	if (!fresh)
		str_addf(&text, "\x1b[%zuA\r\x1b[2K", up);
	add_line(&text, event, true);
	if (event->total > event->current && event->current > object->first)
		progress_rate(&text, event->current - object->first, event->total - event->current,
			      clock_boot() - object->began);
	str_add_char(&text, '\n');
	if (!fresh && up > 1)
		str_addf(&text, "\x1b[%zuB", up - 1);
	(void)out_bytes(p->fd, str_text(&text), text.len);
}

static void say(const struct progress *p, const struct image_progress *event)
{
	autostr struct str text = STR_INIT;

	add_line(&text, event, false);
	str_add_char(&text, '\n');
	(void)out_bytes(p->fd, str_text(&text), text.len);
}

/* A line of its own keeps its place on the terminal like an object, but is never drawn again. */
static int line_event(struct progress *p, const struct image_progress *event)
{
	if (!add(p, ""))
		return -1;
	say(p, event);
	return 0;
}

int progress_event(const struct image_progress *event, void *arg)
{
	struct progress *p = arg;
	struct progress_object *object;
	bool fresh, changed;

	if (p->quiet)
		return 0;
	if (!event->object)
		return line_event(p, event);
	object = find(p, event->object);
	fresh = !object;
	if (fresh)
		object = add(p, event->object);
	if (!object)
		return -1;
	changed = !str_eq(object->status, event->status);
	if (!changed && (!p->live || clock_boot() - object->drawn < REDRAW_NS))
		return 0;
	if (changed) {
		char *copy = strdup(event->status);

		if (!copy)
			return -1;
		free(object->status);
		object->status = copy;
		object->began = clock_boot();
		object->first = event->current;
	}
	object->drawn = clock_boot();
	if (p->live)
		draw(p, (size_t)(object - p->objects.items), fresh, event);
	else
		say(p, event);
	return 0;
}
