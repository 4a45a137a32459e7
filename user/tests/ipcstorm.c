/* SPDX-License-Identifier: MIT */
/*
 * ipcstorm [-t SECONDS] [-s SEED]: messages by the thousand.
 *
 *	flood	64 clients call one server, which keeps up to 16 calls and answers them in any order; each client checks its answers
 *	chaos	tasks call, receive, reply, notify, copy, move and close handles at random on endpoints that they share, every other
 *		one with three threads; one of them is killed every few milliseconds and replaced
 *
 * In both a call's words depend on each other and its answer on the call, so that a message that is mixed up, lost or delivered
 * twice is seen. At the end all tasks must end when killed, and every frame and object be back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/ipc.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define CLIENTS		64
#define KEPT		16
#define TASKS		8
#define ENDPOINTS	4
#define MS		1000000UL
#define LIFE_MS		6
#define GONE_NS		10000000000ULL

static unsigned long seconds = 6, seed = 1;

static struct shared {
	unsigned long calls, answers, cancels, moves, wrong;
	bool stop;
} *shared;

static void count(unsigned long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

/* wrong() - something that must not be; said by its first kind. */
static void wrong(unsigned long kind)
{
	unsigned long none = 0;

	__atomic_compare_exchange_n(&shared->wrong, &none, kind, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Threads have no errno of their own: nothing of the C library. */
static unsigned long clock_ns(void)
{
	struct { unsigned long sec, nsec; } now;

	raw_syscall(SYS_clock_gettime, 1L, &now);
	return now.sec * 1000000000UL + now.nsec;
}

static unsigned long below(unsigned long *rng, unsigned long n)
{
	return (next_random(rng) >> 3) % n;
}

/* ---- words that belong together ---- */

static void fill(struct ipc_msg *m, unsigned long first)
{
	for (int i = 0; i < IPC_WORDS; i++)
		m->word[i] = first * (2UL * i + 1) ^ (unsigned long)i;
}

/* Are the words of @m those of fill(@first), the first one @more? */
static bool is_filled(const struct ipc_msg *m, unsigned long first, unsigned long more)
{
	bool good = m->word[0] == first + more;

	for (int i = 1; i < IPC_WORDS; i++)
		good &= m->word[i] == (first * (2UL * i + 1) ^ (unsigned long)i);
	return good;
}

/* ---- the flood ---- */

static int flood_client(long ep)
{
	unsigned long rng = seed * 1000 + (unsigned long)getpid(), first;
	struct ipc_msg m = { 0 };
	long ret;

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		first = next_random(&rng) << 20 | (unsigned long)getpid();
		fill(&m, first);
		ret = ipc_call(ep, &m);
		if (ret != 0)
			return 1;
		if (!is_filled(&m, first, 1))
			return 2;
		count(&shared->answers);
	}
	return 0;
}

/* Ends when no client is left. */
static int flood_server(long ep)
{
	unsigned long rng = seed;
	struct ipc_msg kept[KEPT], m;
	unsigned int n = 0, i;
	long kind;

	for (;;) {
		m = (struct ipc_msg){ .deadline = n ? IPC_POLL : IPC_FOREVER };
		kind = ipc_recv(ep, &m);
		if (kind == -ENOTCONN && n == 0)
			return 0;
		if (kind == IPC_MSG_CALL) {
			if (!is_filled(&m, m.word[0], 0))
				return 2;
			kept[n++] = m;
			count(&shared->calls);
		} else if (kind != -ETIMEDOUT && kind != -ENOTCONN) {
			return 3;
		}
		if (n == KEPT || (n && (kind < 0 || below(&rng, 4) == 0))) {
			i = (unsigned int)below(&rng, n);
			kept[i].word[0]++;
			if (ipc_reply(&kept[i]) != 0)
				return 4;
			kept[i] = kept[--n];
		}
	}
}

static void flood(unsigned long long ns)
{
	long ep = endpoint_create(), recv = handle_dup((unsigned long)ep, RIGHT_RECV, 0), send = handle_dup((unsigned long)ep, RIGHT_SEND, 1);
	unsigned long failed = 0;
	pid_t server, clients[CLIENTS];
	int status;

	handle_close((unsigned long)ep);
	server = fork();
	if (server == 0) {
		handle_close((unsigned long)send);
		_exit(flood_server(recv));
	}
	handle_close((unsigned long)recv);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = spawn_child(flood_client, send);
	handle_close((unsigned long)send);
	sleep_ms(ns / MS);
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < CLIENTS; i++) {
		waitpid(clients[i], &status, 0);
		failed += status != 0;
	}
	is((long)failed, 0, "flood: %d clients have the answers to their own calls", CLIENTS);
	waitpid(server, &status, 0);
	is(status, 0, "the server ends when no client is left");
	is((long)shared->calls, (long)shared->answers, "as many answers as calls");
	printf("# flood: %lu calls\n", shared->calls);
}

