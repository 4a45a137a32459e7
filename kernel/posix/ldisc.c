/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own console: the line discipline of lib/ldisc.h with the serial line at one side and sleeping readers at the
 * other. Used when no server drives the UART (tty_server.c).
 *
 *	console_getc() --> ldisc_type() ... ldisc_take() --> ldisc_read()
 */
#include "kernel/posix/ldisc.h"
#include "kernel/core/console.h"
#include "kernel/core/time.h"
#include "kernel/dev/console_input.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/ldisc.h"

#define TENTH_NS	100000000UL
#define FOREVER		(~0ULL)

static spinlock_t lock;			/* tty */
static struct ldisc tty = { .termios = LDISC_SETTINGS, .print = console_write };
static struct wait_queue readers = WAIT_QUEUE_INIT(readers);

int ldisc_receive(void)
{
	int c, signo = 0;

	spin_lock(&lock);
	while ((c = console_getc()) >= 0) {
		int s = ldisc_type(&tty, (char)c);

		signo = s ? s : signo;
	}
	spin_unlock(&lock);
	wake_up(&readers);
	return signo;
}

/* ---- readers ---- */

static long take_input(char *to, size_t n)
{
	long ret;

	spin_lock(&lock);
	ret = ldisc_take(&tty, to, n);
	spin_unlock(&lock);
	return ret;
}

/* Is there enough for a read of @n bytes? */
static bool input_waits(size_t n)
{
	bool waits;

	spin_lock(&lock);
	waits = ldisc_waits(&tty, n);
	spin_unlock(&lock);
	return waits;
}

bool ldisc_readable(void)
{
	return input_waits(~0UL);
}

struct wait_queue *ldisc_queue(void)
{
	return &readers;
}

/* When a read that begins now stops to wait, as VTIME says. FOREVER: never. */
static u64 read_deadline(void)
{
	u64 deadline = FOREVER;

	spin_lock(&lock);
	if (!(tty.termios.c_lflag & ICANON) && tty.termios.c_cc[VMIN] == 0)
		deadline = ktime_get_ns() + tty.termios.c_cc[VTIME] * TENTH_NS;
	spin_unlock(&lock);
	return deadline;
}

/* Wait for input, or until @deadline. 0 or -ERESTARTSYS. */
static int wait_for_input(size_t n, u64 deadline)
{
	struct wait_entry entry = { .node = LIST_HEAD_INIT(entry.node) };
	int ret = 0;

	for (;;) {
		prepare_to_wait(&readers, &entry, TASK_INTERRUPTIBLE);
		if (input_waits(n) || (deadline != FOREVER && ktime_get_ns() >= deadline))
			break;
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule_until(deadline);
	}
	finish_wait(&readers, &entry);
	return ret;
}

long ldisc_read(char *to, size_t n)
{
	long got;

	do {
		/* Each time round the settings may be others. */
		int ret = wait_for_input(n, read_deadline());

		if (ret < 0)
			return ret;
		got = take_input(to, n);
	} while (got == -EAGAIN);
	return got;
}

/* ---- settings ---- */

void ldisc_get_settings(struct termios *settings)
{
	spin_lock(&lock);
	*settings = tty.termios;
	spin_unlock(&lock);
}

void ldisc_set_settings(const struct termios *settings, bool discard)
{
	spin_lock(&lock);
	ldisc_set(&tty, settings, discard);
	spin_unlock(&lock);
	wake_up(&readers);
}
