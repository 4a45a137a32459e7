/* SPDX-License-Identifier: MIT */
/*
 * The console as a server: what programs ask of it becomes calls of the interface CONSOLE_PROTOCOL (uapi/protocol.h).
 *
 *	program		kernel					server (user/servers/console)
 *	read()		claim_terminal(), console_read -------> keeps the reply handle until there is input
 *	  sleeps	signal: -ERESTARTSYS -----------------> CANCEL
 *	write()		console_write, 55 bytes each ---------> prints, replies
 *	tcsetattr()	keeps the settings, console_set ------> the same for its line discipline
 *	poll()		readable? <---------------------------- console_event(CONSOLE_READABLE)
 *	  ^C		kill_pgrp() <-------------------------- console_event(CONSOLE_SIGNAL)
 *
 * The kernel keeps what must outlive a server: settings, size, foreground group. When the server has died (or is not there yet)
 * writes are printed by the kernel, reads wait; init starts another one, console_serve() gives it the settings and CONSOLE_START, and the reads go on. A piece
 * whose reply did not come is printed by the kernel: nothing is lost, but up to 55 bytes can be printed twice.
 */
#include "kernel/posix/tty_server.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/console.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/dev/console_input.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/kernel_call.h"
#include "kernel/posix/ldisc.h"
#include "kernel/sched/rwsem.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/protocol.h"
#include "uapi/signal.h"

#define READY_NS	(1000 * 1000000UL)	/* in which a new server has to answer */

static struct endpoint *server;		/* ipc_lock; held. NULL: there was none yet */
static bool served;			/* set at boot, cleared once */
static bool readable;			/* as the server has said */
static struct wait_queue changed = WAIT_QUEUE_INIT(changed);	/* of server, readable */
static struct mutex write_turn;		/* so that the pieces of one write stay together */
static struct mutex settings_turn;	/* so that the server's settings are the latest */

bool tty_served(void)
{
	return READ_ONCE(served);
}

void tty_server_await(void)
{
	mutex_init(&write_turn);
	mutex_init(&settings_turn);
	served = true;
	console_input_enable(false);
}

/* Ask *@ep for @call with @size bytes at @request. Returns: the result in its reply @regs, or what kernel_call() says. */
static long ask_of(struct endpoint *const *ep, unsigned long call, const void *request, size_t size, struct pt_regs *regs,
		   unsigned int state, u64 deadline)
{
	long ret;

	*regs = (struct pt_regs){ .a1 = call };
	message_put(regs, request, size);
	ret = kernel_call(ep, regs, 0, state, deadline);
	return ret < 0 ? ret : (long)regs->a1;
}

/* The same of the server. */
static long ask(unsigned long call, const void *request, size_t size, struct pt_regs *regs, unsigned int state)
{
	return ask_of(&server, call, request, size, regs, state, 0);
}

/* ---- writing ---- */

size_t tty_server_write(const char *s, size_t n)
{
	struct console_write_request request = { 0 };
	struct pt_regs regs;
	size_t done;
	long ret;

	if (mutex_lock_killable(&write_turn) < 0)
		return 0;
	for (done = 0; done < n; done += request.length) {
		request.length = (unsigned char)min(n - done, (size_t)CONSOLE_PIECE);
		memcpy(request.bytes, s + done, request.length);
		ret = ask(CALL_console_write, &request, sizeof(request), &regs, TASK_KILLABLE);
		if (ret == -ERESTARTSYS)
			break;
		if (ret < 0)
			console_write(request.bytes, request.length);
	}
	mutex_unlock(&write_turn);
	return done;
}

/* ---- reading ---- */

/* A server may have died since it replied. */
static bool server_waits(void)
{
	return !tty_served() || endpoint_serves(&server);
}

/*
 * One piece of a read of @n bytes. Returns: how many bytes of *@reply; 0, an end of file; -EPIPE: there is no server.
 */
static long read_piece(size_t n, bool follow, struct console_read_reply *reply)
{
	const struct console_read_request request = { .wanted = n, .follow = follow };
	struct pt_regs regs;
	long ret = ask(CALL_console_read, &request, sizeof(request), &regs, TASK_INTERRUPTIBLE);

	message_get(&regs, reply, sizeof(*reply));
	return ret > (long)min(n, (size_t)CONSOLE_PIECE) ? -EIO : ret;
}

