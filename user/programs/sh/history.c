/* SPDX-License-Identifier: MIT */
/* The lines that were run: a ring of the last LINES. */
#include <stdlib.h>
#include <string.h>
#include "user/programs/sh/sh.h"

#define LINES	64

static char *lines[LINES];
static unsigned int nr_added;

void history_add(const char *text)
{
	const char *last = history_get(1);
	char *copy;

	if (text[strspn(text, " \t")] == '\0' || (last != NULL && strcmp(last, text) == 0))
		return;
	copy = strdup(text);
	if (copy == NULL)
		return;
	free(lines[nr_added % LINES]);
	lines[nr_added++ % LINES] = copy;
}

const char *history_get(unsigned int back)
{
	if (back == 0 || back > nr_added || back > LINES)
		return NULL;
	return lines[(nr_added - back) % LINES];
}
