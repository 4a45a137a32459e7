/* SPDX-License-Identifier: MIT */
/*
 * ipctest: handles, endpoints, messages. Each check has processes of its own; they tell the first one by a shared page how far
 * they are and what the calls answered. Before and after, frames and objects of the kernel are counted.
 *
 * ipctest exec HANDLE: what check_exec() runs.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/ipc.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define MS		1000000ULL
#define NR_SAID		64
#define ALL		(RIGHT_SEND | RIGHT_RECV | RIGHT_GRANT)

/* What processes tell each other. */
static struct shared {
	int at;				/* the step that was reached; a futex */
	long said[NR_SAID];
} *shared;

/* reached() - the others may go on from @step. await() - wait for it. */
static void reached(int step)
{
	__atomic_store_n(&shared->at, step, __ATOMIC_SEQ_CST);
}

static void await(int step)
{
	while (__atomic_load_n(&shared->at, __ATOMIC_SEQ_CST) < step)
		raw_syscall(SYS_sched_yield);
}

static struct q_task tasks[256];
static struct thread threads[4];

/*
 * until_asleep() - wait until the task @pid sleeps: in a call, as far as this can tell. Where pages are moved all the time it may be a
 * page fault, so this program is not for storms.
 */
static void until_asleep(int pid)
{
	bool asleep = false;

	while (!asleep) {
		long n = query(QUERY_TASKS, 0, 0, tasks, sizeof(tasks));

		for (long i = 0; i < n; i++)
			if (tasks[i].pid == pid)
				asleep = tasks[i].state == 'S';
		if (!asleep)
			raw_syscall(SYS_sched_yield);
	}
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
}

static void begin(void)
{
	memset(shared, 0, sizeof(*shared));
}

static unsigned long in_ms(unsigned long ms)
{
	return now_ns() + ms * MS;
}

static struct ipc_msg message(unsigned long first)
{
	struct ipc_msg m = { .word = { first } };

	return m;
}

/* ---- round trips ---- */

/* Answers each call by its words + 1 and the badge in the last one, until a call with word 0 = 0. */
static int plus_one(long ep)
{
	struct ipc_msg m = { 0 };

	for (;;) {
		long kind = ipc_reply_recv(ep, &m);

		if (kind != IPC_MSG_CALL)
			return 10;
		if (m.word[0] == 0) {
			ipc_reply(&m);
			return 0;
		}
		for (int i = 0; i < 7; i++)
			m.word[i]++;
		m.word[7] = m.badge;
	}
}

static void check_round_trip(void)
{
	long ep = endpoint_create(), badged = handle_dup(ep, RIGHT_SEND, 77);
	pid_t pid = spawn_child(plus_one, ep);
	struct ipc_msg m = { .word = { 1, 2, 3, 4, 5, 6, 7, 8 } };
	bool same = true;

	ok(ep > 0 && badged > 0 && ep != badged, "two handles of an endpoint: %lx, %lx", ep, badged);
	is(ipc_call(badged, &m), 0, "a call is answered");
	for (int i = 0; i < 7; i++)
		same &= m.word[i] == i + 2UL;
	ok(same, "seven words came back, each one more");
	is(m.word[7], 77, "the server saw the badge");
	is(ipc_call(ep, &m), 0, "again by the handle without a badge");
	is(m.word[7], 0, "which is badge 0");
	m = message(0);
	is(ipc_call(ep, &m), 0, "the last call");
	is(status_of(pid), 0, "the server ends");
	is(handle_close(badged), 0, "close one handle");
	is(handle_close(ep), 0, "close the other");
	is_errno(handle_close(ep), EBADF, "close it again");
}

#define CALLERS	12
#define ROUNDS	100

static int call_often(long ep)
{
	for (unsigned long i = 1; i <= ROUNDS; i++) {
		struct ipc_msg m = { .word = { i, 2 * i } };

		if (ipc_call(ep, &m) != 0 || m.word[0] != i + 1 || m.word[1] != 2 * i + 1)
			return 1;
	}
	return 0;
}

static int plus_one_thread(long ep)
{
	return plus_one(ep);
}

/* A server of three threads on one endpoint. */
static int crew(long ep)
{
	for (int i = 0; i < 3; i++)
		if (thread_start(&threads[i], plus_one_thread, ep) < 0)
			return 1;
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
	return 0;
}

static void check_many(int (*server)(long), int servers, const char *name)
{
	long ep = endpoint_create();
	pid_t pid = spawn_child(server, ep), callers[CALLERS];
	struct ipc_msg m;
	int wrong = 0;

	for (int i = 0; i < CALLERS; i++)
		callers[i] = spawn_child(call_often, ep);
	for (int i = 0; i < CALLERS; i++)
		wrong += status_of(callers[i]) != 0;
	is(wrong, 0, "%d callers, %d calls each, %s", CALLERS, ROUNDS, name);
	for (int i = 0; i < servers; i++) {
		m = message(0);
		ipc_call(ep, &m);
	}
	is(status_of(pid), 0, "%s ends", name);
	handle_close(ep);
}

/* ---- order of replies ---- */

static int call_and_say(long ep)
{
	int who = shared->at;
	struct ipc_msg m = message((unsigned long)who);

	reached(who + 1);
	shared->said[who] = ipc_call(ep, &m);
	shared->said[8 + who] = m.word[0];
	return 0;
}

static void check_out_of_order(void)
{
	long ep = endpoint_create();
	struct ipc_msg m[3];
	pid_t pids[3];

	begin();
	for (int i = 0; i < 3; i++) {
		pids[i] = spawn_child(call_and_say, ep);
		m[i] = message(0);
		is(ipc_recv(ep, &m[i]), IPC_MSG_CALL, "call %d is received", i);
		is(m[i].word[0], i, "it is the one");
	}
	ok(m[0].reply != m[1].reply && m[1].reply != m[2].reply, "each has a reply handle of its own");
	for (int i = 2; i >= 0; i--) {
		m[i].word[0] = 100 + i;
		is(ipc_reply(&m[i]), 0, "reply %d", i);
		is(status_of(pids[i]), 0, "that caller ends");
		is(shared->said[8 + i], 100 + i, "with its answer");
		is_errno(ipc_reply(&m[i]), EBADF, "a second reply is refused");
	}
	handle_close(ep);
}