long tty_server_read(unsigned long ubuf, size_t n)
{
	struct console_read_reply reply;
	size_t done = 0;
	long ret;

	for (;;) {
		ret = read_piece(n - done, done > 0, &reply);
		if (ret == -EPIPE && done == 0) {
			ret = wait_event_interruptible(&changed, server_waits());
			if (ret < 0)
				return ret;
			if (!tty_served())
				return -ERESTARTNOINTR;		/* the kernel has the console now: begin again */
			continue;
		}
		if (ret <= 0)
			return done ? (long)done : ret;
		if (copy_to_user(ubuf + done, reply.bytes, (size_t)ret) < 0)
			return done ? (long)done : -EFAULT;
		done += (size_t)ret;
		if (!reply.more || done == n || fatal_signal_pending(current))
			return (long)done;
		cond_resched();
	}
}

bool tty_server_readable(void)
{
	return READ_ONCE(readable) && endpoint_serves(&server);
}

struct wait_queue *tty_server_queue(void)
{
	return &changed;
}

/* ---- settings ---- */

/* settings_turn held. */
static long send_settings(struct endpoint *const *ep, const struct termios *settings, bool discard, u64 deadline)
{
	const struct console_set_request request = { .discard = discard, .settings = *settings };
	struct pt_regs regs;

	return ask_of(ep, CALL_console_set, &request, sizeof(request), &regs, TASK_KILLABLE, deadline);
}

void tty_server_settings(const struct termios *settings, bool discard)
{
	if (mutex_lock_killable(&settings_turn) < 0)
		return;
	ldisc_set_settings(settings, discard);
	(void)send_settings(&server, settings, discard, 0);	/* a server that is not there gets them when it comes */
	mutex_unlock(&settings_turn);
}

/* ---- the calls of init and of the server ---- */

/*
 * The new server @ep, held, has to answer: then it is the server, and is told to take input. One that is late is killed by init, and has not
 * taken what was typed meanwhile along with it. settings_turn is held from the settings it gets until it is the one that gets all others. 0
 * or -errno, and @ep is released.
 */
static long greet_server(struct endpoint *ep)
{
	struct termios settings;
	long ret;

	if (mutex_lock_killable(&settings_turn) < 0) {
		endpoint_swap(&ep, NULL);
		return -EINTR;
	}
	ldisc_get_settings(&settings);
	ret = send_settings(&ep, &settings, /* discard = */ false, ktime_get_ns() + READY_NS);
	if (ret < 0) {
		endpoint_swap(&ep, NULL);
	} else {
		WRITE_ONCE(readable, false);
		endpoint_swap(&server, ep);
		spin_lock(&ipc_lock);
		if (server->nr_recv)
			endpoint_notify(server, CONSOLE_START);
		spin_unlock(&ipc_lock);
	}
	mutex_unlock(&settings_turn);
	return ret;
}

static void set_readable(bool on)
{
	WRITE_ONCE(readable, on);
	wake_up(&changed);
}

/*
 * console_serve(endpoint) - who receives from it has the console; 0: the kernel has it, for ever. Waits until the server is ready.
 * -EPERM: not the root task, or the kernel has it; -EBADF, -EACCES: no endpoint with SEND; -ETIMEDOUT, -EPIPE: the server does not
 * answer, or has died.
 */
SYSCALL_DEFINE(sys_console_serve)
{
	struct endpoint *ep;
	unsigned long badge;
	long ret;

	if (!is_root_task(current) || !tty_served())
		return -EPERM;
	if (a0 == 0) {
		WRITE_ONCE(served, false);
		console_input_enable(true);
		endpoint_swap(&server, NULL);
		wake_up(&changed);
		return 0;
	}
	ret = endpoint_of_handle(a0, RIGHT_SEND, &ep, &badge);
	if (ret < 0)
		return ret;
	ret = greet_server(ep);
	wake_up(&changed);
	return ret;
}

/* console_event(endpoint, what, arg) - the server's: of the endpoint that serves, with RECV. -EPERM: it does not. */
SYSCALL_DEFINE(sys_console_event)
{
	struct endpoint *ep;
	unsigned long badge;
	bool serves;
	long ret = endpoint_of_handle(a0, RIGHT_RECV, &ep, &badge);

	if (ret < 0)
		return ret;
	serves = READ_ONCE(server) == ep;
	endpoint_swap(&ep, NULL);
	if (!serves)
		return -EPERM;
	switch (a1) {
	case CONSOLE_SIGNAL:
		if (a2 != SIGINT && a2 != SIGQUIT)
			return -EINVAL;
		tty_signal((int)a2);
		return 0;
	case CONSOLE_READABLE:
		set_readable(a2);
		return 0;
	case CONSOLE_SIZE:
		tty_resized((unsigned int)(a2 >> 16) & 0xffff, (unsigned int)a2 & 0xffff);
		return 0;
	}
	return -EINVAL;
}
