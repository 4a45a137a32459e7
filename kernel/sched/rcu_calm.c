/* SPDX-License-Identifier: MIT */
/*
 * For rcu_torture.c, when readers and writers are through: each way of waiting against one section that is known to be in
 * progress, and how long it takes when all harts are idle, and when they are busy.
 */
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/sched.h"

#define USEC		1000u
#define LIMIT_NS	(1500 * 1000 * (u64)USEC)	/* for a callback: some ticks, and a turn after busy threads */
#define BUSY_ROUNDS	2
#define FAST_NS		(NSEC_PER_TICK / 2)	/* one that waits for ticks and follows another takes a tick */
#define FAST_ROUNDS	50			/* until one is fast: the computer may be slow */
#define HOLD_NS		(30 * 1000 * (u64)USEC)
#define HOLD_ROUNDS	2
#define TIMES_AGAIN	4

/* Written by one thread at a time. */
static u64 idle, busy;			/* the longest, ns */
static u64 expedited = ~0ULL;		/* the shortest, ns */

static unsigned int again;		/* how often measured_callback() is to be queued again */
static u64 began;			/* when it was queued first; if it is slow already, once is enough */
static bool called;			/* it has run for the last time */
static struct wait_queue calls = WAIT_QUEUE_INIT(calls);

static void measured_callback(struct rcu_head *head)
{
	if (again && ktime_get_ns() - began <= LIMIT_NS) {
		again--;
		call_rcu(head, measured_callback);
		return;
	}
	WRITE_ONCE(called, true);
	wake_up(&calls);
}

/* Until a callback has run, and again after @times grace periods more. Nothing in here makes the hart tick. */
static void wait_for_callback(unsigned int times)
{
	static struct rcu_head head;

	again = times;
	began = ktime_get_ns();
	WRITE_ONCE(called, false);
	call_rcu(&head, measured_callback);
	wait_event(&calls, READ_ONCE(called));
}

static void wait_once(void)
{
	wait_for_callback(0);
}

static void wait_for_many(void)
{
	wait_for_callback(TIMES_AGAIN);
}

/* ---- one section ---- */

static unsigned int place;		/* odd: the holder is in a section, the same as long as it does not change */

void rcu_hold(const bool *end)
{
	while (!READ_ONCE(*end)) {
		u64 until = ktime_get_ns() + HOLD_NS;

		rcu_read_lock();
		WRITE_ONCE(place, place + 1);
		while (ktime_get_ns() < until)
			cpu_relax();
		WRITE_ONCE(place, place + 1);
		rcu_read_unlock();
		yield();
	}
}

bool rcu_outlasts_sections(void)
{
	static void (*const ways[])(void) = { synchronize_rcu, synchronize_rcu_expedited, wait_once };

	for (unsigned int i = 0; i < HOLD_ROUNDS * ARRAY_SIZE(ways); i++) {
		unsigned int section;

		while (!((section = READ_ONCE(place)) & 1))
			cond_resched();
		ways[i % ARRAY_SIZE(ways)]();
		if (READ_ONCE(place) == section)
			return false;
	}
	return true;
}

/* ---- times ---- */

static u64 time_of(void (*wait)(void))
{
	u64 begin = ktime_get_ns();

	wait();
	return ktime_get_ns() - begin;
}

void rcu_time_idle(void)
{
	if (idle <= LIMIT_NS)
		idle = max(idle, time_of(synchronize_rcu));
	if (idle <= LIMIT_NS)
		idle = max(idle, time_of(wait_for_many));
}

void rcu_time_busy(void)
{
	for (int i = 0; i < BUSY_ROUNDS; i++)
		busy = max(busy, time_of(wait_once));
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
