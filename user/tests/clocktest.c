/* SPDX-License-Identifier: MIT */
/* clocktest: the time of day, the time since boot, and sleeping until one of them. */
#include <sys/time.h>
#include <time.h>
#include "user/tests/tap.h"

#define NS		1000000000L

static long clock_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) != 0)
		die("clocktest: clock_gettime");
	return ts.tv_sec * NS + ts.tv_nsec;
}

/* Sleep until @ms from now on @clock. Returns how long it took, ns. */
static long sleep_until(clockid_t clock, long ms)
{
	long start = clock_ns(CLOCK_MONOTONIC), end = clock_ns(clock) + ms * 1000000;
	struct timespec ts = { end / NS, end % NS };

	if (clock_nanosleep(clock, TIMER_ABSTIME, &ts, NULL) != 0)
		return -1;
	return clock_ns(CLOCK_MONOTONIC) - start;
}

int main(void)
{
	struct timespec past = { 5, 0 };
	struct timeval tv;
	long real = clock_ns(CLOCK_REALTIME), mono = clock_ns(CLOCK_MONOTONIC);

	ok(real / NS > 1700000000, "time of day: %ld", real / NS);
	ok(mono / NS < 100000, "since boot: %ld s", mono / NS);
	is(gettimeofday(&tv, NULL), 0, "gettimeofday");
	ok(tv.tv_sec >= real / NS && tv.tv_sec - real / NS <= 2 && tv.tv_usec < 1000000, "tells the same, in microseconds");
	ok(sleep_until(CLOCK_MONOTONIC, 20) >= 20000000, "sleep until a time since boot");
	ok(sleep_until(CLOCK_REALTIME, 20) >= 20000000, "sleep until a time of day");
	is(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL), 0, "a time of day before boot is over");
	return tap_done();
}