/* ---- time-outs ---- */

static int serve_never(long ep)
{
	struct ipc_msg m = { 0 };

	shared->said[0] = ipc_recv(ep, &m);
	shared->said[1] = m.reply;
	reached(1);
	await(2);
	m.word[0] = 5;
	shared->said[2] = ipc_reply(&m);	/* the caller has gone, and we were not told yet */
	m = message(0);
	m.deadline = IPC_POLL;
	shared->said[3] = ipc_recv(ep, &m);	/* nor are we now */
	return 0;
}

static int hear_of_cancel(long ep)
{
	struct ipc_msg m = { 0 };
	unsigned long reply;

	shared->said[0] = ipc_recv(ep, &m);
	reply = m.reply;
	reached(1);
	shared->said[1] = ipc_recv(ep, &m);
	shared->said[2] = m.word[0] == reply;
	shared->said[3] = m.badge;
	shared->said[4] = m.reply;
	m.reply = reply;
	shared->said[5] = ipc_reply(&m);
	return 0;
}

static void check_time_outs(void)
{
	long ep = endpoint_create(), badged = handle_dup(ep, RIGHT_SEND, 9);
	unsigned long long start;
	struct ipc_msg m = message(1);
	pid_t pid;

	m.deadline = IPC_POLL;
	is_errno(ipc_recv(ep, &m), ETIMEDOUT, "recv that does not wait");
	is(m.word[0], 1, "leaves the registers alone");
	start = now_ns();
	m.deadline = in_ms(30);
	is_errno(ipc_recv(ep, &m), ETIMEDOUT, "recv for 30 ms");
	ok(now_ns() - start >= 30 * MS, "which takes 30 ms");
	start = now_ns();
	m.deadline = in_ms(30);
	is_errno(ipc_call(ep, &m), ETIMEDOUT, "a call that nobody receives, for 30 ms");
	ok(now_ns() - start >= 30 * MS, "which takes 30 ms");
	m.deadline = IPC_POLL;
	is_errno(ipc_recv(ep, &m), ETIMEDOUT, "and is not in the queue any more");

	begin();
	pid = spawn_child(serve_never, ep);
	m.deadline = in_ms(100);
	is_errno(ipc_call(ep, &m), ETIMEDOUT, "a call that is not answered in time");
	reached(2);
	is(status_of(pid), 0, "its server");
	is(shared->said[0], IPC_MSG_CALL, "has received it");
	is_errno(shared->said[2], ESRCH, "a late reply is told so");
	is_errno(shared->said[3], ETIMEDOUT, "and nothing else");

	begin();
	pid = spawn_child(hear_of_cancel, ep);
	m.deadline = in_ms(100);
	is_errno(ipc_call(badged, &m), ETIMEDOUT, "another one");
	is(status_of(pid), 0, "whose server receives again");
	is(shared->said[1], IPC_MSG_CANCEL, "hears of it");
	is(shared->said[2], 1, "by the number of its reply handle");
	is(shared->said[3], 9, "and the badge");
	is(shared->said[4], 0, "no reply handle comes with that");
	is_errno(shared->said[5], EBADF, "and the old one is closed");
	handle_close(badged);
	handle_close(ep);
}

/* ---- notifications ---- */

static int wait_for_bits(long ep)
{
	struct ipc_msg m;

	for (int i = 0; i < IPC_WORDS; i++)
		m.word[i] = 0x1111;
	m.handle[0] = m.handle[1] = 0;
	m.reply = m.badge = 0x1111;
	m.deadline = m.flags = 0;
	reached(1);
	shared->said[0] = ipc_recv(ep, &m);
	shared->said[1] = m.word[0];
	for (int i = 1; i < IPC_WORDS; i++)
		shared->said[2] |= m.word[i];
	shared->said[3] = m.reply | m.badge | m.handle[0] | m.handle[1];
	return 0;
}

static int notify_for_ever(long ep)
{
	for (;;)
		ipc_notify(ep, 1);
	return 0;
}

static int call_once(long ep)
{
	struct ipc_msg m = message(1);

	return ipc_call(ep, &m) == 0 ? 0 : 1;
}

static void check_notify(void)
{
	long ep = endpoint_create();
	struct ipc_msg m = { 0 };
	pid_t pid, caller;
	int n = 0;

	is(ipc_notify(ep, 1), 0, "set a bit");
	is(ipc_notify(ep, 0x8000000000000004), 0, "and others");
	is(ipc_recv(ep, &m), IPC_MSG_NOTIFY, "they are a message of their own kind");
	is(m.word[0], 0x8000000000000005, "with all bits");
	m.deadline = IPC_POLL;
	is_errno(ipc_recv(ep, &m), ETIMEDOUT, "once");
	is(ipc_notify(ep, 0), 0, "no bits");
	is_errno(ipc_recv(ep, &m), ETIMEDOUT, "are no message");

	begin();
	pid = spawn_child(wait_for_bits, ep);
	await(1);
	until_asleep(pid);
	is(ipc_notify(ep, 6), 0, "a receiver that sleeps");
	is(status_of(pid), 0, "is woken");
	is(shared->said[0], IPC_MSG_NOTIFY, "by the notification");
	is(shared->said[1], 6, "with its bits");
	is(shared->said[2], 0, "the other words are 0");
	is(shared->said[3], 0, "and so are handles, reply and badge");

	caller = spawn_child(call_once, ep);
	until_asleep(caller);
	ipc_notify(ep, 1);
	m.deadline = in_ms(1000);
	is(ipc_recv(ep, &m), IPC_MSG_CALL, "bits and calls take turns: bits came last, so the call is first");
	is(ipc_reply(&m), 0, "it is answered");
	is(ipc_recv(ep, &m), IPC_MSG_NOTIFY, "and the bits are next");
	is(status_of(caller), 0, "its caller ends");

	pid = spawn_child(notify_for_ever, ep);
	caller = spawn_child(call_once, ep);
	m.deadline = in_ms(10000);
	while (n < 1000000 && ipc_recv(ep, &m) == IPC_MSG_NOTIFY)
		n++;
	ok(m.reply != 0, "a call gets through among notifications without end (%d came before)", n);
	ipc_reply(&m);
	is(status_of(caller), 0, "it is answered");
	kill(pid, SIGKILL);
	status_of(pid);
	handle_close(ep);
}

