/* SPDX-License-Identifier: MIT */
/* The clocks of the process and of another thread never go back, while threads are switched all the time. */
#include "say.h"

#define THREADS	3
#define LOOKS	5000

static int stop;

static void *yields(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		sched_yield();
	return arg;
}

static void *sleeps(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		usleep(50);
	return arg;
}

static int backwards(clockid_t clock)
{
	long long last = 0, now;
	int times = 0;

	for (int i = 0; i < LOOKS; i++, last = now) {
		now = clock_ns(clock);
		times += now < last;
	}
	return times;
}

int main(void)
{
	pthread_t t[THREADS];
	clockid_t clock;
	int process, thread = 0;

	for (int i = 0; i < THREADS; i++)
		t[i] = start(i ? yields : sleeps, 0);
	process = backwards(CLOCK_PROCESS_CPUTIME_ID);
	for (int i = 0; i < 2; i++) {
		must(pthread_getcpuclockid(t[i], &clock));
		thread += backwards(clock);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	printf("backwards: process %d times, thread %d times\n", process, thread);
	return 0;
}
