/* SPDX-License-Identifier: MIT */
/* Barriers, reader-writer locks, spinlocks, semaphores. */
#include <semaphore.h>
#include "say.h"

#define THREADS	8
#define ROUNDS	100

static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static sem_t sem, done;
static int serials, in_round[ROUNDS], early, torn;
static long a, b, spins;

static void *rounds(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		__atomic_add_fetch(&in_round[i], 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&serials, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&in_round[i], __ATOMIC_SEQ_CST) != THREADS)
			early++;
	}
	return NULL;
}

static void *read_write(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		if (i % 10 == (long)arg) {
			must(pthread_rwlock_wrlock(&rwlock));
			a++;
			if (i % 7 == 0)
				sched_yield();
			b++;
		} else {
			must(pthread_rwlock_rdlock(&rwlock));
			torn += a != b;
		}
		must(pthread_rwlock_unlock(&rwlock));
		must(pthread_spin_lock(&spin));
		spins++;
		must(pthread_spin_unlock(&spin));
	}
	return NULL;
}

static void *post(void *arg)
{
	(void)arg;
	for (int i = 0; i < 500; i++)
		need(sem_post(&sem));
	need(sem_wait(&done));
	return NULL;
}

static void run(void *(*body)(void *))
{
	pthread_t t[THREADS];

	for (long i = 0; i < THREADS; i++)
		t[i] = start(body, i);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
}

static void *try_all(void *arg)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 20), mono = in_ms(CLOCK_MONOTONIC, 40);

	(void)arg;
	printf("try read %s, try write %s, timed %s, clock %s\n", error(pthread_rwlock_tryrdlock(&rwlock)),
	       error(pthread_rwlock_trywrlock(&rwlock)), error(pthread_rwlock_timedrdlock(&rwlock, &soon)),
	       error(pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &mono)));
	printf("spin try %s\n", error(pthread_spin_trylock(&spin)));
	return NULL;
}

int main(void)
{
	struct timespec soon;
	pthread_t t[4];
	int value;

	must(pthread_barrier_init(&barrier, NULL, THREADS));
	must(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
	run(rounds);
	printf("%d rounds, %d serial threads, %d went early\n", ROUNDS, serials, early);
	run(read_write);
	printf("a %ld, b %ld, torn %d, spins %ld\n", a, b, torn, spins);
	must(pthread_rwlock_wrlock(&rwlock));
	must(pthread_spin_lock(&spin));
	join(start(try_all, 0));

	need(sem_init(&sem, 0, 0));
	need(sem_init(&done, 0, 0));
	for (int i = 0; i < 4; i++)
		t[i] = start(post, 0);
	for (int i = 0; i < 2000; i++)
		need(sem_wait(&sem));
	need(sem_getvalue(&sem, &value));
	printf("semaphore: %d left, try %s\n", value, sem_trywait(&sem) < 0 ? error(errno) : "0");
	soon = in_ms(CLOCK_REALTIME, 20);
	printf("timed: %s\n", sem_timedwait(&sem, &soon) < 0 ? error(errno) : "0");
	for (int i = 0; i < 4; i++)
		need(sem_post(&done));
	for (int i = 0; i < 4; i++)
		join(t[i]);
	return 0;
}
