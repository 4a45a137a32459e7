/* SPDX-License-Identifier: MIT */
/* What each thread has for itself: __thread variables, keys with destructors, errno; and pthread_once for all. */
#include "say.h"

#define THREADS	16

static __thread long own = 100;
static __thread char zeroes[5000];
static pthread_key_t key, chain;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int inits, destroyed, chained, wrong;

static void init(void)
{
	__atomic_add_fetch(&inits, 1, __ATOMIC_SEQ_CST);
	sleep_ms(10);		/* the others come while it runs */
}

static void destroy(void *value)
{
	__atomic_add_fetch(&destroyed, (int)(long)value, __ATOMIC_SEQ_CST);
}

/* Sets its own key again, twice: destructors are called anew. */
static void again(void *value)
{
	__atomic_add_fetch(&chained, 1, __ATOMIC_SEQ_CST);
	if ((long)value > 1)
		must(pthread_setspecific(chain, (void *)((long)value - 1)));
}

static void *body(void *arg)
{
	long id = (long)arg;

	must(pthread_once(&once, init));
	for (int i = 0; i < 1000; i++) {
		own += id;
		zeroes[i * 5] += (char)id;
		errno = (int)id;
		if (i % 100 == 0)
			sched_yield();
		if (errno != id || own != 100 + (i + 1) * id || zeroes[i * 5] != (char)id)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
	}
	must(pthread_setspecific(key, arg));
	if (pthread_getspecific(key) != arg)
		wrong++;
	must(pthread_setspecific(chain, (void *)3L));
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];

	must(pthread_key_create(&key, destroy));
	must(pthread_key_create(&chain, again));
	for (long i = 0; i < THREADS; i++)
		t[i] = start(body, i + 1);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	printf("inits %d, destroyed %d, chained %d, wrong %d\n", inits, destroyed, chained, wrong);
	printf("main's own is still %ld\n", own);
	must(pthread_key_delete(key));
	printf("deleted: %s\n", error(pthread_setspecific(key, &key)));
	return 0;
}
