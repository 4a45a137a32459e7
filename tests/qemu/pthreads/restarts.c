/* SPDX-License-Identifier: MIT */
/*
 * Futex waits, sigwaitinfo and read that a handler interrupts: restarted with SA_RESTART where there is no time-out, else
 * EINTR.
 */
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include "say.h"

static unsigned int word;
static volatile sig_atomic_t handled;
static int fds[2];

static void handler(int sig)
{
	(void)sig;
	handled++;
}

static void *wait_without_end(void *arg)
{
	long ret = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, arg, NULL, 0);

	return (void *)(ret < 0 ? (long)errno : 0);
}

static void *wait_bitset(void *arg)
{
	struct timespec late = in_ms(CLOCK_MONOTONIC, 10000);

	(void)arg;
	return (void *)(long)(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &late, NULL, 1) < 0 ? errno : 0);
}

static void *wait_signal(void *arg)
{
	sigset_t hup = set_of(SIGHUP);

	(void)arg;
	return (void *)(long)(sigwaitinfo(&hup, NULL) < 0 ? errno : 0);
}

static void *read_pipe(void *arg)
{
	char c;

	(void)arg;
	return (void *)(long)(read(fds[0], &c, 1) < 0 ? errno : 0);
}

static void *in_pause(void *arg)
{
	pause();
	return arg;
}

static void *(*body_now)(void *);
static int ended;

static void *run(void *arg)
{
	void *ret = body_now(arg);

	__atomic_store_n(&ended, 1, __ATOMIC_SEQ_CST);
	return ret;
}

static void interrupt(pthread_t t)
{
	int before = handled;

	must(pthread_kill(t, SIGUSR1));
	while (handled == before)
		sleep_ms(1);
}

/* One that the handler ends gets signals until it has ended: the first may come before it sleeps. */
static void check(const char *name, void *(*body)(void *), long arg, int flags)
{
	bool again = flags && ((body == wait_without_end && !arg) || body == read_pipe);
	pthread_t t;

	handle(SIGUSR1, handler, flags);
	body_now = body;
	ended = 0;
	t = start(run, arg);
	do {
		sleep_ms(5);
		interrupt(t);
		sleep_ms(again ? 20 : 1);
	} while (!again && !__atomic_load_n(&ended, __ATOMIC_SEQ_CST));
	if (again && body == read_pipe)
		need(write(fds[1], "x", 1));
	while (again && body != read_pipe && syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) != 1)
		sched_yield();
	printf("%s, %s: %s\n", name, flags ? "SA_RESTART" : "without", error((int)join(t)));
}

/* A signal without a handler that acts: the wait goes on, with what is left of its time. */
static void stop_and_go(void)
{
	struct timespec ts = { 0, 60000000 };
	long long begin = clock_ns(CLOCK_MONOTONIC);
	pthread_t t;
	pid_t pid;

	t = start(wait_without_end, (long)&ts);
	pid = (pid_t)need(fork());
	if (pid == 0) {
		sleep_ms(20);
		kill(getppid(), SIGSTOP);
		sleep_ms(10);
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	printf("stopped meanwhile: %s", error((int)join(t)));
	begin = clock_ns(CLOCK_MONOTONIC) - begin;
	printf(", early %d, late %d\n", begin < 60000000, begin > 5000000000);
}

int main(void)
{
	struct timespec late = { 10, 0 };
	sigset_t hup = set_of(SIGHUP);

	must(pthread_sigmask(SIG_BLOCK, &hup, NULL));
	need(pipe(fds));
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		check("futex", wait_without_end, 0, flags);
		check("futex with time-out", wait_without_end, (long)&late, flags);
		check("futex with absolute time-out", wait_bitset, 0, flags);
		check("sigwaitinfo", wait_signal, 0, flags);
		check("read", read_pipe, 0, flags);
		check("pause", in_pause, 0, flags);
	}
	stop_and_go();
	return 0;
}
