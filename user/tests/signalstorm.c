/* SPDX-License-Identifier: MIT */
/*
 * signalstorm: threads that spin, sleep and block take what others send: kill, tgkill, sigqueue. What is queued comes exactly once,
 * to the thread that it was sent to, in order; other signals come, but not more often than they were sent. The work is counted, not
 * timed. Afterwards every frame and every object of the kernel is back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define RW		(PROT_READ | PROT_WRITE)
#define TAKERS		6
#define SENDERS		3		/* two threads and a process */
#define SENDS		400		/* of each sender; a quarter of each kind */
#define SPINS		5000		/* between two looks whether to stop */
#define FULL		1000		/* more than a queue takes */
#define SIG_TO_PROCESS	40		/* queued */
#define SIG_TO_THREAD	41		/* queued */

enum kind { KILL, TGKILL, QUEUE, TGQUEUE, NR_KINDS };
static const int signal_of[NR_KINDS] = { SIGUSR1, SIGUSR2, SIG_TO_PROCESS, SIG_TO_THREAD };

/* In memory that the parent shares: what a child tells it. Signals are counted by what stands in signal_of[]. */
static struct board {
	unsigned long wrong;			/* atomic */
	unsigned long sent[NR_KINDS], refused[NR_KINDS], taken[NR_KINDS];
	unsigned long twice, never, strayed, disordered;
} *board;

static struct thread threads[TAKERS + SENDERS];

static int first_taker_tid[TAKERS], stop, nobody_wakes, ready;	/* atomic */
static long process;

/* Each value is sent once: sender << 16 | number << 4 | taker. What came of it, and the last that a taker had of a sender. */
static unsigned int came[SENDERS][SENDS];
static int last_of[TAKERS][SENDERS];
static unsigned long taken_by[TAKERS + 1];	/* TGKILL */

/* Shared, because a sender is another process. */
static struct outcome {
	unsigned char queued[SENDERS][SENDS];
	unsigned long sent_to[TAKERS];
} *outcome;

static void check(bool good)
{
	if (!good)
		__atomic_fetch_add(&board->wrong, 1, __ATOMIC_RELAXED);
}

