/* SPDX-License-Identifier: MIT */
/*
 * console: the server that has the serial line. It maps the registers of the 16550, is notified of its interrupt, and answers the
 * kernel's calls (CONSOLE_PROTOCOL of uapi/protocol.h) with the line discipline of lib/ldisc.h.
 *
 *	console ENDPOINT UART IRQ		numbers of handles that init has given it
 *
 *	interrupt --> take_input() --> ldisc_type() --> serve_readers(): ipc_reply() to those that wait
 *	console_read: a place in readers[], until there is input, its time is over, or CANCEL
 *	console_write: printed at once, and then the reply
 *
 * One thread, and no call of it waits for anybody but the UART's transmitter. What is written is polled out: a piece is 55 bytes, and
 * nobody has been told that it is printed before it is.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "lib/ldisc.h"
#include "user/libsys/serve.h"
#include "user/libsys/sys.h"
#include "user/servers/console/report.h"

/* Registers and bits of the 16550. The kernel has set the line and the FIFOs. */
enum { RBR_THR, IER, LSR = 5 };
#define IER_RECEIVED	0x01
#define LSR_DATA	0x01
#define LSR_THRE	0x20		/* the transmitter's FIFO is empty */
#define BURST		8		/* bytes then; the FIFO has 16, and the kernel may print at the same time */

#define INPUT		1UL		/* the interrupt's bit */
#define TENTH_NS	100000000ULL
#define NEVER		(~0ULL)

struct reader {
	unsigned long reply;		/* reply handle */
	unsigned long wanted;
	unsigned long long deadline;	/* NEVER, or when VTIME is over */
};

static unsigned long endpoint, irq;
static volatile unsigned char *uart;
static bool told_readable;

static void print(const char *s, size_t n);
static struct ldisc tty = { .termios = LDISC_SETTINGS, .print = print };

/* In the order in which they came. Each has a handle; there is always room for those of others. */
#define READERS_MAX	(HANDLES_MAX / 2)
static struct reader readers[READERS_MAX];
static size_t nr_readers;

/* ---- output ---- */

static void put_byte(char c)
{
	static int room;

	if (room == 0) {
		while (!(uart[LSR] & LSR_THRE))
			;
		room = BURST;
	}
	uart[RBR_THR] = (unsigned char)c;
	room--;
}

static void print(const char *s, size_t n)
{
	for (; n > 0; s++, n--) {
		if (*s == '\n')
			put_byte('\r');
		put_byte(*s);
	}
}

static long serve_console_write(const struct console_write_request *in, struct console_write_reply *out, struct ipc_msg *m)
{
	(void)out;
	(void)m;
	if (in->length > sizeof(in->bytes))
		return -EINVAL;
	print(in->bytes, in->length);
	return 0;
}

/* ---- readers ---- */

static bool lines(void)
{
	return tty.termios.c_lflag & ICANON;
}

static unsigned long long read_deadline(void)
{
	return !lines() && tty.termios.c_cc[VMIN] == 0 ? now_ns() + tty.termios.c_cc[VTIME] * TENTH_NS : NEVER;
}

/* Does what was read, the @n bytes at @bytes, go on in the next piece? An end of file is the next read's. */
static bool goes_on(const char *bytes, long n)
{
	char next = tty.cooked[tty.tail % LDISC_COOKED];

	if (n <= 0 || tty.head == tty.tail)
		return false;
	return !lines() || (bytes[n - 1] != '\n' && (next == '\0' || (unsigned char)next != tty.termios.c_cc[VEOF]));
}

/* Reply with what there is. False: that is less than nothing, so the caller has to wait. */
static bool answer(unsigned long reply, unsigned long wanted, bool follow)
{
	struct console_read_reply out = { 0 };
	unsigned long tail = tty.tail;
	long n = ldisc_take(&tty, out.bytes, wanted < CONSOLE_PIECE ? wanted : CONSOLE_PIECE);

	if (n == -EAGAIN && !follow)
		return false;
	if (n == -EAGAIN)
		n = 0;
	out.more = goes_on(out.bytes, n);
	if (serve_reply(reply, n, &out, sizeof(out)) != 0)
		tty.tail = tail;		/* the caller has gone: it is the next one's */
	return true;
}

static void remove_reader(size_t i)
{
	memmove(&readers[i], &readers[i + 1], (--nr_readers - i) * sizeof(readers[0]));
}

