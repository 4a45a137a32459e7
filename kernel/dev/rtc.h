/* SPDX-License-Identifier: MIT */
/* The clock that runs while the machine is off (rtc.c). */
#ifndef KERNEL_DEV_RTC_H
#define KERNEL_DEV_RTC_H

#include "lib/types.h"

/* rtc_read_ns() - nanoseconds since 1970, from the goldfish RTC whose registers are mapped at @regs. */
u64 rtc_read_ns(volatile u32 *regs);

#endif
