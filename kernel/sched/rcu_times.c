/* SPDX-License-Identifier: MIT */
/* For rcu_torture.c: how long grace periods and callbacks take when all harts are idle, and when they are busy. */
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/sched.h"

#define USEC		1000u
#define LIMIT_NS	(1500 * 1000 * (u64)USEC)	/* for a callback: two ticks, and a turn after busy threads */
#define BUSY_ROUNDS	2
#define FAST_NS		(NSEC_PER_TICK / 2)	/* one that waits for ticks and follows another takes a tick */
#define FAST_ROUNDS	50			/* until one is fast: the computer may be slow */

/* Written by one thread at a time. */
static u64 idle, busy;			/* the longest, ns */
static u64 expedited = ~0ULL;		/* the shortest, ns */

static bool called;			/* measured_callback() has run */
static struct wait_queue calls = WAIT_QUEUE_INIT(calls);

static void measured_callback(__unused struct rcu_head *head)
{
	WRITE_ONCE(called, true);
	wake_up(&calls);
}

/* Until a callback has run. Nothing in here makes the hart tick. */
static u64 callback_time(void)
{
	static struct rcu_head head;
	u64 begin = ktime_get_ns();

	WRITE_ONCE(called, false);
	call_rcu(&head, measured_callback);
	wait_event(&calls, READ_ONCE(called));
	return ktime_get_ns() - begin;
}

static u64 time_of(void (*wait)(void))
{
	u64 begin = ktime_get_ns();

	wait();
	return ktime_get_ns() - begin;
}

void rcu_time_idle(void)
{
	if (idle <= LIMIT_NS)
		idle = max(idle, callback_time());
	if (idle <= LIMIT_NS)
		idle = max(idle, time_of(synchronize_rcu));
}

void rcu_time_busy(void)
{
	for (int i = 0; i < BUSY_ROUNDS; i++)
		busy = max(busy, callback_time());
}

void rcu_time_expedited(void)
{
	(void)time_of(synchronize_rcu);		/* ends in a tick, so the next is not near */
	for (int i = 0; i < FAST_ROUNDS && expedited > FAST_NS; i++)
		expedited = min(expedited, time_of(synchronize_rcu_expedited));
}

bool rcu_times_report(void)
{
	printk("rcutorture: idle %lu us, busy %lu us, expedited %lu us\n", (unsigned long)(idle / USEC),
	       (unsigned long)(busy / USEC), expedited == ~0ULL ? 0 : (unsigned long)(expedited / USEC));
	return idle <= LIMIT_NS && busy <= LIMIT_NS && (expedited <= FAST_NS || expedited == ~0ULL);
}
