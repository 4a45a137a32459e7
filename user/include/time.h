/* SPDX-License-Identifier: MIT */
/* picolibc's time.h; its clocks have other numbers than the kernel's, and it declares no calls on them. */
#ifndef USER_INCLUDE_TIME_H
#define USER_INCLUDE_TIME_H

#include_next <time.h>
#include <sys/types.h>

#undef CLOCK_REALTIME
#undef CLOCK_REALTIME_COARSE
#undef CLOCK_MONOTONIC
#undef CLOCK_MONOTONIC_RAW
#undef CLOCK_MONOTONIC_COARSE
#undef CLOCK_BOOTTIME
#undef CLOCK_PROCESS_CPUTIME_ID
#undef CLOCK_THREAD_CPUTIME_ID
#undef TIMER_ABSTIME
#include "uapi/time.h"

int clock_gettime(clockid_t clock, struct timespec *ts);
int clock_getres(clockid_t clock, struct timespec *res);
int nanosleep(const struct timespec *req, struct timespec *rem);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *req, struct timespec *rem);

#endif