/* ---- rights ---- */

static void check_rights(void)
{
	long ep = endpoint_create(), send = handle_dup(ep, RIGHT_SEND, 0), recv = handle_dup(ep, RIGHT_RECV, 0), other, badged;
	struct ipc_msg m = { .deadline = IPC_POLL };

	is_errno(ipc_recv(send, &m), EACCES, "recv without RECV");
	is_errno(ipc_call(recv, &m), EACCES, "call without SEND");
	is_errno(ipc_notify(recv, 1), EACCES, "notify without SEND");
	is_errno(handle_dup(send, RIGHT_SEND | RIGHT_RECV, 0), EACCES, "a copy with more rights");
	is_errno(handle_dup(send, RIGHT_GRANT, 0), EACCES, "or another one");
	is_errno(handle_dup(ep, 0, 0), EINVAL, "without any right");
	is_errno(handle_dup(ep, 0x20, 0), EINVAL, "with an unknown one");
	is_errno(handle_dup(0, RIGHT_SEND, 0), EBADF, "of no handle");

	badged = handle_dup(send, RIGHT_SEND, 5);
	ok(badged > 0, "what has no badge can be given one");
	is_errno(handle_dup(badged, RIGHT_SEND, 6), EACCES, "and keeps it");
	other = handle_dup(badged, RIGHT_SEND, 5);
	ok(other > 0, "the same one is no change");
	handle_close(other);
	other = handle_dup(recv, RIGHT_SEND, 6);
	ok(other > 0, "RECV makes SEND handles, with any badge");
	is_errno(handle_dup(recv, RIGHT_SEND | RIGHT_GRANT, 6), EACCES, "but no GRANT");
	handle_close(other);

	static const unsigned long bad[] = { 0, 1, 1023, 1024, 0x7fffffff, 0x80000000, 0x100000000UL, -1UL };
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		is_errno(ipc_call(bad[i], &m), EBADF, "call of %lx", bad[i]);
		is_errno(ipc_recv(bad[i], &m), EBADF, "recv of %lx", bad[i]);
		is_errno(handle_close(bad[i]), EBADF, "close of %lx", bad[i]);
	}
	is_errno(ipc_call((unsigned long)ep | 0x80000000, &m), EBADF, "a handle with bit 31 is none");
	is_errno(ipc_call((unsigned long)ep | 1UL << 32, &m), EBADF, "nor one with bits above");
	m.reply = send;
	is_errno(ipc_reply(&m), EBADF, "an endpoint is no reply handle");
	handle_close(send);
	is_errno(ipc_call(send, &m), EBADF, "a closed handle");
	other = handle_dup(ep, RIGHT_SEND, 0);
	ok((other & 1023) == (send & 1023) && other != send, "its place is used again by another number");
	is_errno(ipc_call(send, &m), EBADF, "and the old number stays nobody's");
	handle_close(other);
	handle_close(badged);
	handle_close(recv);
	handle_close(ep);
}

/* ---- handles in messages ---- */

/* Takes what comes; says the numbers; answers with copies of them. */
static int take_handles(long ep)
{
	struct ipc_msg m = { .flags = IPC_TAKE_HANDLES };

	shared->said[0] = ipc_recv(ep, &m);
	reached(1);
	shared->said[1] = m.handle[0];
	shared->said[2] = m.handle[1];
	if (m.handle[0])
		shared->said[3] = ipc_notify(m.handle[0], 1);
	if (m.handle[1])
		shared->said[4] = ipc_notify(m.handle[1], 2);
	m.flags = 0;
	shared->said[5] = ipc_reply(&m);
	return 0;
}

/* Send @first and @second to a process that takes them; what the call answers. */
static long send_handles(unsigned long first, unsigned long second, struct ipc_msg *m)
{
	long ep = endpoint_create(), ret;
	pid_t pid;

	begin();
	pid = spawn_child(take_handles, ep);
	m->handle[0] = (unsigned int)first;
	m->handle[1] = (unsigned int)second;
	m->deadline = in_ms(5000);
	ret = ipc_call(ep, m);
	if (shared->at == 0)		/* it has received nothing; else it ends by itself */
		kill(pid, SIGKILL);
	status_of(pid);
	handle_close(ep);
	return ret;
}

static unsigned long poll_bits(long ep)
{
	struct ipc_msg m = { .deadline = IPC_POLL };

	return ipc_recv(ep, &m) == IPC_MSG_NOTIFY ? m.word[0] : 0;
}

