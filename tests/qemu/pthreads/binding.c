/* SPDX-License-Identifier: MIT */
/*
 * A thread is bound to another hart in the very moment in which it is woken: it runs there and nowhere else. (Failed once: it
 * was put on the queue that had been chosen before, and stayed there as long as it ran.)
 */
#include <sched.h>
#include <semaphore.h>
#include "say.h"

#define ROUNDS	40

static sem_t go, done;
static int stop, astray, wake_round, bound_round;
static pthread_t runner;

/* Woken, it runs until it is told to stop; then where it is to be is known. */
static void *run(void *arg)
{
	cpu_set_t set;

	for (int i = 0; i < ROUNDS; i++) {
		need(sem_wait(&go));
		while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
			;
		must(pthread_getaffinity_np(pthread_self(), sizeof(set), &set));
		astray += !CPU_ISSET(sched_getcpu(), &set);
		need(sem_post(&done));
	}
	return arg;
}

static void *bind(void *arg)
{
	int harts = (int)sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	for (int i = 0; i < ROUNDS; i++) {
		CPU_ZERO(&set);
		CPU_SET(i % harts, &set);
		while (__atomic_load_n(&wake_round, __ATOMIC_SEQ_CST) == i)
			if (harts == 1)
				sched_yield();
		for (volatile int delay = 0; delay < i * 20; delay++)
			;
		must(pthread_setaffinity_np(runner, sizeof(set), &set));
		__atomic_store_n(&bound_round, i + 1, __ATOMIC_SEQ_CST);
	}
	return arg;
}

int main(void)
{
	pthread_t binder;

	need(sem_init(&go, 0, 0));
	need(sem_init(&done, 0, 0));
	runner = start(run, 0);
	binder = start(bind, 0);
	for (int i = 0; i < ROUNDS; i++) {
		__atomic_store_n(&stop, 0, __ATOMIC_SEQ_CST);
		sleep_ms(1);		/* the runner sleeps */
		__atomic_store_n(&wake_round, i + 1, __ATOMIC_SEQ_CST);
		need(sem_post(&go));
		while (__atomic_load_n(&bound_round, __ATOMIC_SEQ_CST) == i)
			sched_yield();
		sleep_ms(10);		/* time to move */
		__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
		need(sem_wait(&done));
	}
	join(runner);
	join(binder);
	printf("astray: %d\n", astray);
	return 0;
}