static int load(const int *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static struct ksiginfo info_of(unsigned long value, int sig)
{
	struct ksiginfo info = { .si_signo = sig, .si_code = SI_QUEUE };

	info.u.rt.pid = (int)raw_syscall(SYS_getpid);
	info.u.rt.value = value;
	return info;
}

/* Whose stack is it? TAKERS: the main thread's or a sender's. */
static unsigned int this_taker(void)
{
	char here, *first = (char *)threads;

	if (&here < first || &here >= (char *)&threads[TAKERS])
		return TAKERS;
	return (unsigned int)((unsigned long)(&here - first) / sizeof(struct thread));
}

static void count(unsigned long *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void queued_came(unsigned int taker, int sig, unsigned long value)
{
	unsigned int sender = value >> 16 & 3, number = value >> 4 & 0xfff, to = value & 15;

	if (sender >= SENDERS || number >= SENDS) {
		count(&board->strayed);
		return;
	}
	if (__atomic_fetch_add(&came[sender][number], 1, __ATOMIC_RELAXED))
		count(&board->twice);
	if (sig != SIG_TO_THREAD)
		return;
	if (taker != to) {
		count(&board->strayed);
		return;
	}
	/* This handler's signal is blocked while it runs: one after the other. */
	if ((int)number <= last_of[taker][sender])
		count(&board->disordered);
	last_of[taker][sender] = (int)number;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	const struct ksiginfo *k = (const struct ksiginfo *)info;
	unsigned int taker = this_taker();

	(void)context;
	for (int kind = 0; kind < NR_KINDS; kind++)
		if (sig == signal_of[kind])
			count(&board->taken[kind]);
	if (sig == SIGUSR2)
		count(&taken_by[taker]);
	if (sig == SIGUSR2 ? k->si_code != SI_TKILL || taker == TAKERS : sig == SIGUSR1 ? k->si_code != SI_USER : k->si_code != SI_QUEUE)
		count(&board->strayed);
	if (sig >= 32)
		queued_came(taker, sig, k->u.rt.value);
}

static void set_mask(unsigned long mask)
{
	raw_syscall(SYS_rt_sigprocmask, (long)SIG_SETMASK, &mask, NULL, sizeof(mask));
}

/*
 * Takers: by number, one that spins; one that blocks and unblocks; sleeps in futex; sleeps for a time; takes only what is for it
 * alone; takes it in sigsuspend. At the end all that is for it has come when its mask is empty: before that call returns.
 */
static int take(long number)
{
	static const struct { long sec, nsec; } soon = { 0, 300000 };
	unsigned long own = SIGMASK(SIGUSR2) | SIGMASK(SIG_TO_THREAD), none = 0;

	set_mask(number == 4 ? ~own : number == 5 ? ~0UL : 0);
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	futex_wake(&ready, 1);
	while (!load(&stop)) {
		switch (number) {
		case 0:
			for (volatile int i = 0; i < SPINS; i++)
				;
			raw_syscall(SYS_sched_yield);	/* on few harts a whole slice each time would take long */
			break;
		case 1:
			set_mask(own);
			set_mask(~own);
			set_mask(0);
			raw_syscall(SYS_sched_yield);
			break;
		case 2:
			futex_wait(&nobody_wakes, 0);
			break;
		case 3:
			raw_syscall(SYS_nanosleep, &soon, NULL);
			break;
		case 5:
			raw_syscall(SYS_rt_sigsuspend, &none, sizeof(none));
			break;
		}
	}
	set_mask(0);
	set_mask(~0UL);
	return 0;
}

/* One signal of @kind to @taker or to the process. 0 or -errno. */
static long send(enum kind kind, unsigned int taker, unsigned long value)
{
	struct ksiginfo info = info_of(value, signal_of[kind]);

	switch (kind) {
	case KILL:
		return raw_syscall(SYS_kill, process, (long)SIGUSR1);
	case TGKILL:
		return raw_syscall(SYS_tgkill, process, (long)first_taker_tid[taker], (long)SIGUSR2);
	case QUEUE:
		return raw_syscall(SYS_rt_sigqueueinfo, process, (long)SIG_TO_PROCESS, &info);
	default:
		return raw_syscall(SYS_rt_tgsigqueueinfo, process, (long)first_taker_tid[taker], (long)SIG_TO_THREAD, &info);
	}
}

static int send_all(long sender)
{
	unsigned long random = 77 + (unsigned long)sender;

	for (unsigned long n = 0; n < SENDS; n++) {
		enum kind kind = (enum kind)(next_random(&random) / 64 % NR_KINDS);
		unsigned int taker = (unsigned int)(next_random(&random) / 64 % TAKERS);
		long ret = send(kind, taker, (unsigned long)sender << 16 | n << 4 | taker);

		if (ret == 0) {
			count(&board->sent[kind]);
			if (kind == TGKILL)
				count(&outcome->sent_to[taker]);
			if (kind >= QUEUE)
				outcome->queued[sender][n] = 1;
		} else {
			count(&board->refused[kind]);
			check(ret == -EAGAIN && kind >= QUEUE);
		}
		if (n % 32 == 0)
			raw_syscall(SYS_sched_yield);
	}
	return 0;
}

static void handle_all(void)
{
	struct sigaction act = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	for (int kind = 0; kind < NR_KINDS; kind++)
		sigaction(signal_of[kind], &act, NULL);
}

/* Everything is blocked in the caller, and so in the threads and in the child, until they say otherwise. */
static pid_t start_storm(void)
{
	pid_t pid;

	handle_all();
	set_mask(~0UL);
	process = getpid();
	for (unsigned int i = 0; i < TAKERS; i++) {
		for (unsigned int s = 0; s < SENDERS; s++)
			last_of[i][s] = -1;
		first_taker_tid[i] = (int)thread_start(&threads[i], take, i);
		if (first_taker_tid[i] < 0)
			raw_syscall(SYS_exit_group, 91L);
	}
	for (int n; (n = load(&ready)) < TAKERS;)
		futex_wait(&ready, n);
	pid = spawn_child(send_all, 0);
	for (long i = 1; i < SENDERS; i++)
		if (thread_start(&threads[TAKERS + i], send_all, i) < 0)
			raw_syscall(SYS_exit_group, 92L);
	return pid;
}

/* Takers that sleep are woken; for sigsuspend that takes a signal. */
static void stop_takers(void)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&nobody_wakes, 1, __ATOMIC_RELEASE);
	futex_wake(&nobody_wakes, 1);
	if (send(TGKILL, 5, 0) == 0) {
		count(&board->sent[TGKILL]);
		count(&outcome->sent_to[5]);
	}
	for (int i = 0; i < TAKERS; i++)
		thread_join(&threads[i]);
}

