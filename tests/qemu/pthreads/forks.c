/* SPDX-License-Identifier: MIT */
/*
 * fork from a thread: the child has that thread alone; handlers of pthread_atfork; locks; children that are forked all at
 * once.
 */
#include <sys/wait.h>
#include "say.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int ticks, stop;
static char order[80];
static __thread int own = 1;

static void prepare(void)
{
	strcat(order, "p");
	must(pthread_mutex_lock(&m));
}

static void parent(void)
{
	strcat(order, "P");
	must(pthread_mutex_unlock(&m));
}

static void child(void)
{
	strcat(order, "c");
	must(pthread_mutex_unlock(&m));
}

static void *tick(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		must(pthread_mutex_lock(&m));
		__atomic_add_fetch(&ticks, 1, __ATOMIC_SEQ_CST);
		must(pthread_mutex_unlock(&m));
	}
	return arg;
}

static int in_child(void)
{
	int seen = ticks;

	sleep_ms(20);
	if (ticks != seen || own != 5 || strcmp(order, "pc") != 0)
		return 1;
	must(pthread_mutex_lock(&m));
	must(pthread_mutex_unlock(&m));
	stop = 1;
	return join(start(tick, 9)) == 9 ? 7 : 2;	/* it can have threads itself */
}

static void *forker(void *arg)
{
	pid_t pid;
	int status;

	(void)arg;
	own = 5;
	pid = (pid_t)need(fork());
	if (pid == 0)
		_exit(in_child());
	need(waitpid(pid, &status, 0));
	return (void *)(long)status;
}

static void *many(void *arg)
{
	int status, sum = 0;

	for (int i = 0; i < 10; i++) {
		pid_t pid = (pid_t)need(fork());

		if (pid == 0)
			_exit((int)(long)arg);
		need(waitpid(pid, &status, 0));
		sum += WEXITSTATUS(status);
	}
	return (void *)(long)sum;
}

int main(void)
{
	pthread_t t[4], ticker;
	long sum = 0;

	must(pthread_atfork(prepare, parent, child));
	ticker = start(tick, 0);
	while (__atomic_load_n(&ticks, __ATOMIC_SEQ_CST) < 10)
		sched_yield();
	sum = join(start(forker, 0));
	printf("the child's status: %lx, handlers: %s\n", sum, order);
	sum = 0;
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	join(ticker);
	for (int i = 0; i < 4; i++) {
		order[0] = '\0';
		t[i] = start(many, i + 1);
		sum += join(t[i]);
		order[0] = '\0';
	}
	printf("one after the other: %ld\n", sum);
	return 0;
}
