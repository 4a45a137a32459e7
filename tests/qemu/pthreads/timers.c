/* SPDX-License-Identifier: MIT */
/* alarm() with threads, ITIMER_PROF that counts all threads, clocks of threads and of the process, usage that adds up. */
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include "say.h"

#define WORKERS	3
#define MS	1000000LL

static volatile sig_atomic_t alarms, profs;
static int stop;

static void handler(int sig)
{
	if (sig == SIGALRM)
		alarms++;
	else
		profs++;
}

static long used_ms(const struct rusage *usage)
{
	return usage->ru_utime.tv_sec * 1000 + usage->ru_utime.tv_usec / 1000 + usage->ru_stime.tv_sec * 1000 +
	       usage->ru_stime.tv_usec / 1000;
}

/* Runs for @arg ms of its own time. Returns how much its clock says, in ns, or 0 if getrusage says another thing. */
static void *burn(void *arg)
{
	struct rusage usage;
	long long used;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < (long)arg * MS)
		;
	need(getrusage(RUSAGE_THREAD, &usage));
	used = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	return (void *)(used_ms(&usage) < (long)arg - 15 || used_ms(&usage) > used / MS + 15 ? 0 : (long)used);
}

static void *spin(void *arg)
{
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		;
	return arg;
}

static void usage_adds_up(void)
{
	long long before = clock_ns(CLOCK_PROCESS_CPUTIME_ID), own = clock_ns(CLOCK_THREAD_CPUTIME_ID), used, all = 0, one;
	struct rusage usage;
	struct tms tms;
	pthread_t t[WORKERS];
	int right = 0;

	for (int i = 0; i < WORKERS; i++)
		t[i] = start(burn, 40);
	for (int i = 0; i < WORKERS; i++) {
		one = join(t[i]);
		all += one;
		right += one != 0;
	}
	used = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
	all += clock_ns(CLOCK_THREAD_CPUTIME_ID) - own;
	printf("%d threads have used 40 ms each; the process: %s\n", right,
	       used < all / 2 ? "less than its threads" : used > 2 * all ? "much more" : "as its threads");
	need(getrusage(RUSAGE_SELF, &usage));
	printf("RUSAGE_SELF: %s\n", used_ms(&usage) >= 75 ? "theirs, too" : "too little");
	need(times(&tms));
	printf("times: %s\n", tms.tms_utime + tms.tms_stime >= 7 ? "theirs, too" : "too little");
}

static void clock_of_another(void)
{
	pthread_t t = start(spin, 0);
	clockid_t clock;
	long long first;

	must(pthread_getcpuclockid(t, &clock));
	first = clock_ns(clock);
	while (clock_ns(clock) < first + 5 * MS)
		sleep_ms(1);
	printf("another thread's clock runs\n");
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	join(t);
	stop = 0;
}

int main(void)
{
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } }, off = { { 0, 0 }, { 0, 0 } };
	pthread_t t[WORKERS];

	usage_adds_up();
	clock_of_another();
	handle(SIGALRM, handler, SA_RESTART);
	handle(SIGPROF, handler, SA_RESTART);
	for (int i = 0; i < WORKERS; i++)
		t[i] = start(spin, 0);
	need(setitimer(ITIMER_REAL, &often, NULL));
	need(setitimer(ITIMER_PROF, &often, NULL));
	while (alarms < 5 || profs < 5)		/* main itself uses hardly any time */
		sleep_ms(1);
	printf("both timers ran\n");
	need(setitimer(ITIMER_REAL, &off, NULL));
	need(setitimer(ITIMER_PROF, &off, NULL));
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < WORKERS; i++)
		join(t[i]);
	return 0;
}