static int signals_to_the_end(long unused)
{
	pid_t pid = start_storm();
	int status;

	(void)unused;
	for (int i = 1; i < SENDERS; i++)
		thread_join(&threads[TAKERS + i]);
	waitpid(pid, &status, 0);
	stop_takers();
	set_mask(0);			/* what the process has left */
	for (unsigned int s = 0; s < SENDERS; s++)
		for (unsigned int n = 0; n < SENDS; n++)
			if (came[s][n] < outcome->queued[s][n])
				count(&board->never);
			else if (came[s][n] > outcome->queued[s][n])
				count(&board->twice);
	for (int i = 0; i < TAKERS; i++)
		check(taken_by[i] <= outcome->sent_to[i] && (taken_by[i] > 0 || outcome->sent_to[i] == 0));
	return status;
}

/* When enough have come, whatever is on its way. */
static int exit_in_the_storm(long enough)
{
	start_storm();
	while (__atomic_load_n(&board->taken[QUEUE], __ATOMIC_RELAXED) < (unsigned long)enough)
		raw_syscall(SYS_sched_yield);
	raw_syscall(SYS_exit_group, 6L);
	return 94;
}

static int wait_in_the_storm(long unused)
{
	(void)unused;
	start_storm();
	while (!load(&stop))
		futex_wait(&stop, 0);
	return 95;
}

static int kill_in_the_storm(unsigned long enough)
{
	pid_t pid = spawn_child(wait_in_the_storm, 0);
	int status;

	while (__atomic_load_n(&board->taken[QUEUE], __ATOMIC_RELAXED) < enough)
		raw_syscall(SYS_sched_yield);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

static int came_of_full;

static void on_full(int sig)
{
	(void)sig;
	came_of_full++;
}

/* Blocked signals are queued until there is no room: the rest is refused, and what was taken comes. */
static int fill_queue(long to_thread)
{
	struct ksiginfo info = info_of(0, SIG_TO_PROCESS);
	long pid = getpid(), ret = 0;
	int n = 0;

	signal(SIG_TO_PROCESS, on_full);
	set_mask(~0UL);
	while (n < FULL && ret == 0) {
		ret = to_thread ? raw_syscall(SYS_rt_tgsigqueueinfo, pid, pid, (long)SIG_TO_PROCESS, &info) :
		      raw_syscall(SYS_rt_sigqueueinfo, pid, (long)SIG_TO_PROCESS, &info);
		n += ret == 0;
	}
	set_mask(0);
	return ret != -EAGAIN ? 1 : came_of_full != n ? 2 : 0;
}

static void forget_counts(void)
{
	memset(outcome, 0, sizeof(*outcome));
	memset(board, 0, sizeof(*board));
}

int main(void)
{
	static struct census before;

	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	outcome = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	forget_counts();
	is(in_child(exit_in_the_storm, 5), exited_with(6), "exit_group at the beginning");
	census_take(&before);
	is(in_child(fill_queue, 0), exited_with(0), "a full queue of the process refuses, and keeps what it has");
	is(in_child(fill_queue, 1), exited_with(0), "a full queue of a thread");
	forget_counts();
	is(in_child(signals_to_the_end, 0), exited_with(0), "a storm of signals ends");
	ok(board->taken[KILL] > 0 && board->taken[KILL] <= board->sent[KILL], "kill: %lu sent, %lu came",
	   board->sent[KILL], board->taken[KILL]);
	ok(board->taken[TGKILL] > 0 && board->taken[TGKILL] <= board->sent[TGKILL], "tgkill: %lu sent, %lu came",
	   board->sent[TGKILL], board->taken[TGKILL]);
	is((long)board->taken[QUEUE], (long)board->sent[QUEUE], "queued for the process (%lu refused)",
	   board->refused[QUEUE]);
	is((long)board->taken[TGQUEUE], (long)board->sent[TGQUEUE], "queued for a thread (%lu refused)",
	   board->refused[TGQUEUE]);
	ok(board->twice == 0 && board->never == 0, "%lu came twice, %lu never", board->twice, board->never);
	ok(board->strayed == 0 && board->disordered == 0, "%lu came to another thread, %lu in another order",
	   board->strayed, board->disordered);
	is((long)board->wrong, 0, "each thread had its own");
	forget_counts();
	is(in_child(exit_in_the_storm, 100), exited_with(6), "exit_group in the middle");
	forget_counts();
	is(kill_in_the_storm(100), killed_by(SIGKILL), "SIGKILL in the middle");
	ok(census_same("signalstorm", &before), "everything came back");
	return tap_done();
}