static void check_handles(void)
{
	long a = endpoint_create(), b = endpoint_create(), send_a = handle_dup(a, RIGHT_SEND | RIGHT_GRANT, 3), got;
	struct ipc_msg m = { .flags = IPC_TAKE_HANDLES };

	is(send_handles(send_a, b, &m), 0, "a message with copies of two handles");
	is(shared->said[0], IPC_MSG_CALL, "arrives");
	ok(shared->said[3] == 0 && poll_bits(a) == 1, "the first one works there");
	ok(shared->said[4] == 0 && poll_bits(b) == 2, "and the second");
	is(shared->said[5], 0, "they come back with the reply");
	ok(m.handle[0] && m.handle[1] && m.handle[0] != send_a, "as new handles");
	is(ipc_notify(m.handle[0], 4), 0, "that work");
	is(poll_bits(a), 4, "for the same endpoint");
	is_errno(handle_dup(m.handle[0], RIGHT_RECV, 0), EACCES, "with the rights that were sent");
	is_errno(handle_dup(m.handle[0], RIGHT_SEND, 4), EACCES, "and the badge");
	got = m.handle[0];
	is(handle_close(m.handle[1]), 0, "close the second");

	m = (struct ipc_msg){ .flags = IPC_TAKE_HANDLES };
	is(send_handles(send_a | IPC_MOVE, 0, &m), 0, "a handle that moves");
	is_errno(ipc_notify(send_a, 1), EBADF, "is gone here");
	ok(shared->said[3] == 0 && poll_bits(a) == 1, "and there there");
	ok(m.handle[0] != 0, "a copy came back");
	handle_close(m.handle[0]);

	m = (struct ipc_msg){ 0 };
	is_errno(send_handles(got | IPC_MOVE, 0, &m), EOPNOTSUPP, "who does not take handles with the reply is told so");
	is_errno(shared->said[5], EOPNOTSUPP, "and the server, too");
	is_errno(ipc_notify(got, 1), EBADF, "but its own handle has moved");

	m = (struct ipc_msg){ 0 };
	got = handle_dup(a, RIGHT_SEND, 0);
	is_errno(send_handles(got, 0, &m), EACCES, "a handle without GRANT");
	is_errno(send_handles(0, 0x1234567, &m), EBADF, "no handle");
	is_errno(send_handles(IPC_MOVE, 0, &m), EBADF, "0 that moves");
	is_errno(send_handles(b | IPC_MOVE, b, &m), EINVAL, "one twice, when it moves");
	is_errno(send_handles(b, b | IPC_MOVE, &m), EINVAL, "by the other word");
	m.flags = IPC_TAKE_HANDLES;
	is(send_handles(b, b, &m), 0, "two copies of one");
	handle_close(m.handle[0]);
	handle_close(m.handle[1]);
	handle_close(got);
	handle_close(a);
	handle_close(b);
}

/* A handle moves exactly if it arrives. */
static void check_moves(void)
{
	long ep = endpoint_create(), a = endpoint_create();
	struct ipc_msg m = { .handle = { (unsigned int)(a | IPC_MOVE) } };
	pid_t pid;

	m.deadline = in_ms(20);
	is_errno(ipc_call(ep, &m), ETIMEDOUT, "a move that nobody receives");
	is(ipc_notify(a, 1), 0, "has not happened");
	begin();
	pid = spawn_child(hear_of_cancel, ep);		/* takes no handles */
	m.deadline = in_ms(5000);
	is_errno(ipc_call(ep, &m), EOPNOTSUPP, "one to a receiver that takes no handles");
	is(ipc_notify(a, 1), 0, "has not happened");
	kill(pid, SIGKILL);
	status_of(pid);
	begin();
	pid = spawn_child(take_handles, ep);
	m.deadline = in_ms(5000);
	is_errno(ipc_call(ep, &m), EOPNOTSUPP, "one that arrives, and whose reply cannot");
	is_errno(ipc_notify(a, 1), EBADF, "has happened");
	status_of(pid);
	handle_close(ep);
}

static int recv_thread(long ep)
{
	struct ipc_msg m = { 0 };

	shared->said[0] = ipc_recv(ep, &m);
	return 0;
}

static void check_busy(void)
{
	long ep = endpoint_create(), a = endpoint_create();
	struct ipc_msg m = { .handle = { (unsigned int)(a | IPC_MOVE) } };

	begin();
	thread_start(&threads[0], recv_thread, a);
	until_asleep(threads[0].tid);
	m.deadline = in_ms(1000);
	is_errno(ipc_call(ep, &m), EBUSY, "a handle does not move while a thread receives by it");
	is(handle_close(a), 0, "but it can be closed");
	thread_join(&threads[0]);
	is_errno(shared->said[0], EBADF, "then the thread is sent away");
	handle_close(ep);
}

/* ---- ends ---- */

/* Receives one call, then sleeps. */
static int serve_one(long ep)
{
	struct ipc_msg m = { 0 };

	ipc_recv(ep, &m);
	reached(1);
	for (;;)
		sleep_ms(1000);
	return 0;
}

static int sleep_only(long ep)
{
	(void)ep;
	reached(1);
	for (;;)
		sleep_ms(1000);
	return 0;
}

static int drop_reply(long ep)
{
	struct ipc_msg m = { 0 };

	ipc_recv(ep, &m);
	return handle_close(m.reply) == 0 ? 0 : 1;
}

static void check_server_ends(void)
{
	static const struct {
		int (*server)(long);
		const char *name;
		bool received;
	} states[] = { { sleep_only, "before it receives", false }, { serve_one, "when it has received", true } };
	struct ipc_msg m = { 0 };
	long ep, send;
	pid_t pid, caller;

	for (unsigned int i = 0; i < ARRAY_SIZE(states); i++) {
		ep = endpoint_create();
		begin();
		pid = spawn_child(states[i].server, ep);
		send = handle_dup(ep, RIGHT_SEND, 0);
		handle_close(ep);			/* the server alone has RECV */
		shared->said[0] = 1;
		if (!states[i].received)
			await(1);
		caller = fork();
		if (caller == 0) {
			m = message(0);
			_exit(ipc_call(send, &m) == -EPIPE ? 0 : 1);
		}
		await(1);
		until_asleep(caller);
		kill(pid, SIGKILL);
		is(status_of(caller), 0, "a server is killed %s: its caller has EPIPE", states[i].name);
		m = message(0);
		is_errno(ipc_call(send, &m), EPIPE, "and so has a later call");
		is_errno(ipc_notify(send, 1), EPIPE, "and a notification");
		status_of(pid);
		handle_close(send);
	}

	ep = endpoint_create();
	pid = spawn_child(drop_reply, ep);
	m = message(0);
	is_errno(ipc_call(ep, &m), EPIPE, "the reply handle is closed: EPIPE");
	is(status_of(pid), 0, "the server lives");

	begin();
	caller = spawn_child(call_and_say, ep);
	until_asleep(caller);
	handle_close(ep);				/* the child has one still */
	sleep_ms(5);
	is(shared->said[0], 0, "the caller has RECV itself: it waits");
	kill(caller, SIGKILL);
	status_of(caller);
}

