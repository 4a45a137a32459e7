/* SPDX-License-Identifier: MIT */
/*
 * A free lock is taken by one atomic access. Harts that find it taken form a queue, and each spins on a word of its own until the
 * one before it has the lock; only the first looks at the lock. (Mellor-Crummey and Scott, "Algorithms for Scalable Synchronization on
 * Shared-Memory Multiprocessors", ACM TOCS 9(1), 1991; there the lock itself is handed over.) Here it is not: between two
 * of the first one's looks a newcomer may take it. The harts of a virtual machine are not always running, and a lock that
 * is kept for one that does not run stops all others.
 *
 *	lock	LOCKED | tail ----------------------------.
 *	hart	  holder     first, looks at     next ->  last
 *				the lock
 *
 * The holder is kept for assertions; RELEASE drops the bookkeeping.
 * The hart that panics goes on without a lock whose holder has been stopped.
 */
#include "kernel/arch/riscv.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/percpu.h"
#include "kernel/core/race.h"
#include "kernel/core/spinlock.h"

#ifndef RELEASE
static unsigned int held[NR_CPUS];	/* how many locks; each hart its own */
#endif

static void set_holder(spinlock_t *lock)
{
#ifndef RELEASE
	WRITE_ONCE(lock->holder, this_cpu_id() + 1);
	held[this_cpu_id()]++;
#else
	(void)lock;
#endif
}

void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
	lock->holder = 0;
}

/* One is enough for a hart: interrupts are off, so it waits for one lock at a time. */
static struct spin_waiter {
	u32 next;		/* cpu id + 1 of the hart behind this one; written by that one */
	u32 first;		/* this hart is the first in the queue; written by the one before it */
} __aligned(64) waiters[NR_CPUS];

/* While waiting. False: this hart panics, and goes on without the lock. */
static bool spin(void)
{
	cpu_relax();
	if (likely(!panic_in_progress()))
		return true;
	panic_stop();
	return false;
}

/* Append this hart to the queue. Returns the cpu id + 1 of the one before it, or 0. */
static u32 join_queue(spinlock_t *lock, u32 self)
{
	u32 old = READ_ONCE(lock->locked);

	while (!__atomic_compare_exchange_n(&lock->locked, &old, (old & SPIN_LOCKED) | self << SPIN_TAIL_SHIFT, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
	return old >> SPIN_TAIL_SHIFT;
}

/* This hart, the first in the queue, has the lock: the next one, if there is one, is first. */
static void leave_queue(spinlock_t *lock, u32 self)
{
	struct spin_waiter *me = &waiters[self - 1];
	u32 alone = self << SPIN_TAIL_SHIFT | SPIN_LOCKED, next;

	if (__atomic_compare_exchange_n(&lock->locked, &alone, SPIN_LOCKED, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	while (!(next = __atomic_load_n(&me->next, __ATOMIC_ACQUIRE)))	/* it is the tail already, but has not written this yet */
		if (!spin())
			return;
	__atomic_store_n(&waiters[next - 1].first, true, __ATOMIC_RELEASE);
}

void spin_lock_wait(spinlock_t *lock, u32 old)
{
	u32 self = this_cpu_id() + 1, before;
	struct spin_waiter *me = &waiters[self - 1];

	if (!(old & SPIN_LOCKED))
		return;			/* it was free, though others wait: this hart was faster */
	WRITE_ONCE(me->next, 0);
	WRITE_ONCE(me->first, false);
	before = join_queue(lock, self);
	if (before)
		__atomic_store_n(&waiters[before - 1].next, self, __ATOMIC_RELEASE);
	while (before && !__atomic_load_n(&me->first, __ATOMIC_ACQUIRE))
		if (!spin())
			return;
	do {
		while (READ_ONCE(lock->locked) & SPIN_LOCKED)
			if (!spin())
				return;
	} while (__atomic_fetch_or(&lock->locked, SPIN_LOCKED, __ATOMIC_ACQUIRE) & SPIN_LOCKED);
	leave_queue(lock, self);
}

bool spin_trylock(spinlock_t *lock)
{
	if (__atomic_fetch_or(&lock->locked, SPIN_LOCKED, __ATOMIC_ACQUIRE) & SPIN_LOCKED)
		return false;
	set_holder(lock);
	return true;
}

#ifndef RELEASE
void spin_lock(spinlock_t *lock)
{
	u32 old;

	VM_BUG_ON(spin_is_held(lock) && !panic_in_progress());
	race_point("spin_lock");
	old = __atomic_fetch_or(&lock->locked, SPIN_LOCKED, __ATOMIC_ACQUIRE);
	if (unlikely(old))
		spin_lock_wait(lock, old);
	set_holder(lock);
}

void spin_unlock(spinlock_t *lock)
{
	VM_BUG_ON(!spin_is_held(lock) && !panic_in_progress());
	held[this_cpu_id()]--;
	WRITE_ONCE(lock->holder, 0);
	__atomic_store_n((u8 *)&lock->locked, 0, __ATOMIC_RELEASE);	/* the queue stays */
	race_point("spin_unlock");
}
#endif

unsigned int spin_locks_held(void)
{
#ifndef RELEASE
	return held[this_cpu_id()];
#else
	return 0;
#endif
}

bool spin_is_held(const spinlock_t *lock)
{
#ifndef RELEASE
	return READ_ONCE(lock->holder) == this_cpu_id() + 1;
#else
	return READ_ONCE(lock->locked) & SPIN_LOCKED;	/* by some hart: a release build does not record which */
#endif
}
