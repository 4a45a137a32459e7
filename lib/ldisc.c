/* SPDX-License-Identifier: MIT */
/* The line discipline; ldisc.h. */
#include "lib/ldisc.h"
#include "lib/errno.h"
#include "uapi/signal.h"

#define DEL	0x7f

/* ---- typed bytes ---- */

static bool local(const struct ldisc *l, unsigned int flag)
{
	return l->termios.c_lflag & flag;
}

static bool is_cc(const struct ldisc *l, char c, int which)
{
	return c != '\0' && (unsigned char)c == l->termios.c_cc[which];
}

static void echo(const struct ldisc *l, const char *s, size_t n)
{
	if (local(l, ECHO))
		l->print(s, n);
}

/* A control character is printed as ^X, a tab as one blank. */
static void echo_char(const struct ldisc *l, char c)
{
	char text[2] = { c, c ^ 0x40 };
	bool control = ((unsigned char)c < ' ' && c != '\t') || c == DEL;

	if (c == '\t')
		text[0] = ' ';
	else if (control)
		text[0] = '^';
	echo(l, text, control ? 2 : 1);
}

/* How many columns echo_char() printed for @c: of the bytes of a UTF-8 character, the first one counts. */
static unsigned int columns(char c)
{
	if (((unsigned char)c < ' ' && c != '\t') || c == DEL)
		return 2;
	return (c & 0xc0) != 0x80;
}

static void put_cooked(struct ldisc *l, char c)
{
	if (l->head - l->tail < LDISC_COOKED)
		l->cooked[l->head++ % LDISC_COOKED] = c;
}

/* The line is complete, or ended by ^D: readers may have it, as far as there is room. */
static void commit_line(struct ldisc *l)
{
	for (size_t i = 0; i < l->edit_len; i++)
		put_cooked(l, l->edit[i]);
	l->edit_len = 0;
}

static void erase_char(struct ldisc *l)
{
	unsigned int width = 0;

	while (l->edit_len > 0 && width == 0) {
		char c = l->edit[--l->edit_len];

		width = l->termios.c_iflag & IUTF8 ? columns(c) : 1;
	}
	for (; width > 0; width--)
		echo(l, "\b \b", 3);
}

static bool ends_in_blank(const struct ldisc *l)
{
	char c = l->edit[l->edit_len - 1];

	return c == ' ' || c == '\t';
}

static void erase_word(struct ldisc *l)
{
	while (l->edit_len > 0 && ends_in_blank(l))
		erase_char(l);
	while (l->edit_len > 0 && !ends_in_blank(l))
		erase_char(l);
}

static void add_char(struct ldisc *l, char c)
{
	if (l->edit_len >= LDISC_LINE - 1)
		return;			/* room for the newline stays */
	l->edit[l->edit_len++] = c;
	echo_char(l, c);
}

static void end_line(struct ldisc *l, char c)
{
	l->edit[l->edit_len++] = c;
	commit_line(l);
}

/* One byte of a line. */
static void edit_char(struct ldisc *l, char c)
{
	if (c == '\n') {
		echo(l, "\n", 1);
		end_line(l, '\n');
	} else if (is_cc(l, c, VEOF)) {
		/* After some characters it only hands them over, as on Unix. */
		if (l->edit_len > 0)
			commit_line(l);
		else
			end_line(l, c);
	} else if (is_cc(l, c, VERASE) || c == '\b') {
		erase_char(l);
	} else if (is_cc(l, c, VWERASE) && local(l, IEXTEN)) {
		erase_word(l);
	} else if (is_cc(l, c, VKILL)) {
		while (l->edit_len > 0)
			erase_char(l);
	} else {
		add_char(l, c);
	}
}

int ldisc_type(struct ldisc *l, char c)
{
	if (c == '\r' && (l->termios.c_iflag & ICRNL))
		c = '\n';
	if (local(l, ISIG) && (is_cc(l, c, VINTR) || is_cc(l, c, VQUIT))) {
		echo_char(l, c);
		echo(l, "\n", 1);
		l->edit_len = 0;
		return is_cc(l, c, VINTR) ? SIGINT : SIGQUIT;
	}
	if (local(l, ICANON)) {
		edit_char(l, c);
	} else {
		put_cooked(l, c);
		if (c == '\n')
			echo(l, "\n", 1);
		else
			echo_char(l, c);
	}
	return 0;
}

/* ---- readers ---- */

/* Up to @n bytes of one line. */
static long take_line(struct ldisc *l, char *to, size_t n)
{
	size_t done = 0;
	long ret = -EAGAIN;

	while (done < n && l->head != l->tail) {
		char c = l->cooked[l->tail % LDISC_COOKED];

		if (is_cc(l, c, VEOF)) {
			if (done == 0)
				l->tail++;
			ret = 0;
			break;
		}
		l->tail++;
		to[done++] = c;
		if (c == '\n')
			break;
	}
	return done ? (long)done : ret;
}

static long take_bytes(struct ldisc *l, char *to, size_t n)
{
	size_t done = 0;

	while (done < n && l->head != l->tail)
		to[done++] = l->cooked[l->tail++ % LDISC_COOKED];
	return done || l->termios.c_cc[VMIN] == 0 ? (long)done : -EAGAIN;
}

long ldisc_take(struct ldisc *l, char *to, size_t n)
{
	return local(l, ICANON) ? take_line(l, to, n) : take_bytes(l, to, n);
}

bool ldisc_waits(const struct ldisc *l, size_t n)
{
	unsigned long wanted = 1, min = l->termios.c_cc[VMIN];

	if (!local(l, ICANON) && min > 1)
		wanted = min < n ? min : n;
	return l->head - l->tail >= wanted;
}

/* ---- settings ---- */

void ldisc_set(struct ldisc *l, const struct termios *settings, bool discard)
{
	if (discard) {
		l->edit_len = 0;
		l->tail = l->head;
	}
	if (!(settings->c_lflag & ICANON))
		commit_line(l);
	l->termios = *settings;
}