/* Calls that were received are answered still when the endpoint is closed. */
static void check_close_with_calls(void)
{
	long ep = endpoint_create(), send = handle_dup(ep, RIGHT_SEND, 0);
	struct ipc_msg m = { 0 };
	pid_t pids[2];

	begin();
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			handle_close(ep);
			m = message((unsigned long)i);
			shared->said[i] = ipc_call(send, &m);
			_exit(0);
		}
		if (i == 0)
			is(ipc_recv(ep, &m), IPC_MSG_CALL, "one call is received, one is not");
		else
			until_asleep(pids[1]);
	}
	is(handle_close(ep), 0, "close the endpoint");
	status_of(pids[1]);
	is_errno(shared->said[1], EPIPE, "the call in the queue: EPIPE");
	is(ipc_reply(&m), 0, "the other one is answered");
	status_of(pids[0]);
	is(shared->said[0], 0, "and its caller has the answer");
	handle_close(send);
}

static void check_no_senders(void)
{
	long ep = endpoint_create(), recv = handle_dup(ep, RIGHT_RECV, 0), send;
	struct ipc_msg m = { 0 };
	pid_t pid;

	handle_close(ep);
	is_errno(ipc_recv(recv, &m), ENOTCONN, "recv when no handle has SEND");
	send = handle_dup(recv, RIGHT_SEND, 1);
	m.deadline = IPC_POLL;
	is_errno(ipc_recv(recv, &m), ETIMEDOUT, "not when there is a new one");
	begin();
	pid = fork();
	if (pid == 0) {
		handle_close(send);
		m = message(0);
		_exit(ipc_recv(recv, &m) == -ENOTCONN ? 0 : 1);
	}
	until_asleep(pid);
	handle_close(send);
	is(status_of(pid), 0, "a receiver that sleeps is told");
	handle_close(recv);
}

static void check_client_ends(void)
{
	long ep = endpoint_create();
	struct ipc_msg m = { 0 };
	unsigned long reply;
	pid_t pid;

	begin();
	pid = spawn_child(call_and_say, ep);
	until_asleep(pid);
	kill(pid, SIGKILL);
	status_of(pid);
	m.deadline = IPC_POLL;
	is_errno(ipc_recv(ep, &m), ETIMEDOUT, "a client killed in the queue leaves nothing there");

	begin();
	pid = spawn_child(call_and_say, ep);
	m = message(0);
	is(ipc_recv(ep, &m), IPC_MSG_CALL, "a call is received");
	reply = m.reply;
	kill(pid, SIGKILL);
	status_of(pid);
	m.deadline = in_ms(5000);
	is(ipc_recv(ep, &m), IPC_MSG_CANCEL, "its client is killed: CANCEL");
	is(m.word[0], reply, "of that reply handle");

	begin();
	pid = spawn_child(call_and_say, ep);
	m = message(0);
	is(ipc_recv(ep, &m), IPC_MSG_CALL, "another one");
	kill(pid, SIGKILL);
	status_of(pid);
	m.deadline = IPC_POLL;
	is_errno(ipc_reply_recv(ep, &m), ETIMEDOUT, "reply_recv to one that was killed: on to the next message, no CANCEL comes");
	is(m.reply, 0, "the reply handle is used up");

	begin();
	pid = spawn_child(call_and_say, ep);
	m = message(0);
	is(ipc_recv(ep, &m), IPC_MSG_CALL, "a third");
	kill(pid, SIGKILL);
	status_of(pid);
	m.handle[0] = (unsigned int)(ep | IPC_MOVE);
	m.deadline = IPC_POLL;
	is_errno(ipc_reply_recv(ep, &m), ESRCH, "with a handle that does not arrive: ESRCH");
	is(ipc_notify(ep, 1), 0, "and it is still here");
	handle_close(ep);
}

/* ---- signals ---- */

static void on_signal(int signo)
{
	(void)signo;
	shared->said[20]++;
}

static void handle_signal(int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };

	sigaction(SIGUSR1, &sa, NULL);
}

/* said[30]: SA_RESTART or 0; said[31]: a handle to move, or 0. */
static int call_with_handler(long ep)
{
	struct ipc_msg m = message(7);

	handle_signal((int)shared->said[30]);
	m.handle[0] = (unsigned int)shared->said[31];
	reached(1);
	shared->said[0] = ipc_call(ep, &m);
	shared->said[1] = m.word[0];
	return 0;
}

