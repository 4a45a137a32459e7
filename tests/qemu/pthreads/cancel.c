/* SPDX-License-Identifier: MIT */
/*
 * Cancellation: of a thread that sleeps in read, pause, nanosleep, cond_wait, sem_wait, join; asynchronous; disabled;
 * handlers.
 */
#include <semaphore.h>
#include "say.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem;
static pthread_t forever;
static int fds[2], there, cleaned, go;

static void cleanup(void *arg)
{
	__atomic_add_fetch(&cleaned, (int)(long)arg, __ATOMIC_SEQ_CST);
}

static void in_read(void)
{
	char c;

	need(read(fds[0], &c, 1));
}

static void in_pause(void)
{
	pause();
}

static void in_nanosleep(void)
{
	sleep_ms(100000);
}

static void in_sem_wait(void)
{
	sem_wait(&sem);
}

static void in_join(void)
{
	pthread_join(forever, NULL);
}

static void unlock(void *arg)
{
	must(pthread_mutex_unlock(arg));	/* cond_wait has it again when cleanup handlers run */
	cleanup((void *)100L);
}

static void in_cond_wait(void)
{
	must(pthread_mutex_lock(&m));
	pthread_cleanup_push(unlock, &m);
	pthread_cond_wait(&cond, &m);
	pthread_cleanup_pop(1);
}

static void in_loop(void)
{
	must(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL));
	for (;;)
		;
}

static void in_testcancel(void)
{
	for (;;)
		pthread_testcancel();
}

static void *body(void *arg)
{
	pthread_cleanup_push(cleanup, (void *)1L);
	pthread_cleanup_push(cleanup, (void *)10L);
	__atomic_store_n(&there, 1, __ATOMIC_SEQ_CST);
	((void (*)(void))arg)();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *disabled(void *arg)
{
	must(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL));
	__atomic_store_n(&there, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		sleep_ms(1);
	return arg;
}

static pthread_t start_there(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	there = cleaned = 0;
	t = start(fn, (long)arg);
	while (!__atomic_load_n(&there, __ATOMIC_SEQ_CST))
		sched_yield();
	return t;
}

static void end(pthread_t t, const char *name)
{
	long value;

	must(pthread_cancel(t));
	value = join(t);
	printf("%s: %s, cleaned %d\n", name, value == (long)PTHREAD_CANCELED ? "canceled" : "ended", cleaned);
}

static void check(const char *name, void (*fn)(void))
{
	for (int late = 0; late < 2; late++) {
		pthread_t t = start_there(body, fn);

		if (late)
			sleep_ms(10);
		end(t, name);
	}
}

int main(void)
{
	pthread_t t;

	need(pipe(fds));
	need(sem_init(&sem, 0, 0));
	forever = start_there(body, in_pause);
	check("read", in_read);
	check("pause", in_pause);
	check("nanosleep", in_nanosleep);
	check("sem_wait", in_sem_wait);
	check("join", in_join);
	check("loop", in_loop);
	check("testcancel", in_testcancel);
	t = start_there(body, in_cond_wait);
	sleep_ms(10);
	end(t, "cond_wait");
	printf("mutex: %s\n", error(pthread_mutex_trylock(&m)));
	t = start_there(disabled, (void *)5L);
	must(pthread_cancel(t));
	go = 1;
	printf("disabled: %ld\n", join(t));
	cleaned = 0;
	end(forever, "forever");
	return 0;
}
