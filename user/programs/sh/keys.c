/* SPDX-License-Identifier: MIT */
/* Keys from the bytes that a terminal sends, and the console's two modes. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include "user/programs/sh/sh.h"

#define ESC	0x1b
#define DEL	0x7f

static struct termios sane;	/* how programs find the console */
static bool is_console;
static int pushed_back = -1;	/* a byte that read_key() took too early */

bool console_start(void)
{
	is_console = tcgetattr(0, &sane) == 0;
	sane.c_iflag |= ICRNL | IUTF8;
	sane.c_lflag |= ICANON | ECHO | ISIG;
	return is_console;
}

/* ICRNL stays: what is typed ahead for the next program has to be lines. */
void console_raw(void)
{
	struct termios raw = sane;

	cfmakeraw(&raw);
	raw.c_iflag |= ICRNL;
	tcsetattr(0, TCSANOW, &raw);
}

void console_restore(void)
{
	if (is_console)
		tcsetattr(0, TCSANOW, &sane);
}

/*
 * get_byte() - one only: the next belongs to the program that this line may start. -1: there are no more. What stands in the
 * output buffer is printed before a wait only: the echo of keys that came together is one write, which other programs' output
 * does not cut in pieces.
 */
static int get_byte(void)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	unsigned char c;
	int back = pushed_back;
	ssize_t n;

	pushed_back = -1;
	if (back >= 0)
		return back;
	if (poll(&input, 1, 0) <= 0)
		fflush(stdout);
	while ((n = read(0, &c, 1)) < 0 && errno == EINTR)
		;
	return n == 1 ? c : -1;
}

/* letter_key() - the last byte of ESC [ ... or ESC O: which key it means. */
static int letter_key(int letter, int number)
{
	switch (letter) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case '~': break;
	default: return KEY_NONE;
	}
	return number == 1 || number == 7 ? KEY_HOME : number == 4 || number == 8 ? KEY_END : number == 3 ? KEY_DELETE : KEY_NONE;
}

/*
 * read_sequence() - behind ESC: "[" parameters letter, "O" letter, or a single byte. All of it is taken, whether it means a key
 * or not; only a control character ends it early and counts for itself.
 */
static int read_sequence(void)
{
	int c = get_byte(), number = 0, first = c;

	if (c == '[' || c == 'O') {
		c = get_byte();
		if (first == '[' && c == '[') {		/* function keys of some consoles: ESC [ [ A */
			c = get_byte();
			if (c >= ' ')
				return KEY_NONE;
		}
		for (; c >= ' ' && c < '@'; c = get_byte())
			number = c >= '0' && c <= '9' && number < 100 ? number * 10 + c - '0' : number;
		if (c >= '@' && c != DEL)
			return letter_key(c, number);
	} else if (c >= ' ') {
		return KEY_NONE;
	}
	pushed_back = c;
	return c < 0 ? KEY_EOF : KEY_NONE;
}

/* read_text() - the bytes of the character that begins with @c; one that is not complete counts as nothing. */
static int read_text(struct key_press *press, int c)
{
	size_t wanted = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

	if (wanted == 0)
		return KEY_NONE;
	press->text[0] = (char)c;
	for (press->len = 1; press->len < wanted; press->len++) {
		c = get_byte();
		if (c < 0 || (c & 0xc0) != 0x80) {
			pushed_back = c;
			return KEY_NONE;
		}
		press->text[press->len] = (char)c;
	}
	return KEY_TEXT;
}

void read_key(struct key_press *press)
{
	int c;

	c = get_byte();
	if (c < 0)
		press->key = KEY_EOF;
	else if (c == ESC)
		press->key = read_sequence();
	else if (c < ' ' || c == DEL)
		press->key = c;
	else
		press->key = read_text(press, c);
}
