/* SPDX-License-Identifier: MIT */
/*
 * Timers: call a function at a time. Each hart has a list sorted by expiry,
 * served by its own timer interrupt; the function runs on that hart with interrupts off and
 * the queue's lock held, so it may wake tasks and little else.
 */
#ifndef KERNEL_SCHED_TIMER_H
#define KERNEL_SCHED_TIMER_H

#include "lib/list.h"
#include "lib/types.h"

struct ktimer {
	struct list_head node;
	u64 expires;			/* ktime, ns */
	void (*fn)(struct ktimer *timer);
	unsigned int cpu;		/* whose queue */
	bool armed;			/* that queue's lock */
};

void timer_init(void);
/* timer_start() - @fn(@timer) once at @expires on this hart. @timer is not armed. */
void timer_start(struct ktimer *timer, u64 expires, void (*fn)(struct ktimer *timer));
/* timer_cancel() - afterwards it neither runs nor will run. */
void timer_cancel(struct ktimer *timer);
/* timer_expires() - when @timer is due; 0: it is not armed. One that was never started is not, if it is all zero. */
u64 timer_expires(struct ktimer *timer);
/* timer_run() - this hart's due timers; returns when the next one is due (~0: none). */
u64 timer_run(u64 now);

/*
 * schedule_until() - schedule(), and be woken at ktime @deadline if nothing else does it before. ~0: never. Assumes: a state that
 * sleeps is set, as in a loop of wait.h.
 */
void schedule_until(u64 deadline);
/*
 * sleep_until() - sleep in @state until ktime @deadline.
 * Returns: 0, or -ERESTARTSYS when a signal came first.
 */
int sleep_until(u64 deadline, unsigned int state);
/* msleep() - at least @ms milliseconds, whatever comes. */
void msleep(unsigned int ms);

#endif
