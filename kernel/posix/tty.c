/* SPDX-License-Identifier: MIT */
/*
 * The console as a file: line discipline for input, plain bytes for output. Another file that
 * the user-space servers are to replace.
 *
 *	UART -> console_poll() -> [edit: the line being typed] --Enter--> [cooked ring] -> read()
 *				   echo, erase, ^U, ^C -> SIGINT, ^D -> end of file
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/console.h"
#include "kernel/dev/console_input.h"
#include "kernel/posix/files.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"

#define CTRL(c)		((c) & 0x1f)
#define DEL		0x7f
#define LINE_MAX	256
#define COOKED_SIZE	2048

#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410

static struct {
	spinlock_t lock;
	char edit[LINE_MAX];
	size_t edit_len;
	char cooked[COOKED_SIZE];	/* a ^D byte in it is an end of file */
	unsigned long head, tail;	/* positions: [tail, head) waits for readers */
	int pgrp;			/* the foreground group: gets SIGINT on ^C; 0: there is none */
	int owner;			/* pid of a shell that does not say who is in the foreground; ^C
					 * spares it. 0: none, -1: there was a TIOCSPGRP */
	struct wait_queue readers;
} tty = {
	.readers = WAIT_QUEUE_INIT(tty.readers),
};

static void echo(const char *s)
{
	console_write(s, strlen(s));
}

/* The line is complete (or ended by ^D): readers may have it, as far as there is room. */
static void commit_line(void)
{
	for (size_t i = 0; i < tty.edit_len && tty.head - tty.tail < COOKED_SIZE; i++)
		tty.cooked[tty.head++ % COOKED_SIZE] = tty.edit[i];
	tty.edit_len = 0;
}

static void erase_char(void)
{
	if (tty.edit_len == 0)
		return;
	tty.edit_len--;
	echo("\b \b");
}

static void add_char(char c)
{
	if (tty.edit_len >= LINE_MAX - 1)
		return;			/* room for the newline stays */
	tty.edit[tty.edit_len++] = c;
	if (c >= ' ')
		console_write(&c, 1);
}

static void end_line(char c)
{
	tty.edit[tty.edit_len++] = c;
	commit_line();
}

/* Take one typed byte. Returns: the signal that it asks for, or 0. */
static int take_char(char c)
{
	switch (c) {
	case '\r':
	case '\n':
		echo("\n");
		end_line('\n');
		return 0;
	case CTRL('D'):
		/* After some characters it only hands them over, as on Unix. */
		if (tty.edit_len > 0)
			commit_line();
		else
			end_line(CTRL('D'));
		return 0;
	case '\b':
	case DEL:
		erase_char();
		return 0;
	case CTRL('U'):
		while (tty.edit_len > 0)
			erase_char();
		return 0;
	case CTRL('C'):
		echo("^C\n");
		tty.edit_len = 0;
		return SIGINT;
	default:
		if ((unsigned char)c >= ' ' || c == '\t')
			add_char(c);
		return 0;
	}
}

/* Bytes have come in; called in the timer interrupt. */
static void tty_input(void)
{
	int c, signo = 0;

	spin_lock(&tty.lock);
	while ((c = console_getc()) >= 0) {
		int s = take_char((char)c);

		signo = s ? s : signo;
	}
	spin_unlock(&tty.lock);

	wake_up(&tty.readers);
	if (signo && tty.pgrp)
		kill_pgrp(tty.pgrp, signo, tty.owner);
}

void tty_init(void)
{
	console_on_input(tty_input);
}

static bool input_waits(void)
{
	return READ_ONCE(tty.head) != READ_ONCE(tty.tail);
}

/*
 * Take up to @n bytes of one line. Returns: how many; 0 at an end of file; -EAGAIN: somebody was
 * faster.
 */
static long take_input(char *to, size_t n)
{
	size_t done = 0;
	long ret = -EAGAIN;

	spin_lock(&tty.lock);
	while (done < n && tty.head != tty.tail) {
		char c = tty.cooked[tty.tail % COOKED_SIZE];

		if (c == CTRL('D')) {
			if (done == 0)
				tty.tail++;
			ret = 0;
			break;
		}
		tty.tail++;
		to[done++] = c;
		if (c == '\n')
			break;
	}
	spin_unlock(&tty.lock);
	return done ? (long)done : ret;
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
	char line[LINE_MAX];
	long got;

	claim_terminal();
	do {
		int ret = wait_event_interruptible(&tty.readers, input_waits());

		if (ret < 0)
			return ret;
		got = take_input(line, min(n, sizeof(line)));
	} while (got == -EAGAIN);
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
	return POLLOUT | (input_waits() ? POLLIN : 0);
}

static struct wait_queue *tty_queue(__unused const struct file *f)
{
	return &tty.readers;
}

const struct file_ops console_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.poll_queue = tty_queue,
	.mode = S_IFCHR | 0620,
};

long tty_ioctl(unsigned int cmd, unsigned long arg)
{
	u32 pgrp;

	switch (cmd) {
	case TIOCGPGRP:
		return put_user_u32((u32)tty.pgrp, arg);
	case TIOCSPGRP:
		if (get_user_u32(&pgrp, arg) < 0)
			return -EFAULT;
		if ((int)pgrp <= 0)
			return -EINVAL;
		tty.pgrp = (int)pgrp;
		tty.owner = -1;
		return 0;
	}
	/* TCGETS and the like: no terminal settings. */
	return -ENOTTY;
}
