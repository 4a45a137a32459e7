/* SPDX-License-Identifier: MIT */
/*
 * The console as a file: reads come from the line discipline, writes are plain bytes; ioctl for its settings and for
 * the process group that ^C interrupts. A server has the UART and the line discipline (tty_server.c), or the kernel itself, when init=
 * was given:
 *
 *	UART -> console_poll() -> tty_input() -> ldisc_receive() ... ldisc_read() <- tty_read()
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/console.h"
#include "kernel/dev/console_input.h"
#include "kernel/posix/files.h"
#include "kernel/posix/ldisc.h"
#include "kernel/posix/tty_server.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "uapi/signal.h"
#include "uapi/termios.h"

#define READ_MAX	256	/* bytes that one read gives at most */

static struct {
	/* tasklist_lock for changes; the timer interrupt reads each as one word. */
	int pgrp;			/* the foreground group: gets SIGINT on ^C; 0: there is none */
	int owner;			/* pid of a shell that does not set the foreground group; ^C
					 * spares it. 0: none, -1: there was a TIOCSPGRP */
	struct winsize size;		/* no lock: a read during a change gets rows and columns of either size */
} tty = {
	.size = { .ws_row = 24, .ws_col = 80 },
};

void tty_signal(int signo)
{
	if (signo && tty.pgrp)
		kill_pgrp(tty.pgrp, signo, tty.owner);
}

/* Bytes have come in; called in the timer interrupt. */
static void tty_input(void)
{
	tty_signal(ldisc_receive());
	wake_up(tty_server_queue());	/* poll() from before the kernel took the console back */
}

void tty_init(void)
{
	console_on_input(tty_input);
}

static void set_size_to(unsigned int rows, unsigned int columns)
{
	tty.size = (struct winsize){ .ws_row = (u16)rows, .ws_col = (u16)columns };
}

void tty_resized(unsigned int rows, unsigned int columns)
{
	set_size_to(rows, columns);
	if (tty.pgrp)
		kill_pgrp(tty.pgrp, SIGWINCH, /* except = */ 0);
}

void tty_boot(const char *size)
{
	unsigned int n[2] = { 0, 0 }, i = 0;

	for (; *size != '\0' && i < 2; size++)
		if (*size >= '0' && *size <= '9')
			n[i] = n[i] * 10 + (unsigned int)(*size - '0');
		else
			i++;
	if (n[0] > 0 && n[1] > 0)
		set_size_to(n[0], n[1]);
}

/* Without TIOCSPGRP the first reader is taken for the shell and its group for the foreground. */
static void claim_terminal(void)
{
	spin_lock(&tasklist_lock);
	if (tty.owner == 0 || (tty.owner > 0 && !find_process(tty.owner))) {
		tty.owner = current->tgid;
		tty.pgrp = current->proc->pgid;
	}
	spin_unlock(&tasklist_lock);
}

static long tty_read(__unused struct file *f, unsigned long ubuf, size_t n)
{
	char line[READ_MAX];
	long got;

	claim_terminal();
	if (tty_served())
		return tty_server_read(ubuf, n);
	got = ldisc_read(line, min(n, sizeof(line)));
	if (got > 0 && copy_to_user(ubuf, line, (size_t)got) < 0)
		return -EFAULT;
	return got;
}

static long tty_write(__unused struct file *f, unsigned long ubuf, size_t n)
{
	char chunk[256];
	size_t done = 0;

	while (done < n) {
		size_t part = copy_from_user_some(chunk, ubuf + done, min(n - done, sizeof(chunk)));

		if (part == 0)
			return done ? (long)done : -EFAULT;
		if (tty_served())
			part = tty_server_write(chunk, part);
		else
			console_write(chunk, part);
		done += part;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return (long)done;
}

static unsigned int tty_poll(__unused const struct file *f)
{
	bool readable = tty_served() ? tty_server_readable() : ldisc_readable();

	return POLLOUT | (readable ? POLLIN : 0);
}

static struct wait_queue *tty_queue(__unused const struct file *f)
{
	return tty_served() ? tty_server_queue() : ldisc_queue();
}

const struct file_ops console_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.poll_queue = tty_queue,
	.mode = S_IFCHR | 0620,
};

/* TIOCSPGRP: the group whose number is at @arg comes into the foreground. */
static long set_foreground(unsigned long arg)
{
	u32 pgrp;

	if (get_user_u32(&pgrp, arg) < 0)
		return -EFAULT;
	if ((int)pgrp <= 0)
		return -EINVAL;
	spin_lock(&tasklist_lock);
	tty.pgrp = (int)pgrp;
	tty.owner = -1;
	spin_unlock(&tasklist_lock);
	return 0;
}

static long get_settings(unsigned long arg)
{
	struct termios settings;

	ldisc_get_settings(&settings);
	return copy_to_user(arg, &settings, sizeof(settings));
}

static long set_settings(unsigned long arg, bool discard)
{
	struct termios settings;

	if (copy_from_user(&settings, arg, sizeof(settings)) < 0)
		return -EFAULT;
	if (tty_served())
		tty_server_settings(&settings, discard);
	else
		ldisc_set_settings(&settings, discard);
	return 0;
}

/* TIOCSWINSZ: programs that ask get this size from now on. */
static long set_size(unsigned long arg)
{
	struct winsize size;

	if (copy_from_user(&size, arg, sizeof(size)) < 0)
		return -EFAULT;
	tty.size = size;
	return 0;
}

long tty_ioctl(unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TCGETS:
		return get_settings(arg);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_settings(arg, /* discard = */ cmd == TCSETSF);
	case TIOCGPGRP:
		return put_user_u32((u32)tty.pgrp, arg);
	case TIOCSPGRP:
		return set_foreground(arg);
	case TIOCGWINSZ:
		return copy_to_user(arg, &tty.size, sizeof(tty.size));
	case TIOCSWINSZ:
		return set_size(arg);
	}
	return -ENOTTY;
}
