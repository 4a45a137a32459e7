/* SPDX-License-Identifier: MIT */
/* Time since boot, and this hart's next timer interrupt. */
#ifndef KERNEL_CORE_TIME_H
#define KERNEL_CORE_TIME_H

#include "lib/types.h"

#define NSEC_PER_SEC	1000000000ULL
#define NSEC_PER_TICK	(NSEC_PER_SEC / HZ)

/* time_init() - learn how fast the time register counts. */
void time_init(u64 timebase_hz);
/* ktime_get_ns() - nanoseconds since the machine was reset; the same on all harts, never goes back. */
u64 ktime_get_ns(void);
/* time_set_real() - it is @ns nanoseconds after 1970 now. Once, at boot. */
void time_set_real(u64 ns);
/* ktime_get_real_ns() - nanoseconds since 1970, or since reset when there is no clock to ask. */
u64 ktime_get_real_ns(void);
/* timer_set_ns() - this hart gets one timer interrupt when ktime_get_ns() >= @deadline; replaces the last. */
void timer_set_ns(u64 deadline);

#endif
