/* SPDX-License-Identifier: MIT */
/* The goldfish RTC of QEMU's virt machine: a 64-bit count of nanoseconds, read in two halves. */
#include "kernel/dev/rtc.h"

#define TIME_LOW	0	/* reading it latches the upper half */
#define TIME_HIGH	1

u64 rtc_read_ns(volatile u32 *regs)
{
	u32 low = regs[TIME_LOW];

	return (u64)regs[TIME_HIGH] << 32 | low;
}
