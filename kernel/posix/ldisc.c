/* SPDX-License-Identifier: MIT */
/*
 * The line discipline: what is typed becomes lines (ICANON) or single bytes, is printed (ECHO) and sends signals (ISIG).
 *
 *	              ICANON
 *	console_getc() --> edit[]: the line being typed --Enter--> cooked[] --> ldisc_read()
 *	      |             echo, erase, ^U, ^D                      ^
 *	      +------------------------------------------------------+
 *	              without ICANON
 *
 * Both modes read from cooked[], so that a change of mode loses nothing. A VEOF that ends a file stands in it, too.
 */
#include "kernel/posix/ldisc.h"
#include "kernel/core/console.h"
#include "kernel/core/time.h"
#include "kernel/dev/console_input.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/signal.h"
#include "uapi/termios.h"

#define CTRL(c)		((c) & 0x1f)
#define DEL		0x7f
#define LINE_MAX	4096
#define COOKED_SIZE	8192
#define TENTH_NS	100000000UL
#define FOREVER		(~0ULL)

static char edit[LINE_MAX];		/* ldisc.lock */
static char cooked[COOKED_SIZE];

static struct {
	spinlock_t lock;
	struct termios termios;
	size_t edit_len;
	unsigned long head, tail;	/* positions in cooked[]: [tail, head) waits for readers */
	struct wait_queue readers;
} ldisc = {
	.termios = {
		.c_iflag = ICRNL | IUTF8,
		.c_oflag = OPOST | ONLCR,
		.c_cflag = B38400 | CS8 | CREAD,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.c_cc = {
			[VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'), [VERASE] = DEL, [VKILL] = CTRL('U'), [VEOF] = CTRL('D'),
			[VMIN] = 1,
		},
	},
	.readers = WAIT_QUEUE_INIT(ldisc.readers),
};

/* ---- typed bytes; ldisc.lock held ---- */

static bool local(unsigned int flag)
{
	return ldisc.termios.c_lflag & flag;
}

static bool is_cc(char c, int which)
{
	return c != '\0' && (unsigned char)c == ldisc.termios.c_cc[which];
}

static void echo(const char *s)
{
	if (local(ECHO))
		console_write(s, strlen(s));
}

/* A control character is printed as ^X, a tab as one blank. */
static void echo_char(char c)
{
	char text[3] = { c, '\0', '\0' };

	if (c == '\t') {
		text[0] = ' ';
	} else if ((unsigned char)c < ' ' || c == DEL) {
		text[0] = '^';
		text[1] = c ^ 0x40;
	}
	echo(text);
}

/* How many columns echo_char() printed for @c: of the bytes of a UTF-8 character, the first one counts. */
static unsigned int columns(char c)
{
	if (((unsigned char)c < ' ' && c != '\t') || c == DEL)
		return 2;
	return (c & 0xc0) != 0x80;
}

static void put_cooked(char c)
{
	if (ldisc.head - ldisc.tail < COOKED_SIZE)
		cooked[ldisc.head++ % COOKED_SIZE] = c;
}

/* The line is complete, or ended by ^D: readers may have it, as far as there is room. */
static void commit_line(void)
{
	for (size_t i = 0; i < ldisc.edit_len; i++)
		put_cooked(edit[i]);
	ldisc.edit_len = 0;
}

static void erase_char(void)
{
	unsigned int width = 0;

	while (ldisc.edit_len > 0 && width == 0) {
		char c = edit[--ldisc.edit_len];

		width = ldisc.termios.c_iflag & IUTF8 ? columns(c) : 1;
	}
	for (; width > 0; width--)
		echo("\b \b");
}

static void add_char(char c)
{
	if (ldisc.edit_len >= LINE_MAX - 1)
		return;			/* room for the newline stays */
	edit[ldisc.edit_len++] = c;
	echo_char(c);
}

static void end_line(char c)
{
	edit[ldisc.edit_len++] = c;
	commit_line();
}

/* One byte of a line. */
static void edit_char(char c)
{
	if (c == '\n') {
		echo("\n");
		end_line('\n');
	} else if (is_cc(c, VEOF)) {
		/* After some characters it only hands them over, as on Unix. */
		if (ldisc.edit_len > 0)
			commit_line();
		else
			end_line(c);
	} else if (is_cc(c, VERASE) || c == '\b') {
		erase_char();
	} else if (is_cc(c, VKILL)) {
		while (ldisc.edit_len > 0)
			erase_char();
	} else {
		add_char(c);
	}
}

/* Take one typed byte. Returns: the signal that it asks for, or 0. */
static int take_char(char c)
{
	if (c == '\r' && (ldisc.termios.c_iflag & ICRNL))
		c = '\n';
	if (local(ISIG) && (is_cc(c, VINTR) || is_cc(c, VQUIT))) {
		echo_char(c);
		echo("\n");
		ldisc.edit_len = 0;
		return is_cc(c, VINTR) ? SIGINT : SIGQUIT;
	}
	if (local(ICANON)) {
		edit_char(c);
	} else {
		put_cooked(c);
		if (c == '\n')
			echo("\n");
		else
			echo_char(c);
	}
	return 0;
}

int ldisc_receive(void)
{
	int c, signo = 0;

	spin_lock(&ldisc.lock);
	while ((c = console_getc()) >= 0) {
		int s = take_char((char)c);

		signo = s ? s : signo;
	}
	spin_unlock(&ldisc.lock);
	wake_up(&ldisc.readers);
	return signo;
}

/* ---- readers ---- */

/* Up to @n bytes of one line. Returns: how many; 0 at an end of file; -EAGAIN: another reader was faster. */
static long take_line(char *to, size_t n)
{
	size_t done = 0;
	long ret = -EAGAIN;

	while (done < n && ldisc.head != ldisc.tail) {
		char c = cooked[ldisc.tail % COOKED_SIZE];

		if (is_cc(c, VEOF)) {
			if (done == 0)
				ldisc.tail++;
			ret = 0;
			break;
		}
		ldisc.tail++;
		to[done++] = c;
		if (c == '\n')
			break;
	}
	return done ? (long)done : ret;
}

static long take_bytes(char *to, size_t n)
{
	size_t done = 0;

	while (done < n && ldisc.head != ldisc.tail)
		to[done++] = cooked[ldisc.tail++ % COOKED_SIZE];
	return done || ldisc.termios.c_cc[VMIN] == 0 ? (long)done : -EAGAIN;
}

static long take_input(char *to, size_t n)
{
	long ret;

	spin_lock(&ldisc.lock);
	ret = local(ICANON) ? take_line(to, n) : take_bytes(to, n);
	spin_unlock(&ldisc.lock);
	return ret;
}

/* Is there enough for a read of @n bytes? */
static bool input_waits(size_t n)
{
	unsigned long wanted = 1;

	if (!(READ_ONCE(ldisc.termios.c_lflag) & ICANON))
		wanted = min((size_t)max(READ_ONCE(ldisc.termios.c_cc[VMIN]), 1), n);
	return READ_ONCE(ldisc.head) - READ_ONCE(ldisc.tail) >= wanted;
}

bool ldisc_readable(void)
{
	return input_waits(~0UL);
}

struct wait_queue *ldisc_queue(void)
{
	return &ldisc.readers;
}

/* When a read that begins now stops to wait, as VTIME says. FOREVER: never. */
static u64 read_deadline(void)
{
	u64 deadline = FOREVER;

	spin_lock(&ldisc.lock);
	if (!local(ICANON) && ldisc.termios.c_cc[VMIN] == 0)
		deadline = ktime_get_ns() + ldisc.termios.c_cc[VTIME] * TENTH_NS;
	spin_unlock(&ldisc.lock);
	return deadline;
}

/* Wait for input, or until @deadline. 0 or -ERESTARTSYS. */
static int wait_for_input(size_t n, u64 deadline)
{
	struct wait_entry entry = { .node = LIST_HEAD_INIT(entry.node) };
	int ret = 0;

	for (;;) {
		prepare_to_wait(&ldisc.readers, &entry, TASK_INTERRUPTIBLE);
		if (input_waits(n) || (deadline != FOREVER && ktime_get_ns() >= deadline))
			break;
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule_until(deadline);
	}
	finish_wait(&ldisc.readers, &entry);
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

void ldisc_get(struct termios *settings)
{
	spin_lock(&ldisc.lock);
	*settings = ldisc.termios;
	spin_unlock(&ldisc.lock);
}

void ldisc_set(const struct termios *settings, bool discard)
{
	spin_lock(&ldisc.lock);
	if (discard) {
		ldisc.edit_len = 0;
		ldisc.tail = ldisc.head;
	}
	if (!(settings->c_lflag & ICANON))
		commit_line();
	ldisc.termios = *settings;
	spin_unlock(&ldisc.lock);
	wake_up(&ldisc.readers);
}
