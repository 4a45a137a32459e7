/* SPDX-License-Identifier: MIT */
/* The names of all commands: to complete one, and to find the one that was meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/programs/sh/sh.h"

#define NAME_SIZE	32	/* longer names are not offered */
#define MOST_CHANGES	2

static char (*names)[NAME_SIZE];
static size_t nr_names;

static void add_name(const char *name, unsigned char unused)
{
	(void)unused;
	if (name[0] == '.' || strlen(name) >= NAME_SIZE)
		return;
	if (nr_names % 64 == 0) {
		void *more = realloc(names, (nr_names + 64) * NAME_SIZE);

		if (more == NULL)
			return;
		names = more;
	}
	strcpy(names[nr_names++], name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* load_names() - those of /bin and the shell's own, sorted. */
static void load_names(void)
{
	nr_names = 0;
	list_folder("/bin", add_name);
	each_builtin(add_name);
	qsort(names, nr_names, NAME_SIZE, by_name);
}

/* command_start() - where the command's name begins at whose end the cursor is; SIZE_MAX: the cursor is in another word. */
static size_t command_start(const struct line *l)
{
	size_t start = l->pos;

	while (start > 0 && strchr(" ;|&", l->text[start - 1]) == NULL)
		start--;
	for (size_t i = start; i > 0 && strchr(";|&", l->text[i - 1]) == NULL; i--)
		if (l->text[i - 1] != ' ')
			return SIZE_MAX;
	return start;
}

/* common_length() - how many letters the names [first, end) have in common. */
static size_t common_length(size_t first, size_t end)
{
	size_t len = strlen(names[first]);

	for (size_t i = first + 1; i < end; i++)
		while (strncmp(names[first], names[i], len) != 0)
			len--;
	return len;
}

/* list_names() - the names [first, end) below the line, as many beside each other as fit. */
static void list_names(struct line *l, size_t first, size_t end)
{
	size_t width = 1, per_row, pos = l->pos;

	for (size_t i = first; i < end; i++)
		if (strlen(names[i]) + 2 > width)
			width = strlen(names[i]) + 2;
	per_row = (size_t)tty_columns() / width;
	per_row = per_row > 0 ? per_row : 1;
	line_move(l, l->len);
	putchar('\n');
	for (size_t i = first; i < end; i++) {
		bool last = (i - first) % per_row == per_row - 1 || i + 1 == end;

		printf("%-*s%s", last ? 0 : (int)width, names[i], last ? "\n" : "");
	}
	line_show(l);
	line_move(l, pos);
}

void complete(struct line *l, bool again)
{
	size_t start = command_start(l), typed = l->pos - start, first, end, len;

	if (start == SIZE_MAX)
		return;
	load_names();
	for (first = 0; first < nr_names && strncmp(names[first], l->text + start, typed) != 0; first++)
		;
	for (end = first; end < nr_names && strncmp(names[end], l->text + start, typed) == 0; end++)
		;
	if (first == end)
		return;
	len = common_length(first, end);
	line_insert(l, names[first] + typed, len - typed);
	if (first + 1 == end)
		line_insert(l, " ", 1);
	else if (again && len == typed)
		list_names(l, first, end);
}

/* changes() - how many letters must be put in, taken out or replaced to make @b of @a: one row of the table at a time. */
static size_t changes(const char *a, const char *b)
{
	size_t row[NAME_SIZE], width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[width];
}

const char *nearest_name(const char *name)
{
	size_t fewest = MOST_CHANGES + 1;
	const char *best = NULL;

	if (strlen(name) >= NAME_SIZE)
		return NULL;
	load_names();
	for (size_t i = 0; i < nr_names; i++) {
		size_t n = changes(name, names[i]);

		/* As many changes as letters: any other word would be as near. */
		if (n < fewest && n < strlen(name)) {
			fewest = n;
			best = names[i];
		}
	}
	return best;
}
