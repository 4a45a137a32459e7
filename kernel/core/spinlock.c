/* SPDX-License-Identifier: MIT */
/*
 * Test-and-set with a polite wait: spinning reads the word and tries the atomic only
 * when it looked free. The holder is kept for assertions; RELEASE drops the bookkeeping.
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

bool spin_trylock(spinlock_t *lock)
{
	if (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE))
		return false;
	set_holder(lock);
	return true;
}

#ifndef RELEASE
void spin_lock(spinlock_t *lock)
{
	VM_BUG_ON(spin_is_held(lock) && !panic_in_progress());
	race_point("spin_lock");
	while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE)) {
		while (READ_ONCE(lock->locked)) {
			cpu_relax();
			if (unlikely(panic_in_progress())) {
				panic_stop();
				return;
			}
		}
	}
	set_holder(lock);
}

void spin_unlock(spinlock_t *lock)
{
	VM_BUG_ON(!spin_is_held(lock) && !panic_in_progress());
	held[this_cpu_id()]--;
	WRITE_ONCE(lock->holder, 0);
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
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
	return READ_ONCE(lock->locked);	/* by some hart: a release build does not record which */
#endif
}