/* All that need not wait any longer, oldest first. */
static void serve_readers(void)
{
	unsigned long long now = nr_readers ? now_ns() : 0;
	size_t i = 0;

	while (i < nr_readers) {
		struct reader *r = &readers[i];

		if (!ldisc_waits(&tty, r->wanted) && now < r->deadline)
			i++;
		else if (answer(r->reply, r->wanted, /* follow = */ false))
			remove_reader(i);
		else
			readers[i++].deadline = read_deadline();	/* its time is over, but in ICANON there is none */
	}
}

static long serve_console_read(const struct console_read_request *in, struct console_read_reply *out, struct ipc_msg *m)
{
	(void)out;
	if (in->follow)
		answer(m->reply, in->wanted, /* follow = */ true);
	else if (nr_readers == READERS_MAX)
		return -EAGAIN;
	else
		readers[nr_readers++] = (struct reader){ m->reply, in->wanted, read_deadline() };
	return SERVE_LATER;
}

/* The caller of @reply waits no longer. */
static void cancel(unsigned long reply)
{
	for (size_t i = 0; i < nr_readers; i++)
		if (readers[i].reply == reply) {
			remove_reader(i);
			return;
		}
}

/* ---- input ---- */

static void type(char c)
{
	int signo = ldisc_type(&tty, c);

	if (signo)
		raw_syscall(SYS_console_event, endpoint, CONSOLE_SIGNAL, (long)signo);
}

static void resize(unsigned int rows, unsigned int columns)
{
	raw_syscall(SYS_console_event, endpoint, CONSOLE_SIZE, (unsigned long)rows << 16 | columns);
}

static const struct report_sink sink = { .type = type, .resize = resize };

static void take_input(void)
{
	while (uart[LSR] & LSR_DATA)
		report_type(&sink, (char)uart[RBR_THR]);
}

static long serve_console_set(const struct console_set_request *in, struct console_set_reply *out, struct ipc_msg *m)
{
	(void)out;
	(void)m;
	ldisc_set(&tty, &in->settings, in->discard);
	for (size_t i = 0; i < nr_readers; i++)
		readers[i].deadline = read_deadline();
	return 0;
}

/* The kernel knows us: what was typed before has stayed in the UART. */
static void start_input(void)
{
	uart[IER] = IER_RECEIVED;
	if (irq_bind(irq, endpoint, INPUT) != 0)
		exit(1);
	take_input();
}

PROTOCOL_DISPATCH(dispatch, CONSOLE_PROTOCOL)

/* ---- what comes ---- */

static void tell_readable(void)
{
	bool readable = ldisc_waits(&tty, ~0UL);

	if (readable != told_readable)
		raw_syscall(SYS_console_event, endpoint, CONSOLE_READABLE, (long)readable);
	told_readable = readable;
}

static unsigned long next_deadline(void)
{
	unsigned long long first = report_deadline();

	for (size_t i = 0; i < nr_readers; i++)
		if (readers[i].deadline < first)
			first = readers[i].deadline;
	return first == NEVER ? IPC_FOREVER : (unsigned long)first;
}

static void loop(void)
{
	struct ipc_msg m = { 0 };

	for (;;) {
		long kind;

		m.deadline = next_deadline();
		kind = ipc_reply_recv(endpoint, &m);
		switch (kind) {
		case IPC_MSG_CALL:
			dispatch(&m);
			break;
		case IPC_MSG_NOTIFY:
			if (m.word[0] & CONSOLE_START)
				start_input();
			if (m.word[0] & INPUT) {
				take_input();
				irq_ack(irq);
			}
			break;
		case -ENOMEM:
			sleep_ms(10);
			break;
		case IPC_MSG_CANCEL:
			cancel(m.word[0]);
			break;
		case -ENOTCONN:
			return;			/* the kernel has another server */
		}
		if (kind != IPC_MSG_CALL)
			m.reply = 0;
		report_flush(&sink);
		serve_readers();
		tell_readable();
	}
}

/* All memory that it will ever use, now: later there may be none, and a census of the machine's memory sees no change. */
static void touch(void *start, size_t size)
{
	volatile char *p = start;

	for (size_t i = 0; i < size; i += PAGE_SIZE)
		p[i] = p[i];
	p[size - 1] = p[size - 1];
}

int main(int argc, char **argv)
{
	unsigned long object = 0;

	if (argc != 4 || !parse_ulong(argv[1], &endpoint) || !parse_ulong(argv[2], &object) || !parse_ulong(argv[3], &irq))
		return 2;
	uart = memobj_map(object, NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	if ((long)uart < 0)
		return 1;
	touch(&tty, sizeof(tty));
	touch(readers, sizeof(readers));
	loop();
	return 0;
}