/* ---- chaos ---- */

#define HANDLES	24

/* One thread's. */
struct actor {
	unsigned long rng;
	bool alone;			/* in its process: its reply handles are nobody else's */
	unsigned int handles[HANDLES];	/* perhaps closed or moved meanwhile */
	struct ipc_msg kept[4];
	unsigned int nr_kept;
};

static long first_endpoints[ENDPOINTS];

static unsigned int *any_handle(struct actor *a)
{
	return &a->handles[below(&a->rng, HANDLES)];
}

static void keep_handle(struct actor *a, unsigned long h)
{
	unsigned int *place;

	if (h == 0 || (long)h < 0)
		return;
	place = any_handle(a);
	if (*place)
		handle_close(*place);
	*place = (unsigned int)h;
}

/* Mostly a short one; without a deadline a task may sleep until it is killed, but tasks hand over their hart (schedule_to()) only then. */
static unsigned long some_time(struct actor *a)
{
	switch (below(&a->rng, 8)) {
	case 0:
		return IPC_POLL;
	case 1: case 2:
		return IPC_FOREVER;
	}
	return clock_ns() + below(&a->rng, 2 * MS);
}

/* Handles to go along, now and then. Those that move are forgotten, whether they arrive or not: then they are closed some day. */
static void add_handles(struct actor *a, struct ipc_msg *m)
{
	for (int i = 0; i < 2; i++) {
		m->handle[i] = below(&a->rng, 4) ? 0 : *any_handle(a);
		if (m->handle[i] && below(&a->rng, 2)) {
			m->handle[i] |= IPC_MOVE;
			count(&shared->moves);
		}
	}
}

static void take_handles(struct actor *a, struct ipc_msg *m)
{
	keep_handle(a, m->handle[0]);
	keep_handle(a, m->handle[1]);
	m->handle[0] = m->handle[1] = 0;
}

static void act_call(struct actor *a)
{
	struct ipc_msg m = { .deadline = some_time(a), .flags = below(&a->rng, 2) };
	unsigned long first = next_random(&a->rng) << 24 | a->rng >> 40;
	long ret;

	fill(&m, first);
	add_handles(a, &m);
	ret = ipc_call(*any_handle(a), &m);
	if (ret == 0) {
		if (!is_filled(&m, first, 1))
			wrong(1);
		count(&shared->answers);
		take_handles(a, &m);
	} else if (ret > 0 || !is_filled(&m, first, 0)) {
		wrong(2);
	}
}

static void drop_kept(struct actor *a, unsigned int i)
{
	a->kept[i] = a->kept[--a->nr_kept];
}

/* What recv has brought. */
static void received(struct actor *a, long kind, struct ipc_msg *m)
{
	unsigned int i;

	if (kind == IPC_MSG_CALL) {
		count(&shared->calls);
		if (!is_filled(m, m->word[0], 0) || m->reply == 0)
			wrong(3);
		take_handles(a, m);
		if (a->nr_kept == ARRAY_SIZE(a->kept)) {
			handle_close(a->kept[0].reply);
			drop_kept(a, 0);
		}
		a->kept[a->nr_kept++] = *m;
	} else if (kind == IPC_MSG_CANCEL) {
		count(&shared->cancels);
		for (i = 0; i < a->nr_kept && a->kept[i].reply != m->word[0]; i++)
			;
		if (i < a->nr_kept)
			drop_kept(a, i);
		else if (a->alone)
			wrong(4);
	} else if (kind == IPC_MSG_NOTIFY) {
		for (i = 1; i < IPC_WORDS; i++)
			if (m->word[i] || m->reply || m->badge)
				wrong(5);
	}
}

static void act_recv(struct actor *a)
{
	struct ipc_msg m = { .deadline = some_time(a), .flags = below(&a->rng, 4) != 0 };

	received(a, ipc_recv(*any_handle(a), &m), &m);
}

static bool good_reply(const struct actor *a, const struct ipc_msg *m, long ret)
{
	return ret >= 0 || ret == -ESRCH || (ret == -EBADF && !a->alone) || m->handle[0] || m->handle[1];
}

static void act_reply(struct actor *a, bool and_recv)
{
	struct ipc_msg m;
	unsigned int i;
	long ret;

	if (a->nr_kept == 0)
		return;
	i = (unsigned int)below(&a->rng, a->nr_kept);
	m = a->kept[i];
	m.word[0]++;
	m.flags = below(&a->rng, 2);
	m.deadline = some_time(a);
	add_handles(a, &m);
	drop_kept(a, i);
	if (and_recv) {
		ret = ipc_reply_recv(*any_handle(a), &m);
		if (ret >= 0)
			received(a, ret, &m);
		else if (m.reply)
			handle_close(m.reply);
	} else {
		ret = ipc_reply(&m);
		if (!good_reply(a, &m, ret))
			wrong(6);
		if (ret < 0)
			handle_close(m.reply);
	}
}

