/* SPDX-License-Identifier: MIT */
/*
 * One counter, the time register, runs at the timebase frequency on all harts (10 MHz in
 * QEMU). Nanoseconds are ticks * 1e9 / Hz, cut into seconds and rest so nothing overflows.
 */
#include "kernel/arch/riscv.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/bug.h"
#include "kernel/core/config.h"
#include "kernel/core/time.h"

static u64 hz;
static u64 ns_per_tick;			/* when @hz divides a second, else 0 */

void time_init(u64 timebase_hz)
{
	BUG_ON(timebase_hz == 0);
	hz = timebase_hz;
	ns_per_tick = NSEC_PER_SEC % hz ? 0 : NSEC_PER_SEC / hz;
}

u64 ktime_get_ns(void)
{
	u64 ticks = csr_read(time);

	if (ns_per_tick)
		return ticks * ns_per_tick;
	return ticks / hz * NSEC_PER_SEC + ticks % hz * NSEC_PER_SEC / hz;
}

static u64 boot_time_ns;		/* after 1970, when ktime was 0 */

void time_set_real(u64 ns)
{
	boot_time_ns = ns - ktime_get_ns();
}

u64 ktime_get_real_ns(void)
{
	return boot_time_ns + ktime_get_ns();
}

/* Rounded up: never early. */
static u64 ns_to_ticks(u64 ns)
{
	if (ns_per_tick)
		return ns / ns_per_tick + (ns % ns_per_tick != 0);
	return ns / NSEC_PER_SEC * hz + (ns % NSEC_PER_SEC * hz + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}

void timer_set_ns(u64 deadline)
{
	sbi_set_timer(ns_to_ticks(deadline));
}
