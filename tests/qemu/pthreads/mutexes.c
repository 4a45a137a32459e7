/* SPDX-License-Identifier: MIT */
/* The kinds of mutexes, what they refuse, timed locks, and one counter that many threads increase. */
#include "say.h"

#define THREADS	8
#define TURNS	3000

static pthread_mutex_t m;
static long counter;

static void init(int kind)
{
	pthread_mutexattr_t attr;

	must(pthread_mutexattr_init(&attr));
	must(pthread_mutexattr_settype(&attr, kind));
	must(pthread_mutex_init(&m, &attr));
}

static void *count(void *arg)
{
	(void)arg;
	for (int i = 0; i < TURNS; i++) {
		must(pthread_mutex_lock(&m));
		long now = counter;
		if (i % 500 == 0)
			sched_yield();
		counter = now + 1;
		must(pthread_mutex_unlock(&m));
	}
	return NULL;
}

static void *stranger(void *what)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 30), over = { 1, 0 }, bad = { 1, -1 };
	struct timespec mono = in_ms(CLOCK_MONOTONIC, 30);

	printf("%s, from another thread: try %s, unlock %s\n", (char *)what, error(pthread_mutex_trylock(&m)),
	       strcmp(what, "normal") ? error(pthread_mutex_unlock(&m)) : "not tried");
	printf("timed %s, over %s, bad %s, monotonic %s\n", error(pthread_mutex_timedlock(&m, &soon)),
	       error(pthread_mutex_timedlock(&m, &over)), error(pthread_mutex_timedlock(&m, &bad)),
	       error(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &mono)));
	return NULL;
}

static void check(int kind, const char *name)
{
	pthread_t t[THREADS];

	init(kind);
	counter = 0;
	for (int i = 0; i < THREADS; i++)
		t[i] = start(count, 0);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	printf("%s: %ld\n", name, counter);

	must(pthread_mutex_lock(&m));
	if (kind != PTHREAD_MUTEX_NORMAL)
		printf("again: %s\n", error(pthread_mutex_lock(&m)));
	else
		printf("again: %s\n", error(pthread_mutex_trylock(&m)));
	join(start(stranger, (long)name));
	must(pthread_mutex_unlock(&m));
	if (kind == PTHREAD_MUTEX_RECURSIVE)
		must(pthread_mutex_unlock(&m));
	if (kind != PTHREAD_MUTEX_NORMAL)
		printf("unlock once more: %s\n", error(pthread_mutex_unlock(&m)));
	printf("destroy: %s\n", error(pthread_mutex_destroy(&m)));
}

int main(void)
{
	check(PTHREAD_MUTEX_NORMAL, "normal");
	check(PTHREAD_MUTEX_RECURSIVE, "recursive");
	check(PTHREAD_MUTEX_ERRORCHECK, "errorcheck");
	return 0;
}
