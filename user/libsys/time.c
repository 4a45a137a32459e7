/* SPDX-License-Identifier: MIT */
/* Time in plain nanoseconds and milliseconds: Linux's calls underneath. */
#include "user/libsys/sys.h"

#define CLOCK_MONOTONIC_LINUX	1	/* picolibc's own constant differs */

struct ktimespec {
	long sec, nsec;
};

unsigned long long now_ns(void)
{
	struct ktimespec ts = { 0 };

	raw_syscall(SYS_clock_gettime, (long)CLOCK_MONOTONIC_LINUX, &ts);
	return ts.sec * 1000000000ULL + ts.nsec;
}

void sleep_ms(unsigned long ms)
{
	struct ktimespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (raw_syscall(SYS_nanosleep, &ts, &ts) == -EINTR)
		;
}
