/* SPDX-License-Identifier: MIT */
/*
 * Spinning lock, used for short sections. The kernel runs with interrupts off
 * (they are on in user mode and in the idle loop only), so a holder is never
 * interrupted on its own hart and no irq-saving variants are needed.
 *
 * Never sleep while holding one. The holder's hart is kept for assertions.
 * In host builds (the simulated machine) there is one thread and the functions of
 * tests/host/sim only check the discipline.
 */
#ifndef KERNEL_CORE_SPINLOCK_H
#define KERNEL_CORE_SPINLOCK_H

#include "kernel/arch/riscv.h"
#include "kernel/core/percpu.h"
#include "lib/types.h"

typedef struct {
	u32 locked;		/* SPIN_LOCKED; and, above SPIN_TAIL_SHIFT, cpu id + 1 of the last hart in the queue, 0: there is none */
	u32 holder;		/* cpu id + 1 of the holder, 0 when free; not in RELEASE builds */
} spinlock_t;

#define SPIN_LOCKED	1u
#define SPIN_TAIL_SHIFT	8

#define SPINLOCK_INIT		{ 0, 0 }
#define DEFINE_SPINLOCK(name)	spinlock_t name = SPINLOCK_INIT

/* spin_lock_wait() - spinlock.c: what spin_lock() does when *@lock was @old and not 0. */
void spin_lock_wait(spinlock_t *lock, u32 old);

/* RELEASE builds take locks in place; kernel/core/spinlock.c has the rest. */
#if defined(RELEASE) && !__STDC_HOSTED__
/*
 * The way to spin_lock_wait() leads through spin_wait.S, which preserves all registers but t0: functions that are leaves otherwise
 * need save none.
 */
static inline void spin_lock(spinlock_t *lock)
{
	long old;

	/* __atomic_fetch_or() with acquire, without the sign extension that gcc 12 puts behind it. */
	asm volatile("amoor.w.aq %0, %2, %1" : "=r"(old), "+A"(lock->locked) : "r"(SPIN_LOCKED) : "memory");
	if (unlikely(old)) {
		register spinlock_t *a0 asm("a0") = lock;
		register u32 a1 asm("a1") = (u32)old;

		asm volatile("call t0, spin_wait" : : "r"(a0), "r"(a1) : "t0", "memory");
	}
}

static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_store_n((u8 *)&lock->locked, 0, __ATOMIC_RELEASE);
}
#else
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#endif

/* spin_lock() on a lock this hart holds already is a BUG. */
void spin_lock_init(spinlock_t *lock);
#if !__STDC_HOSTED__
/*
 * spin_lock_nest_lock() - one more of a kind, in any order: nobody else holds several of them, since @outer, which is held, is
 * needed for that.
 */
static inline void spin_lock_nest_lock(spinlock_t *lock, const spinlock_t *outer)
{
	(void)outer;
	spin_lock(lock);
}
#else
void spin_lock_nest_lock(spinlock_t *lock, const spinlock_t *outer);
#endif
bool spin_trylock(spinlock_t *lock);
/* spin_is_held() - does this hart hold @lock? For assertions. */
bool spin_is_held(const spinlock_t *lock);
/* spin_locks_held() - how many does this hart hold? For assertions; 0 in a release build. */
unsigned int spin_locks_held(void);

#endif
