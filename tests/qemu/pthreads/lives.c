/* SPDX-License-Identifier: MIT */
/* Threads come and go: thousands in sequence, a hundred at once, detached ones, values of join. */
#include "say.h"

#define SEQUENCE	2000
#define AT_ONCE		100

static pthread_barrier_t all_there;
static int detached_left = 20;

static void *twice(void *arg)
{
	return (void *)(2 * (long)arg);
}

static void *meet(void *arg)
{
	pthread_barrier_wait(&all_there);
	return arg;
}

static void *detached(void *arg)
{
	(void)arg;
	__atomic_sub_fetch(&detached_left, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *leave_early(void *arg)
{
	pthread_exit(arg);
}

int main(void)
{
	pthread_t t[AT_ONCE], own = pthread_self();
	long sum = 0;

	for (long i = 0; i < SEQUENCE; i++)
		sum += join(start(twice, i));
	printf("in sequence: sum %ld\n", sum);

	must(pthread_barrier_init(&all_there, NULL, AT_ONCE + 1));
	for (long i = 0; i < AT_ONCE; i++)
		t[i] = start(meet, i);
	pthread_barrier_wait(&all_there);
	sum = 0;
	for (int i = 0; i < AT_ONCE; i++)
		sum += join(t[i]);
	printf("at once: sum %ld\n", sum);

	for (int i = 0; i < 20; i++)
		must(pthread_detach(start(detached, 0)));
	while (__atomic_load_n(&detached_left, __ATOMIC_SEQ_CST) > 0)
		sleep_ms(1);
	printf("detached ones are gone\n");

	printf("pthread_exit: %ld\n", join(start(leave_early, 77)));
	printf("join of oneself: %s\n", error(pthread_join(own, NULL)));
	t[0] = start(twice, 1);
	must(pthread_detach(t[0]));
	printf("equal: %d %d\n", pthread_equal(own, pthread_self()), !!pthread_equal(own, t[0]));
	return 0;
}
