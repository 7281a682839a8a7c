/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/answer.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { PATH_SHOWN = 512 };

/* RFC 9110's form, whatever the locale. */
static void add_date(struct str *to)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)(clock_wall() / NSEC_PER_SEC);
	struct tm t;

	if (gmtime_r(&now, &t))
		str_addf(to, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[t.tm_wday], t.tm_mday, months[t.tm_mon],
			 t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static uint64_t answer_length(const struct answer *a)
{
	return a->file >= 0 ? a->to - a->from : a->text.len;
}

void answer_print(const struct answer *a, struct str *to)
{
	str_addf(to, "HTTP/1.1 %d %s\r\n", a->status, http1_reason(a->status));
	add_date(to);
	str_add(to, "Docker-Distribution-API-Version: registry/2.0\r\nX-Content-Type-Options: nosniff\r\n");
	str_add(to, str_text(&a->fields));
	if (a->status != 204)
		str_addf(to, "Content-Length: %llu\r\n", (unsigned long long)answer_length(a));
	str_add(to, a->close ? "Connection: close\r\n\r\n" : "\r\n");
}

/* What could not be read has no method and no path. */
static struct http1_slice shown(struct http1_slice s)
{
	static const struct http1_slice none = { "-", 1 };

	return !s.len ? none : s.len > PATH_SHOWN ? (struct http1_slice){ s.at, PATH_SHOWN } : s;
}

void answer_log(const struct answer *a, const struct http1_request *request, const char *peer, int64_t nanoseconds)
{
	struct http1_slice method = shown(request->method), path = shown(request->path);

	log_info("%s %.*s %.*s %d %llu %lld.%03lldms", peer, (int)method.len, method.at, (int)path.len, path.at, a->status,
		 (unsigned long long)answer_length(a), (long long)(nanoseconds / 1000000), (long long)(nanoseconds / 1000 % 1000));
}
