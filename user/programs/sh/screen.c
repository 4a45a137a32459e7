/* SPDX-License-Identifier: MIT */
/*
 * The line that is being edited, and the same line on the screen. A character at the end is just printed; everything else
 * prints the rest of the line again and moves the cursor back.
 *
 *	samara$ cowdemo; pt 0x10000|		cells: columns of the prompt and the text, counted through all rows
 *	        ^pos            len^
 *
 * After the last column of a row a terminal stays there until the next character: at_edge. Each character takes one column.
 */
#include <stdio.h>
#include <string.h>
#include "user/programs/sh/sh.h"

static bool at_edge;

static bool inside_char(char c)
{
	return (c & 0xc0) == 0x80;
}

size_t prev_char(const struct line *l, size_t pos)
{
	if (pos > 0)
		pos--;
	while (pos > 0 && inside_char(l->text[pos]))
		pos--;
	return pos;
}

size_t next_char(const struct line *l, size_t pos)
{
	if (pos < l->len)
		pos++;
	while (pos < l->len && inside_char(l->text[pos]))
		pos++;
	return pos;
}

/* cell() - of byte @pos, counted from the beginning of the prompt. */
static int cell(const struct line *l, size_t pos)
{
	int n = (int)strlen(l->prompt);

	for (size_t i = 0; i < pos; i++)
		n += !inside_char(l->text[i]);
	return n;
}

/* leave_edge() - go to the beginning of the next row, where the cursor should be. */
static void leave_edge(void)
{
	if (at_edge)
		fputs(" \b", stdout);
	at_edge = false;
}

static void step(int n, char direction)
{
	if (n == 1 && direction == 'D')
		putchar('\b');
	else if (n > 0)
		printf("\033[%d%c", n, direction);
}

/* go() - move the cursor from one cell to another. */
static void go(int from, int to)
{
	int columns = tty_columns(), rows = to / columns - from / columns;

	if (from == to)
		return;
	leave_edge();
	step(-rows, 'A');
	step(rows, 'B');
	from %= columns;
	to %= columns;
	step(from - to, 'D');
	step(to - from, 'C');
}

/* put_rest() - print the text from byte @from, where the cursor is, to the end; then bring the cursor to pos. */
static void put_rest(struct line *l, size_t from, bool clear)
{
	int end = cell(l, l->len);

	if (l->len > from) {
		fwrite(l->text + from, 1, l->len - from, stdout);
		at_edge = end % tty_columns() == 0;
	}
	if (clear) {
		leave_edge();
		fputs("\033[J", stdout);
	}
	go(end, cell(l, l->pos));
}

void line_show(struct line *l)
{
	at_edge = false;
	fputs(l->prompt, stdout);
	put_rest(l, 0, false);
}

void line_move(struct line *l, size_t pos)
{
	go(cell(l, l->pos), cell(l, pos));
	l->pos = pos;
}

void line_insert(struct line *l, const char *bytes, size_t n)
{
	if (l->overflow)
		return;
	if (n >= LINE_SIZE - l->len) {
		l->overflow = true;
		putchar('\a');
		return;
	}
	memmove(l->text + l->pos + n, l->text + l->pos, l->len - l->pos);
	memcpy(l->text + l->pos, bytes, n);
	l->len += n;
	l->pos += n;
	put_rest(l, l->pos - n, false);
}

void line_delete(struct line *l, size_t from, size_t to)
{
	l->overflow = false;
	if (from == to)
		return;
	line_move(l, from);
	memmove(l->text + from, l->text + to, l->len - to);
	l->len -= to - from;
	put_rest(l, from, true);
}
