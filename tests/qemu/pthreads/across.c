/* SPDX-License-Identifier: MIT */
/* Mutex, condition variable, barrier, rwlock and semaphores in shared memory, between processes and their threads. */
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "say.h"

#define CHILDREN	4
#define TURNS		40

struct shared {
	pthread_mutex_t m;
	pthread_cond_t cond;
	pthread_barrier_t barrier;
	pthread_rwlock_t rwlock;
	sem_t sem, answer;
	int counter, turn, reads;
};

static struct shared *s;

static void init(void)
{
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;
	pthread_barrierattr_t ba;
	pthread_rwlockattr_t ra;

	pthread_mutexattr_init(&ma);
	must(pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED));
	must(pthread_mutex_init(&s->m, &ma));
	pthread_condattr_init(&ca);
	must(pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED));
	must(pthread_cond_init(&s->cond, &ca));
	pthread_barrierattr_init(&ba);
	must(pthread_barrierattr_setpshared(&ba, PTHREAD_PROCESS_SHARED));
	must(pthread_barrier_init(&s->barrier, &ba, 2 * CHILDREN));
	pthread_rwlockattr_init(&ra);
	must(pthread_rwlockattr_setpshared(&ra, PTHREAD_PROCESS_SHARED));
	must(pthread_rwlock_init(&s->rwlock, &ra));
	need(sem_init(&s->sem, 1, 0));
	need(sem_init(&s->answer, 1, 0));
}

static void *work(void *arg)
{
	int me = (int)(long)arg;

	pthread_barrier_wait(&s->barrier);
	for (int i = 0; i < TURNS; i++) {
		must(pthread_mutex_lock(&s->m));
		while (s->turn != me)
			must(pthread_cond_wait(&s->cond, &s->m));
		s->counter++;
		s->turn = (me + 1) % (2 * CHILDREN);
		must(pthread_cond_broadcast(&s->cond));
		must(pthread_mutex_unlock(&s->m));
	}
	must(pthread_rwlock_rdlock(&s->rwlock));
	__atomic_add_fetch(&s->reads, 1, __ATOMIC_SEQ_CST);
	must(pthread_rwlock_unlock(&s->rwlock));
	need(sem_wait(&s->sem));
	need(sem_post(&s->answer));
	return NULL;
}

int main(void)
{
	int status, good = 0;

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	init();
	must(pthread_rwlock_wrlock(&s->rwlock));
	for (long i = 0; i < CHILDREN; i++) {
		if (need(fork()) == 0) {
			pthread_t t = start(work, 2 * i);

			work((void *)(2 * i + 1));
			join(t);
			_exit(0);
		}
	}
	while (__atomic_load_n(&s->counter, __ATOMIC_SEQ_CST) < 2 * CHILDREN * TURNS)
		sleep_ms(1);
	sleep_ms(10);
	printf("counter %d, reads %d\n", s->counter, s->reads);
	must(pthread_rwlock_unlock(&s->rwlock));
	for (int i = 0; i < 2 * CHILDREN; i++) {
		need(sem_post(&s->sem));
		need(sem_wait(&s->answer));
	}
	printf("reads %d\n", s->reads);
	for (int i = 0; i < CHILDREN; i++)
		good += wait(&status) > 0 && status == 0;
	printf("%d good\n", good);
	return 0;
}