static void check_signals(void)
{
	long ep = endpoint_create(), a;
	struct ipc_msg m;
	pid_t pid;

	/* in the queue */
	begin();
	pid = spawn_child(call_with_handler, ep);
	await(1);
	until_asleep(pid);
	kill(pid, SIGUSR1);
	status_of(pid);
	is_errno(shared->said[0], EINTR, "a signal ends a call in the queue: EINTR");
	m = message(0);
	m.deadline = IPC_POLL;
	is_errno(ipc_recv(ep, &m), ETIMEDOUT, "which is not there any more");

	/* received */
	begin();
	pid = spawn_child(call_with_handler, ep);
	m = message(0);
	ipc_recv(ep, &m);
	kill(pid, SIGUSR1);
	status_of(pid);
	is_errno(shared->said[0], EINTR, "and one that was received");
	m.deadline = in_ms(5000);
	is(ipc_recv(ep, &m), IPC_MSG_CANCEL, "the server hears of it");

	/* restarted */
	begin();
	shared->said[30] = SA_RESTART;
	pid = spawn_child(call_with_handler, ep);
	m = message(0);
	ipc_recv(ep, &m);
	kill(pid, SIGUSR1);
	m.deadline = in_ms(5000);
	is(ipc_recv(ep, &m), IPC_MSG_CANCEL, "SA_RESTART: the server hears that the call was cancelled");
	is(ipc_recv(ep, &m), IPC_MSG_CALL, "and is called again");
	is(m.word[0], 7, "with the same words");
	m.word[0] = 8;
	ipc_reply(&m);
	status_of(pid);
	is(shared->said[0], 0, "the call is answered");
	is(shared->said[1], 8, "as the server says");
	is(shared->said[20], 1, "and the handler has run once");

	/* not restarted, since a handle has moved */
	begin();
	a = endpoint_create();
	shared->said[30] = SA_RESTART;
	shared->said[31] = a | IPC_MOVE;
	pid = spawn_child(call_with_handler, ep);
	m = message(0);
	m.flags = IPC_TAKE_HANDLES;
	ipc_recv(ep, &m);
	kill(pid, SIGUSR1);
	status_of(pid);
	is_errno(shared->said[0], EINTR, "a call whose handle has moved is not made again: EINTR");
	handle_close(m.handle[0]);
	m.flags = 0;
	m.deadline = in_ms(5000);
	is(ipc_recv(ep, &m), IPC_MSG_CANCEL, "the server hears of that, too");
	handle_close(a);
	handle_close(ep);
}

/* reply_recv that a signal ends after the reply: made again, it only receives. */
static int reply_with_handler(long ep)
{
	struct ipc_msg m = { 0 };

	handle_signal(SA_RESTART);
	ipc_recv(ep, &m);
	m.word[0] = 11;
	shared->said[0] = ipc_reply_recv(ep, &m);
	shared->said[1] = m.word[0];
	m.word[0] = 12;
	shared->said[2] = ipc_reply(&m);
	return 0;
}

static void check_restarted_reply(void)
{
	long ep = endpoint_create();
	struct ipc_msg m = message(1);
	pid_t pid;

	begin();
	pid = spawn_child(reply_with_handler, ep);
	is(ipc_call(ep, &m), 0, "a call");
	is(m.word[0], 11, "is answered by reply_recv");
	until_asleep(pid);
	kill(pid, SIGUSR1);
	while (__atomic_load_n(&shared->said[20], __ATOMIC_SEQ_CST) == 0)
		raw_syscall(SYS_sched_yield);
	m = message(2);
	is(ipc_call(ep, &m), 0, "the server was interrupted meanwhile: a second call");
	is(m.word[0], 12, "is answered");
	is(status_of(pid), 0, "the server ends");
	is(shared->said[0], IPC_MSG_CALL, "its reply_recv has received that one");
	is(shared->said[1], 2, "and no other");
	handle_close(ep);
}

/* ---- tables ---- */

static int fill_table(long ep)
{
	struct ipc_msg m = { 0 };
	long last = 0, h, n = 0;

	while ((h = handle_dup(ep, ALL, 0)) > 0) {
		last = h;
		n++;
	}
	shared->said[0] = h;
	shared->said[1] = n;
	shared->said[2] = endpoint_create();
	reached(1);
	await(50);				/* a call is in the queue */
	m.deadline = in_ms(5000);
	shared->said[3] = ipc_recv(ep, &m);
	ipc_notify(ep, 3);
	shared->said[4] = ipc_recv(ep, &m);	/* needs no place */
	handle_close(last);
	shared->said[5] = ipc_recv(ep, &m);
	shared->said[6] = m.word[0];
	m.word[0] = 99;
	shared->said[7] = ipc_reply(&m);
	return 0;
}

static void check_full_table(void)
{
	long ep = endpoint_create();
	pid_t pid, caller;

	begin();
	pid = spawn_child(fill_table, ep);
	await(1);
	is_errno(shared->said[0], EMFILE, "a table is full at some time");
	is(shared->said[1], HANDLES_MAX - 1, "with %d handles", HANDLES_MAX);
	is_errno(shared->said[2], EMFILE, "no endpoint either");
	shared->at = 40;			/* the caller's word */
	caller = spawn_child(call_and_say, ep);
	until_asleep(caller);
	reached(50);
	is(status_of(pid), 0, "its process");
	is_errno(shared->said[3], EMFILE, "cannot receive a call");
	is(shared->said[4], IPC_MSG_NOTIFY, "but a notification");
	is(shared->said[5], IPC_MSG_CALL, "and when it has closed a handle, the call");
	is(shared->said[6], 40, "which was not lost");
	is(status_of(caller), 0, "its caller");
	is(shared->said[40], 0, "has an answer");
	handle_close(ep);
}

/* A receiver that sleeps and whose table becomes full meanwhile. */
static int fill_while_receiving(long ep)
{
	long h, last = 0;

	thread_start(&threads[0], recv_thread, ep);
	until_asleep(threads[0].tid);
	while ((h = handle_dup(ep, RIGHT_RECV, 0)) > 0)
		last = h;
	reached(1);
	thread_join(&threads[0]);
	shared->said[1] = last;
	return 0;
}

static void check_filled_meanwhile(void)
{
	long ep = endpoint_create();
	struct ipc_msg m = message(0);
	pid_t pid;

	begin();
	pid = spawn_child(fill_while_receiving, ep);
	await(1);
	m.deadline = in_ms(300);
	is_errno(ipc_call(ep, &m), ETIMEDOUT, "a call to a process whose table has become full is not received");
	is(status_of(pid), 0, "that process");
	is_errno(shared->said[0], EMFILE, "is told by its recv");
	handle_close(ep);
}

