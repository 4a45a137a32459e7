/* SPDX-License-Identifier: MIT */
/* Condition variables on both clocks: time-outs that come and that do not; signal wakes one, broadcast all; a bounded queue. */
#include "say.h"

#define THREADS	20
#define ITEMS	2000

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static int waiting, tickets, woken;
static long queue[4];
static unsigned int put, got;

static void timeouts(clockid_t clock, const char *name)
{
	pthread_condattr_t attr;
	pthread_cond_t c;
	struct timespec soon;
	long long begin = clock_ns(CLOCK_MONOTONIC);
	int err;

	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, clock));
	must(pthread_cond_init(&c, &attr));
	must(pthread_mutex_lock(&m));
	soon = in_ms(clock, 50);
	while ((err = pthread_cond_timedwait(&c, &m, &soon)) == 0)
		;
	printf("%s: %s, %s\n", name, error(err), clock_ns(CLOCK_MONOTONIC) - begin >= 50000000 ? "not early" : "early");
	soon = in_ms(clock, -1000);
	printf("a time that was: %s\n", error(pthread_cond_timedwait(&c, &m, &soon)));
	must(pthread_mutex_unlock(&m));
	must(pthread_cond_destroy(&c));
}

static void *waiter(void *arg)
{
	struct timespec late = in_ms(CLOCK_REALTIME, 20000);
	int err = 0;

	(void)arg;
	must(pthread_mutex_lock(&m));
	waiting++;
	while (tickets == 0 && err == 0)
		err = pthread_cond_timedwait(&cond, &m, &late);
	tickets--;
	woken++;
	must(pthread_mutex_unlock(&m));
	return (void *)(long)err;
}

static void give(int n, void (*wake)(void))
{
	must(pthread_mutex_lock(&m));
	tickets += n;
	wake();
	must(pthread_mutex_unlock(&m));
}

static void one(void)
{
	must(pthread_cond_signal(&cond));
}

static void all(void)
{
	must(pthread_cond_broadcast(&cond));
}

static void *producer(void *arg)
{
	(void)arg;
	for (long i = 0; i < ITEMS; i++) {
		must(pthread_mutex_lock(&m));
		while (put - got == 4)
			must(pthread_cond_wait(&not_full, &m));
		queue[put++ % 4] = i;
		must(pthread_cond_signal(&cond));
		must(pthread_mutex_unlock(&m));
	}
	return NULL;
}

static void pass_items(void)
{
	pthread_t t = start(producer, 0);
	long sum = 0;

	for (int i = 0; i < ITEMS; i++) {
		must(pthread_mutex_lock(&m));
		while (put == got)
			must(pthread_cond_wait(&cond, &m));
		sum += queue[got++ % 4];
		must(pthread_cond_signal(&not_full));
		must(pthread_mutex_unlock(&m));
	}
	join(t);
	printf("through the queue: sum %ld\n", sum);
}

int main(void)
{
	pthread_t t[THREADS];
	long errors = 0;
	int now;

	timeouts(CLOCK_MONOTONIC, "monotonic");
	timeouts(CLOCK_REALTIME, "realtime");
	for (int i = 0; i < THREADS; i++)
		t[i] = start(waiter, 0);
	do {
		sleep_ms(1);
		must(pthread_mutex_lock(&m));
		now = waiting;
		must(pthread_mutex_unlock(&m));
	} while (now < THREADS);
	give(1, one);
	sleep_ms(30);
	must(pthread_mutex_lock(&m));
	printf("after one signal: %d\n", woken);
	must(pthread_mutex_unlock(&m));
	give(THREADS - 1, all);
	for (int i = 0; i < THREADS; i++)
		errors += join(t[i]);
	printf("after the broadcast: %d, errors %ld\n", woken, errors);
	pass_items();
	return 0;
}
