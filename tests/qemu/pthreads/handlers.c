/* SPDX-License-Identifier: MIT */
/* Which thread runs a handler: the one that is meant, the only one that does not block it; masks, alternate stacks. */
#include "say.h"

#define THREADS	4

static pthread_t self[THREADS];
static __thread int me = -1;
static volatile sig_atomic_t ran_on[THREADS], on_main, on_altstack[THREADS];
static __thread char *alt;
static pthread_barrier_t barrier;
static int stop, open_one = 2;

static void handler(int sig)
{
	char here;

	(void)sig;
	if (me < 0)
		on_main++;
	else
		ran_on[me]++;
	if (me >= 0 && alt && &here > alt && &here < alt + 16384)
		on_altstack[me]++;
}

static void *body(void *arg)
{
	sigset_t usr1 = set_of(SIGUSR1), now;
	stack_t ss = { .ss_size = 16384 }, old;

	me = (int)(long)arg;
	must(pthread_sigmask(SIG_BLOCK, NULL, &now));
	if (!sigismember(&now, SIGUSR1) || sigismember(&now, SIGUSR2))
		printf("the mask is not inherited\n");
	need(sigaltstack(NULL, &old));
	if (!(old.ss_flags & SS_DISABLE))
		printf("the alternate stack is inherited\n");
	ss.ss_sp = alt = malloc(16384);
	need(sigaltstack(&ss, NULL));
	if (me == open_one)
		must(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL));
	pthread_barrier_wait(&barrier);
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		sleep_ms(1);
	ss.ss_flags = SS_DISABLE;
	need(sigaltstack(&ss, NULL));
	free(alt);
	return NULL;
}

static void wait_for(volatile sig_atomic_t *count, int n)
{
	while (*count < n)
		sleep_ms(1);
}

int main(void)
{
	sigset_t usr1 = set_of(SIGUSR1), pending;

	handle(SIGUSR1, handler, SA_ONSTACK | SA_RESTART);
	handle(SIGUSR2, handler, SA_ONSTACK | SA_RESTART);
	must(pthread_sigmask(SIG_BLOCK, &usr1, NULL));
	must(pthread_barrier_init(&barrier, NULL, THREADS + 1));
	for (long i = 0; i < THREADS; i++)
		self[i] = start(body, i);
	pthread_barrier_wait(&barrier);

	for (int i = 1; i <= 10; i++) {
		need(kill(getpid(), SIGUSR1));
		wait_for(&ran_on[open_one], i);
	}
	for (int i = 0; i < THREADS; i++) {
		must(pthread_kill(self[i], SIGUSR2));
		wait_for(&ran_on[i], (i == open_one ? 10 : 0) + 1);
	}
	must(pthread_kill(self[0], SIGUSR1));		/* blocked there: it waits for that thread alone */
	sleep_ms(20);
	sigpending(&pending);
	printf("main sees it pending: %d\n", sigismember(&pending, SIGUSR1));
	for (int i = 0; i < THREADS; i++)
		printf("thread %d: %d, on its own stack %d\n", i, ran_on[i], on_altstack[i]);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < THREADS; i++)
		join(self[i]);

	need(kill(getpid(), SIGUSR1));			/* all that are left block it */
	sigpending(&pending);
	printf("pending: %d, main ran %d\n", sigismember(&pending, SIGUSR1), on_main);
	must(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL));
	printf("main ran %d\n", on_main);
	printf("kill of nothing: %s, %s\n", error(pthread_kill(pthread_self(), 0)), error(pthread_kill(pthread_self(), 65)));
	return 0;
}
