/* SPDX-License-Identifier: MIT */
/* Time and timers. */
#include <poll.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include "user/libsys/sys.h"

#define NSEC_PER_SEC	1000000000L

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	return libsys_result(raw_syscall(SYS_clock_gettime, (long)clock, ts));
}

int clock_getres(clockid_t clock, struct timespec *res)
{
	return libsys_result(raw_syscall(SYS_clock_getres, (long)clock, res));
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	return libsys_result(raw_syscall(SYS_gettimeofday, tv, tz));
}

time_t time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

clock_t clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * CLOCKS_PER_SEC + ts.tv_nsec / (NSEC_PER_SEC / CLOCKS_PER_SEC);
}

clock_t times(struct tms *t)
{
	return libsys_result(raw_syscall(SYS_times, t));
}

int nanosleep(const struct timespec *req, struct timespec *rem)
{
	return libsys_result(raw_syscall(SYS_nanosleep, req, rem));
}

/* Unlike all others it returns the error's number. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *req, struct timespec *rem)
{
	return -raw_syscall(SYS_clock_nanosleep, (long)clock, (long)flags, req, rem);
}

unsigned int sleep(unsigned int seconds)
{
	struct timespec ts = { seconds, 0 };

	return nanosleep(&ts, &ts) == 0 ? 0 : ts.tv_sec + (ts.tv_nsec > 0);
}

int usleep(useconds_t us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000L };

	return nanosleep(&ts, NULL);
}

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
	return libsys_result(raw_syscall(SYS_setitimer, (long)which, value, old));
}

int getitimer(int which, struct itimerval *value)
{
	return libsys_result(raw_syscall(SYS_getitimer, (long)which, value));
}

/* Returns: the seconds that were left of the alarm before, rounded, but not to 0. */
unsigned int alarm(unsigned int seconds)
{
	struct itimerval new = { .it_value.tv_sec = seconds }, old;
	unsigned int left;

	if (setitimer(ITIMER_REAL, &new, &old) < 0)
		return 0;
	left = old.it_value.tv_sec + (old.it_value.tv_usec >= 500000);
	return left == 0 && old.it_value.tv_usec > 0 ? 1 : left;
}

int pause(void)
{
	return ppoll(NULL, 0, NULL, NULL);
}

unsigned long long now_ns(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * (unsigned long long)NSEC_PER_SEC + ts.tv_nsec;
}

void sleep_ms(unsigned long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}
