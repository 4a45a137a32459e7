/* SPDX-License-Identifier: MIT */
/*
 * Robust mutexes: the owner ends as a thread, by exit of its process, or by SIGKILL; EOWNERDEAD, consistent, ENOTRECOVERABLE.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include "say.h"

struct shared {
	pthread_mutex_t m, other[8];
	int ready;
};

static struct shared *s;

static void init(pthread_mutex_t *m)
{
	pthread_mutexattr_t attr;

	must(pthread_mutexattr_init(&attr));
	must(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
	must(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
	must(pthread_mutex_init(m, &attr));
}

/* Ends with all of them locked, the middle ones given back. */
static void *lock_and_leave(void *arg)
{
	must(pthread_mutex_lock(&s->m));
	for (int i = 0; i < 8; i++)
		must(pthread_mutex_lock(&s->other[i]));
	for (int i = 2; i < 5; i++)
		must(pthread_mutex_unlock(&s->other[i]));
	__atomic_store_n(&s->ready, 1, __ATOMIC_SEQ_CST);
	if (arg)
		sleep_ms(20);		/* a waiter comes meanwhile */
	return NULL;
}

static void take_over(const char *what)
{
	int err = pthread_mutex_lock(&s->m);

	printf("%s: %s\n", what, error(err));
	if (err == EOWNERDEAD)
		must(pthread_mutex_consistent(&s->m));
	must(pthread_mutex_unlock(&s->m));
	printf("others:");
	for (int i = 0; i < 8; i++) {
		err = pthread_mutex_trylock(&s->other[i]);
		printf(" %s", error(err));
		if (err == EOWNERDEAD)
			must(pthread_mutex_consistent(&s->other[i]));
		if (err == 0 || err == EOWNERDEAD)
			must(pthread_mutex_unlock(&s->other[i]));
	}
	printf("\nnow: %s\n", error(pthread_mutex_lock(&s->m)));
	must(pthread_mutex_unlock(&s->m));
	s->ready = 0;
}

static void in_process(const char *what, int sig)
{
	pid_t pid = (pid_t)need(fork());
	int status;

	if (pid == 0) {
		lock_and_leave(NULL);
		if (sig)
			pause();
		_exit(0);
	}
	while (!__atomic_load_n(&s->ready, __ATOMIC_SEQ_CST))
		sleep_ms(1);
	if (sig)
		kill(pid, sig);
	take_over(what);		/* sleeps until the owner has ended, if that takes a while */
	need(waitpid(pid, &status, 0));
	printf("status %x\n", status);
}

int main(void)
{
	pthread_t t;

	fflush(stdout);
	setvbuf(stdout, NULL, _IOLBF, 0);
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	init(&s->m);
	for (int i = 0; i < 8; i++)
		init(&s->other[i]);

	join(start(lock_and_leave, 0));
	take_over("a thread ended");
	t = start(lock_and_leave, 1);
	while (!__atomic_load_n(&s->ready, __ATOMIC_SEQ_CST))
		sched_yield();
	take_over("a thread ends while we wait");
	join(t);
	in_process("a process exits", 0);
	in_process("a process is killed", SIGKILL);
	in_process("a process is terminated", SIGTERM);

	join(start(lock_and_leave, 0));
	printf("given up: %s", error(pthread_mutex_lock(&s->m)));
	must(pthread_mutex_unlock(&s->m));
	printf(", %s\n", error(pthread_mutex_lock(&s->m)));
	return 0;
}
