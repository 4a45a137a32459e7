/* SPDX-License-Identifier: MIT */
/* What each key does to the line; the prompt's loop. */
#include <stdio.h>
#include <string.h>
#include "user/programs/sh/sh.h"

#define CTRL(c)	((c) & 0x1f)
#define DEL	0x7f

/* Where the user is in the history. */
struct browse {
	unsigned int back;		/* 0: the line that is being typed, which draft[] keeps meanwhile */
	char draft[LINE_SIZE];
};

static void replace(struct line *l, const char *text)
{
	line_move(l, 0);
	line_delete(l, 0, l->len);
	line_insert(l, text, strlen(text));
}

/* browse() - show the line that is @step lines older (or newer, when negative). */
static void browse(struct line *l, struct browse *b, int step)
{
	const char *text;

	if (step < 0 && b->back == 0)
		return;
	text = b->back + step == 0 ? b->draft : history_get(b->back + step);
	if (text == NULL)
		return;
	if (b->back == 0) {
		memcpy(b->draft, l->text, l->len);
		b->draft[l->len] = '\0';
	}
	b->back += step;
	replace(l, text);
}

/* word_start() - where the word before the cursor begins; blanks behind it belong to it. */
static size_t word_start(const struct line *l)
{
	size_t pos = l->pos;

	while (pos > 0 && l->text[pos - 1] == ' ')
		pos--;
	while (pos > 0 && l->text[pos - 1] != ' ')
		pos--;
	return pos;
}

static void clear_screen(struct line *l)
{
	fputs("\033[H\033[2J", stdout);
	line_show(l);
}

static void edit_key(struct line *l, struct browse *b, const struct key_press *press)
{
	switch (press->key) {
	case KEY_TEXT: line_insert(l, press->text, press->len); break;
	case CTRL('A'): case KEY_HOME: line_move(l, 0); break;
	case CTRL('E'): case KEY_END: line_move(l, l->len); break;
	case CTRL('B'): case KEY_LEFT: line_move(l, prev_char(l, l->pos)); break;
	case CTRL('F'): case KEY_RIGHT: line_move(l, next_char(l, l->pos)); break;
	case CTRL('P'): case KEY_UP: browse(l, b, 1); break;
	case CTRL('N'): case KEY_DOWN: browse(l, b, -1); break;
	case CTRL('D'): case KEY_DELETE: line_delete(l, l->pos, next_char(l, l->pos)); break;
	case CTRL('H'): case DEL: line_delete(l, prev_char(l, l->pos), l->pos); break;
	case CTRL('W'): line_delete(l, word_start(l), l->pos); break;
	case CTRL('U'): line_delete(l, 0, l->pos); break;
	case CTRL('K'): line_delete(l, l->pos, l->len); break;
	case CTRL('L'): clear_screen(l); break;
	}
}

/* finish() - programs get the console back; only then is the line ended, so that what is typed behind it is theirs. */
static enum line_end finish(struct line *l, const char *last_words, enum line_end end)
{
	line_move(l, l->len);
	fflush(stdout);
	console_restore();
	fputs(last_words, stdout);
	return end;
}

/* enter() - the line is complete. */
static enum line_end enter(struct line *l, char line[LINE_SIZE])
{
	finish(l, "\n", LINE_READ);
	if (l->overflow) {
		printf(TOO_LONG, LINE_SIZE - 1);
		last_status = 2;
		return LINE_DROPPED;
	}
	memcpy(line, l->text, l->len);
	line[l->len] = '\0';
	history_add(line);
	return LINE_READ;
}

enum line_end edit_line(const char *prompt, char line[LINE_SIZE])
{
	static struct line l;
	static struct browse b;
	struct key_press press;
	bool tab = false;

	l = (struct line){ .prompt = prompt };
	b.back = 0;
	console_raw();
	line_show(&l);
	for (;;) {
		read_key(&press);
		if (press.key == '\n' || press.key == '\r')
			return enter(&l, line);
		if (press.key == KEY_EOF || (press.key == CTRL('D') && l.len == 0))
			return finish(&l, "", LINE_EOF);
		if (press.key == CTRL('C')) {
			last_status = 130;
			return finish(&l, "^C\n", LINE_DROPPED);
		}
		if (press.key == '\t')
			complete(&l, tab);
		else
			edit_key(&l, &b, &press);
		tab = press.key == '\t';
	}
}
