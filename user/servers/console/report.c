/* SPDX-License-Identifier: MIT */
/* Reports of the terminal's size; report.h. */
#include "user/servers/console/report.h"
#include <stddef.h>
#include "user/libsys/sys.h"

#define HOLD_NS		50000000ULL
#define DIGITS		4

static char held[sizeof("\033[8;9999;9999t")];
static size_t nr_held;
static unsigned long long deadline = ~0ULL;

/* What a report may go on with, after what is held: the fixed part, then two numbers. Sets the numbers as far as they have come. */
static bool may_follow(char c, unsigned int n[2])
{
	static const char head[] = "\033[8;";
	size_t i = sizeof(head) - 1, which = 0, digits = 0;

	if (nr_held < sizeof(head) - 1)
		return c == head[nr_held];
	n[0] = n[1] = 0;
	for (; i < nr_held; i++) {
		if (held[i] == ';') {
			which++;
			digits = 0;
		} else {
			n[which] = n[which] * 10 + (unsigned int)(held[i] - '0');
			digits++;
		}
	}
	if (c >= '0' && c <= '9')
		return digits < DIGITS;
	return digits > 0 && c == (which == 0 ? ';' : 't');
}

static void let_go(const struct report_sink *sink)
{
	size_t n = nr_held;

	nr_held = 0;
	deadline = ~0ULL;
	for (size_t i = 0; i < n; i++)
		sink->type(held[i]);
}

void report_type(const struct report_sink *sink, char c)
{
	unsigned int n[2];

	if (!may_follow(c, n))
		let_go(sink);
	if (!may_follow(c, n)) {		/* nor can it begin one */
		sink->type(c);
	} else if (c == 't') {
		nr_held = 0;
		deadline = ~0ULL;
		sink->resize(n[0], n[1]);
	} else {
		held[nr_held++] = c;
		deadline = now_ns() + HOLD_NS;
	}
}

unsigned long long report_deadline(void)
{
	return deadline;
}

void report_flush(const struct report_sink *sink)
{
	if (nr_held && now_ns() >= deadline)
		let_go(sink);
}
