/* SPDX-License-Identifier: MIT */
/* The kernel's own console: from typed bytes to what a read gets (ldisc.c), by the line discipline of lib/ldisc.h. */
#ifndef KERNEL_POSIX_LDISC_H
#define KERNEL_POSIX_LDISC_H

#include "lib/types.h"

struct termios;
struct wait_queue;

/* ldisc_receive() - take all bytes that have come in, in the timer interrupt. Returns: the signal that they ask for, or 0. */
int ldisc_receive(void);
/*
 * ldisc_read() - wait for input and take up to @n bytes of it: of one line, with ICANON.
 * Returns: how many; 0 at an end of file or when VTIME is over; -ERESTARTSYS: a signal came first.
 */
long ldisc_read(char *to, size_t n);
/* ldisc_set_settings() - as ldisc_set() of lib/ldisc.h. They are kept here also when a server has the console. */
void ldisc_set_settings(const struct termios *settings, bool discard);
void ldisc_get_settings(struct termios *settings);
/* ldisc_readable() - would a read not wait? ldisc_queue() is woken when that changes. */
bool ldisc_readable(void);
struct wait_queue *ldisc_queue(void);

#endif