/* ---- fork and exec ---- */

static int use_inherited(long ep)
{
	struct ipc_msg m = message(0);

	m.reply = shared->said[1];
	shared->said[2] = ipc_reply(&m);
	shared->said[3] = handle_close(m.reply);
	return ipc_notify(ep, 1) == 0 ? 0 : 1;
}

static void check_fork(void)
{
	long ep = endpoint_create();
	struct ipc_msg m = { 0 };
	pid_t caller;

	begin();
	shared->at = 9;
	caller = spawn_child(call_and_say, ep);
	ipc_recv(ep, &m);
	shared->said[1] = m.reply;
	is(in_child(use_inherited, ep), 0, "a child has its parent's handles");
	is_errno(shared->said[2], EBADF, "but for reply handles");
	is_errno(shared->said[3], EBADF, "which it cannot close");
	is(ipc_reply(&m), 0, "the parent can reply still");
	is(status_of(caller), 0, "the caller");
	is(shared->said[9], 0, "has its answer");
	handle_close(ep);
}

static void check_exec(void)
{
	char number[16];
	char *argv[] = { "/bin/ipctest", "exec", number, NULL };
	long ep = endpoint_create();
	struct ipc_msg m = { .deadline = IPC_POLL };

	snprintf(number, sizeof(number), "%ld", ep);
	is(run(argv), 0, "a program that was executed has the handles");
	is(ipc_recv(ep, &m), IPC_MSG_NOTIFY, "and used one");
	is(m.word[0], 0x77, "well");
	handle_close(ep);
}

/* Each allocation of these calls fails once: an error, nothing lost. */
static void check_no_memory(void)
{
	long ep = endpoint_create(), h, failed = 0;
	pid_t pid;

	for (int nth = 1; nth < 60; nth++) {
		fail_alloc(nth);
		h = endpoint_create();
		fail_alloc(0);
		failed += h == -ENOMEM;
		if (h > 0)
			handle_close(h);
	}
	ok(failed > 0, "endpoint_create without memory: ENOMEM (%ld times)", failed);
	failed = 0;
	for (int nth = 1; nth < 40; nth++) {
		fail_alloc(nth);
		pid = fork();
		if (pid == 0)
			_exit(0);
		fail_alloc(0);
		failed += pid < 0;
		if (pid > 0)
			status_of(pid);
	}
	ok(failed > 0, "fork with handles, without memory (%ld times)", failed);
	handle_close(ep);
}

/* ---- cycles ---- */

static int send_away(long ep, long other)
{
	struct ipc_msg m = { .handle = { (unsigned int)(other | IPC_MOVE) } };

	reached(shared->at + 1);
	return (int)ipc_call(ep, &m);
}

/* A's only RECV handle travels in a message that waits at B, and B's in one that waits at A. */
static int make_cycle(long unused)
{
	long a = endpoint_create(), b = endpoint_create(), send_a = handle_dup(a, RIGHT_SEND, 0), send_b = handle_dup(b, RIGHT_SEND, 0);
	pid_t first = fork(), second;

	(void)unused;
	if (first == 0) {
		handle_close(b);
		_exit(send_away(send_b, a));
	}
	second = fork();
	if (second == 0) {
		handle_close(a);
		_exit(send_away(send_a, b));
	}
	until_asleep(first);
	until_asleep(second);
	handle_close(a);
	handle_close(b);
	kill(first, SIGKILL);
	status_of(first);			/* with it went A: the second's call is ended */
	return status_of(second) == exited_with(-EPIPE & 0xff) ? 0 : 1;
}

/* ---- threads ---- */

static int many_receive(long ep)
{
	for (int i = 0; i < 4; i++)
		thread_start(&threads[i], recv_thread, ep);
	for (int i = 0; i < 4; i++)
		until_asleep(threads[i].tid);
	shared->said[5] = handle_close(ep);
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	return 0;
}

static void check_close_under_threads(void)
{
	long ep = endpoint_create();

	begin();
	is(in_child(many_receive, ep), 0, "four threads receive and a fifth closes the handle");
	is(shared->said[5], 0, "which it can");
	is_errno(shared->said[0], EBADF, "they are sent away");
	handle_close(ep);
}

/* ---- the time slice ---- */

#define CROWD_MS	400

static void pin_to_hart_0(void)
{
	unsigned long mask = 1;

	raw_syscall(SYS_sched_setaffinity, 0L, (long)sizeof(mask), &mask);
}

static int pinned_server(long ep)
{
	pin_to_hart_0();
	return plus_one(ep);
}

/* Calls for a while; says how often. */
static int pinned_client(long ep)
{
	unsigned long long end;
	struct ipc_msg m;

	pin_to_hart_0();
	await(2);
	end = now_ns() + CROWD_MS * MS;
	while (now_ns() < end) {
		m = message(1);
		if (ipc_call(ep, &m) != 0)
			return 1;
		shared->said[0]++;
	}
	reached(3);
	return 0;
}

/* Never sleeps; says how many milliseconds there were in which it ran. */
static int hog(long number)
{
	unsigned long long last = 0, now;

	pin_to_hart_0();
	await(2);
	while (__atomic_load_n(&shared->at, __ATOMIC_SEQ_CST) < 3) {
		now = now_ns() / MS;
		shared->said[1 + number] += now != last;
		last = now;
	}
	return 0;
}

/*
 * One hart, a client, its server, two that never sleep. A call that had to wait for its turn at each of its two ends would take four
 * slices of 10 ms; and a pair that handed on a slice for ever would leave the others none.
 */
