/* SPDX-License-Identifier: MIT */
/*
 * A thread that takes the process's signals by sigwait, sigwaitinfo and sigtimedwait; values of sigqueue, of
 * pthread_sigqueue.
 */
#include "say.h"

static sigset_t all;

static void *wait_for_five(void *arg)
{
	siginfo_t info;
	int sig;

	(void)arg;
	for (int i = 0; i < 5; i++) {
		must(sigwait(&all, &sig));
		printf("sigwait: %s\n", sigabbrev_np(sig));
	}
	for (int i = 0; i < 3; i++) {
		sig = (int)need(sigwaitinfo(&all, &info));
		printf("sigwaitinfo: SIGRTMIN+%d, value %d, %s, from %s\n", sig - SIGRTMIN, info.si_value.sival_int,
		       info.si_code == SI_QUEUE ? "SI_QUEUE" : "another code", info.si_pid == getpid() ? "us" : "somebody");
	}
	return NULL;
}

static void *blocked(void *arg)
{
	siginfo_t info;

	while (sigwaitinfo(&all, &info) != SIGTERM)
		printf("a signal that is not for me\n");
	printf("pthread_kill: SIGTERM, %s\n", info.si_code == SI_TKILL ? "SI_TKILL" : "another code");
	return arg;
}

int main(void)
{
	struct timespec none = { 0, 0 }, soon = { 0, 20000000 };
	static const int five[] = { SIGUSR1, SIGTERM, SIGALRM, SIGHUP, SIGUSR2 };
	siginfo_t info;
	pthread_t t;

	sigfillset(&all);
	must(pthread_sigmask(SIG_BLOCK, &all, NULL));
	printf("none: %s\n", sigtimedwait(&all, &info, &none) < 0 ? error(errno) : "a signal");
	printf("soon: %s\n", sigtimedwait(&all, &info, &soon) < 0 ? error(errno) : "a signal");

	setvbuf(stdout, NULL, _IOLBF, 0);
	t = start(wait_for_five, 0);
	for (int i = 0; i < 5; i++) {
		sigset_t pending;

		if (five[i] == SIGALRM) {
			ualarm(1000, 0);
			sleep_ms(20);
		} else {
			need(kill(getpid(), five[i]));
		}
		do {
			sched_yield();
			sigpending(&pending);
		} while (sigismember(&pending, five[i]));
		sleep_ms(5);
	}
	/* Pending together, they are taken in the order of their numbers; those of one number in the order of sending. */
	need(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 7 }));
	sleep_ms(20);
	need(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 8 }));
	sleep_ms(20);
	must(pthread_sigqueue(t, SIGRTMIN + 2, (union sigval){ .sival_int = 9 }));
	join(t);

	t = start(blocked, 0);
	must(pthread_kill(t, SIGTERM));
	join(t);
	need(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = 1 }));
	need(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = 2 }));
	need(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 3 }));
	need(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 4 }));
	for (int sig; (sig = sigtimedwait(&all, &info, &none)) > 0;)
		printf("%s %d\n", sig == SIGUSR1 ? "SIGUSR1" : "SIGRTMIN+3", info.si_value.sival_int);
	return 0;
}
