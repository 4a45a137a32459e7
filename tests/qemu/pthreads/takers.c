/* SPDX-License-Identifier: MIT */
/*
 * Signals to the process that any of several threads may take: by sigwaitinfo, or by main's handler in the moments when it
 * does not block them. Each is taken once, and nobody is sent away without one. (Failed once: EAGAIN without a time-out.)
 */
#include "say.h"

#define SIGNALS	150
#define TAKERS	3

static int sent, taken, wrong, stop;

static void take(void)
{
	__atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST);
}

static void handler(int sig)
{
	(void)sig;
	take();
}

static void *taker(void *arg)
{
	sigset_t set = set_of(SIGUSR1);

	sigaddset(&set, SIGUSR2);
	for (;;) {
		int sig = sigwaitinfo(&set, NULL);

		if (sig == SIGUSR1)
			take();
		else if (sig == SIGUSR2)
			return arg;
		else if (errno != EINTR)	/* Linux may say this of a signal that another thread was faster to take */
			__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
	}
}

static void *sender(void *arg)
{
	for (int i = 1; i <= SIGNALS; i++) {
		__atomic_store_n(&sent, i, __ATOMIC_SEQ_CST);
		need(kill(getpid(), SIGUSR1));
		while (__atomic_load_n(&taken, __ATOMIC_SEQ_CST) < i)
			sched_yield();
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	return arg;
}

int main(void)
{
	sigset_t set = set_of(SIGUSR1), both = set;
	pthread_t t[TAKERS], sending;

	sigaddset(&both, SIGUSR2);
	handle(SIGUSR1, handler, SA_RESTART);
	must(pthread_sigmask(SIG_BLOCK, &both, NULL));
	for (int i = 0; i < TAKERS; i++)
		t[i] = start(taker, 0);
	sending = start(sender, 0);
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		must(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
		must(pthread_sigmask(SIG_BLOCK, &set, NULL));
		/* One that was on its way to main is somebody else's now. */
		do
			sched_yield();
		while (__atomic_load_n(&taken, __ATOMIC_SEQ_CST) < __atomic_load_n(&sent, __ATOMIC_SEQ_CST));
	}
	join(sending);
	for (int i = 0; i < TAKERS; i++) {
		must(pthread_kill(t[i], SIGUSR2));
		join(t[i]);
	}
	printf("%d taken, %d wrong\n", taken, wrong);
	return 0;
}