static void check_slice(void)
{
	long ep = endpoint_create();
	pid_t pids[4];
	struct ipc_msg m;

	begin();
	pids[0] = spawn_child(pinned_server, ep);
	pids[1] = spawn_child(pinned_client, ep);
	pids[2] = spawn_child(hog, 0);
	pids[3] = spawn_child(hog, 1);
	sleep_ms(20);
	reached(2);
	is(status_of(pids[1]), 0, "a client among two processes that never sleep, on one hart");
	status_of(pids[2]);
	status_of(pids[3]);
	m = message(0);
	ipc_call(ep, &m);
	is(status_of(pids[0]), 0, "and its server");
	calm_ok(shared->said[0] >= CROWD_MS / 4, "many calls in a slice: %ld in %d ms", shared->said[0], CROWD_MS);
	calm_ok(shared->said[1] >= CROWD_MS / 20 && shared->said[2] >= CROWD_MS / 20, "and the others have their slices: %ld and %ld ms",
	   shared->said[1], shared->said[2]);
	handle_close(ep);
}

/* A server that is woken by a signal and waits for its turn still, when a message comes for it. */
static int interrupted_server(long ep)
{
	pin_to_hart_0();
	handle_signal(SA_RESTART);
	return plus_one(ep);
}

#define INTERRUPTIONS	30

static int interrupting_client(long ep)
{
	int server = (int)shared->said[0];
	struct ipc_msg m;

	pin_to_hart_0();
	for (int i = 0; i < INTERRUPTIONS; i++) {
		m = message(1);
		if (ipc_call(ep, &m) != 0 || m.word[0] != 2)	/* afterwards it receives again */
			return 1;
		kill(server, SIGUSR1);
		m = message(5);
		if (ipc_call(ep, &m) != 0 || m.word[0] != 6)
			return 2;
	}
	return 0;
}

static void check_woken_twice(void)
{
	long ep = endpoint_create();
	struct ipc_msg m;
	pid_t pid;

	begin();
	pid = spawn_child(interrupted_server, ep);
	until_asleep(pid);
	shared->said[0] = pid;
	is(in_child(interrupting_client, ep), 0, "%d times a signal and then a message for the same server", INTERRUPTIONS);
	is(shared->said[20], INTERRUPTIONS, "it has had all the signals");
	m = message(0);
	ipc_call(ep, &m);
	is(status_of(pid), 0, "and ends");
	handle_close(ep);
}

/* Receives calls and never answers; a hand-over to it leaves the client asleep. */
static int parking_server(long ep)
{
	struct ipc_msg m;

	pin_to_hart_0();
	for (;;) {
		m = message(0);
		ipc_recv(ep, &m);
	}
	return 0;
}

static int parked_client(long ep)
{
	struct ipc_msg m = message(1);

	pin_to_hart_0();
	reached(1);
	ipc_call(ep, &m);
	return 0;
}

#define KILLS	100

/* SIGKILL from another hart, before, during and after the call: the client ends, though its server never answers. */
static void check_killed_at_any_time(void)
{
	unsigned long elsewhere = 0xfe, all = 0xff, rng = 1;
	long ep = endpoint_create(), left = 0;
	pid_t server = spawn_child(parking_server, ep), pid;
	unsigned long long start;

	raw_syscall(SYS_sched_setaffinity, 0L, (long)sizeof(elsewhere), &elsewhere);	/* not with one hart: then in turns */
	for (int i = 0; i < KILLS && !left; i++) {
		begin();
		pid = spawn_child(parked_client, ep);
		await(1);
		start = now_ns() + next_random(&rng) % 60000;
		while (now_ns() < start)
			;
		kill(pid, SIGKILL);
		start = now_ns();
		while (waitpid(pid, NULL, WNOHANG) == 0 && !left) {
			left = now_ns() - start > 3000 * MS;
			sleep_ms(1);
		}
	}
	is(left, 0, "a client ends when it is killed, at any time of a call");
	kill(server, SIGKILL);
	status_of(server);
	if (left)
		status_of(pid);
	raw_syscall(SYS_sched_setaffinity, 0L, (long)sizeof(all), &all);
	handle_close(ep);
}

static void run_checks(void)
{
	check_round_trip();
	check_many(plus_one, 1, "one server");
	check_many(crew, 3, "a server of three threads");
	check_out_of_order();
	check_time_outs();
	check_notify();
	check_rights();
	check_handles();
	check_moves();
	check_busy();
	check_server_ends();
	check_close_with_calls();
	check_no_senders();
	check_client_ends();
	check_signals();
	check_restarted_reply();
	check_full_table();
	check_filled_meanwhile();
	check_fork();
	check_exec();
	check_no_memory();
	is(in_child(make_cycle, 0), 0, "a cycle of endpoints ends with its processes");
	check_close_under_threads();
	check_slice();
	check_woken_twice();
	check_killed_at_any_time();
}

/* This process's table and pages stay, as many as there have been: they are there from the beginning. */
static void warm_up(void)
{
	long ep = endpoint_create(), handles[32];

	for (unsigned int i = 0; i < ARRAY_SIZE(handles); i++)
		handles[i] = handle_dup(ep, RIGHT_SEND, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(handles); i++)
		handle_close((unsigned long)handles[i]);
	handle_close((unsigned long)ep);
	memset(tasks, 0, sizeof(tasks));
	memset(threads, 0, sizeof(threads));
}

int main(int argc, char **argv)
{
	static struct census before;
	unsigned long ep;

	if (argc == 3 && strcmp(argv[1], "exec") == 0 && parse_ulong(argv[2], &ep))
		return ipc_notify(ep, 0x77) == 0 ? 0 : 1;
	shared = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	begin();
	warm_up();
	in_child(plus_one, 0);			/* whatever the first child leaves for the next is there now */
	census_take(&before);
	run_checks();
	ok(census_same("ipctest", &before), "every frame and every object came back");
	return tap_done();
}