static void act_handles(struct actor *a)
{
	unsigned int *place = any_handle(a);

	switch (below(&a->rng, 6)) {
	case 0:
		keep_handle(a, (unsigned long)endpoint_create());
		break;
	case 1:
		handle_close(*place);
		*place = 0;
		break;
	default:		/* handles of the endpoints that all share come back */
		if (*place == 0)
			*place = (unsigned int)first_endpoints[below(&a->rng, ENDPOINTS)];
		keep_handle(a, (unsigned long)handle_dup(*place, 1 + below(&a->rng, 7), below(&a->rng, 3)));
	}
}

static void act(struct actor *a)
{
	switch (below(&a->rng, 10)) {
	case 0: case 1: case 2:
		act_call(a);
		break;
	case 3: case 4: case 5:
		act_recv(a);
		break;
	case 6:
		act_reply(a, false);
		break;
	case 7:
		act_reply(a, true);
		break;
	case 8:
		act_handles(a);
		break;
	default:
		ipc_notify(*any_handle(a), next_random(&a->rng));
	}
}

static struct actor actors[3];

static int actor_thread(long i)
{
	struct actor *a = &actors[i];

	for (int j = 0; j < HANDLES; j++)
		a->handles[j] = (unsigned int)handle_dup((unsigned long)first_endpoints[j % ENDPOINTS], RIGHTS_ALL, 0);
	for (;;)
		act(a);
	return 0;
}

static struct thread threads[2];

static int chaos_task(long number)
{
	bool alone = number % 2;

	for (int i = 0; i < 3; i++) {
		actors[i].rng = seed * 7919 + (unsigned long)number * 31 + (unsigned long)i;
		actors[i].alone = alone;
	}
	for (int i = 0; i < 2 && !alone; i++)
		thread_start(&threads[i], actor_thread, i + 1);
	return actor_thread(0);
}

static bool reap(pid_t pid)
{
	unsigned long long start = now_ns();

	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (now_ns() - start > GONE_NS)
			return false;
		sleep_ms(1);
	}
	return true;
}

static void chaos(unsigned long long ns)
{
	unsigned long long end = now_ns() + ns;
	unsigned long rng = seed, killed = 0;
	pid_t pids[TASKS];
	bool gone = true;
	long number = 0;

	for (int i = 0; i < ENDPOINTS; i++)
		first_endpoints[i] = endpoint_create();
	for (int i = 0; i < TASKS; i++)
		pids[i] = spawn_child(chaos_task, number++);
	while (now_ns() < end && gone) {
		int i = (int)below(&rng, TASKS);

		sleep_ms(below(&rng, LIFE_MS));
		gone = reap(pids[i]);
		pids[i] = spawn_child(chaos_task, number++);
		killed++;
	}
	for (int i = 0; i < TASKS; i++)
		gone &= reap(pids[i]);
	for (int i = 0; i < ENDPOINTS; i++)
		handle_close((unsigned long)first_endpoints[i]);
	ok(gone, "chaos: every task ends when it is killed");
	is((long)shared->wrong, 0, "what was received and answered belongs together");
	ok(shared->answers > 0 && shared->cancels > 0, "there were answers, and calls that were cancelled");
	printf("# chaos: %lu calls received, %lu answered, %lu cancelled, %lu moves, %lu tasks killed\n", shared->calls, shared->answers,
	       shared->cancels, shared->moves, killed);
}

static bool parse_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2) {
		unsigned long value;

		if (argv[i][0] != '-' || i + 1 == argc || !parse_ulong(argv[i + 1], &value))
			return false;
		if (argv[i][1] == 't')
			seconds = value;
		else if (argv[i][1] == 's')
			seed = value;
		else
			return false;
	}
	return seconds >= 1;
}

static void storm(unsigned long long ns)
{
	memset(shared, 0, sizeof(*shared));
	flood(ns / 3);
	memset(shared, 0, sizeof(*shared));
	chaos(ns - ns / 3);
}

int main(int argc, char **argv)
{
	static struct census before;

	if (!parse_options(argc, argv)) {
		fprintf(stderr, "usage: ipcstorm [-t SECONDS] [-s SEED]\n");
		return 2;
	}
	shared = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	storm(200 * MS);		/* what this process needs itself is there then */
	census_take(&before);
	storm(seconds * 1000000000ULL);
	ok(census_same("ipcstorm", &before), "every frame and every object came back");
	return tap_done();
}
