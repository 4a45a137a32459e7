/* SPDX-License-Identifier: MIT */
/* The console when a server has it (tty_server.c). */
#ifndef KERNEL_POSIX_TTY_SERVER_H
#define KERNEL_POSIX_TTY_SERVER_H

#include "lib/types.h"

struct termios;
struct wait_queue;

/* tty_served() - is the console a server's, even if that has not come yet or has died? Else it is the kernel's. */
bool tty_served(void);
/* tty_server_await() - at boot: it will be one's. */
void tty_server_await(void);

/*
 * tty_server_write() - print @n bytes at @s, by the server; or by the kernel as long as there is none. Returns: how many; fewer than
 * @n if the task has to end.
 */
size_t tty_server_write(const char *s, size_t n);
/* tty_server_read() - as read(): waits for a server, too. -ERESTARTSYS, -EFAULT, or what the server says. */
long tty_server_read(unsigned long ubuf, size_t n);
/* tty_server_settings() - tell the server that the kernel's copy of the settings is @settings from now on. */
void tty_server_settings(const struct termios *settings, bool discard);
/* tty_server_readable() - need a read not wait? tty_server_queue() is woken when that changes. */
bool tty_server_readable(void);
struct wait_queue *tty_server_queue(void);

/* What tty_server.c asks of tty.c: the server has seen ^C (@signo), a report of the terminal's size. */
void tty_signal(int signo);
void tty_resized(unsigned int rows, unsigned int columns);

#endif
