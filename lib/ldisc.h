/* SPDX-License-Identifier: MIT */
/*
 * A line discipline: what is typed becomes lines (ICANON) or single bytes, is printed (ECHO) and asks for signals (ISIG).
 *
 *	              ICANON
 *	ldisc_type() --> edit[]: the line being typed --Enter--> cooked[] --> ldisc_take()
 *	      |             echo, erase, ^U, ^W, ^D                  ^
 *	      +------------------------------------------------------+
 *	              without ICANON
 *
 * Both modes read from cooked[], so that a change of mode loses nothing. A VEOF that ends a file stands in it, too.
 *
 * It knows no lock and no device: the kernel's console (kernel/posix/ldisc.c) and the console server (user/servers/console) are both
 * made of it. Whoever calls sees to it that one call runs at a time. (It includes nothing but numbers: programs have other headers.)
 */
#ifndef LIB_LDISC_H
#define LIB_LDISC_H

#include <stdbool.h>
#include <stddef.h>

#include "uapi/termios.h"

#define LDISC_LINE	4096
#define LDISC_COOKED	8192

struct ldisc {
	struct termios termios;
	void (*print)(const char *s, size_t n);	/* the echo */
	size_t edit_len;
	unsigned long head, tail;	/* positions in cooked[]: [tail, head) waits for readers */
	char edit[LDISC_LINE];
	char cooked[LDISC_COOKED];
};

/* LDISC_SETTINGS - those of a console that nobody has changed, as an initializer of struct termios. */
#define LDISC_CTRL(c)	((c) & 0x1f)
#define LDISC_SETTINGS {									\
	.c_iflag = ICRNL | IUTF8,								\
	.c_oflag = OPOST | ONLCR,								\
	.c_cflag = B38400 | CS8 | CREAD,							\
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,		\
	.c_cc = {										\
		[VINTR] = LDISC_CTRL('C'), [VQUIT] = LDISC_CTRL('\\'), [VERASE] = 0x7f,		\
		[VKILL] = LDISC_CTRL('U'), [VEOF] = LDISC_CTRL('D'), [VMIN] = 1,		\
		[VWERASE] = LDISC_CTRL('W'),							\
	},											\
}

/* ldisc_type() - one byte was typed. Returns: the signal that it asks for (SIGINT, SIGQUIT), or 0. */
int ldisc_type(struct ldisc *l, char c);
/*
 * ldisc_take() - up to @n bytes of input, with ICANON of one line. Returns: how many; 0 at an end of file, or without ICANON when
 * VMIN is 0; -EAGAIN: there is none.
 */
long ldisc_take(struct ldisc *l, char *to, size_t n);
/* ldisc_waits() - is there enough for a read of @n bytes, so that it need not wait? */
bool ldisc_waits(const struct ldisc *l, size_t n);
/*
 * ldisc_set() - new settings. Input that was not read yet stays and is read in the new mode, the line that is being typed
 * included; @discard drops it.
 */
void ldisc_set(struct ldisc *l, const struct termios *settings, bool discard);

#endif
