/* SPDX-License-Identifier: MIT */
/* clocktest: the time of day, the time since boot, and sleeping until one of them. */
#include "user/tests/tap.h"

#define CLOCK_REALTIME	0L
#define CLOCK_MONOTONIC	1L
#define TIMER_ABSTIME	1L
#define NS		1000000000L

struct timespec_words {
	long sec, nsec;
};

static long clock_ns(long clock)
{
	struct timespec_words ts;

	if (raw_syscall(SYS_clock_gettime, clock, &ts) != 0)
		die("clocktest: clock_gettime");
	return ts.sec * NS + ts.nsec;
}

/* Sleep until @ms from now on @clock. Returns how long it took, ns. */
static long sleep_until(long clock, long ms)
{
	long start = clock_ns(CLOCK_MONOTONIC), end = clock_ns(clock) + ms * 1000000;
	struct timespec_words ts = { end / NS, end % NS };

	if (raw_syscall(SYS_clock_nanosleep, clock, TIMER_ABSTIME, &ts, 0L) != 0)
		return -1;
	return clock_ns(CLOCK_MONOTONIC) - start;
}

int main(void)
{
	struct timespec_words tv, past = { 5, 0 };
	long real = clock_ns(CLOCK_REALTIME), mono = clock_ns(CLOCK_MONOTONIC);

	ok(real / NS > 1700000000, "time of day: %ld", real / NS);
	ok(mono / NS < 100000, "since boot: %ld s", mono / NS);
	is(raw_syscall(SYS_gettimeofday, &tv, 0L), 0, "gettimeofday");
	ok(tv.sec >= real / NS && tv.sec - real / NS <= 2 && tv.nsec < 1000000, "tells the same, in microseconds");
	ok(sleep_until(CLOCK_MONOTONIC, 20) >= 20000000, "sleep until a time since boot");
	ok(sleep_until(CLOCK_REALTIME, 20) >= 20000000, "sleep until a time of day");
	is(raw_syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &past, 0L), 0, "a time of day before boot is over");
	return tap_done();
}
