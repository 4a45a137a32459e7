/* SPDX-License-Identifier: MIT */
/*
 * RCU: readers without a lock, and what they may still look at is freed later. docs/rcu.md tells it at length.
 *
 *	reader					writer
 *	rcu_read_lock()				unlink the object (rcu_assign_pointer())
 *	p = rcu_dereference(head)		call_rcu(&p->rcu, free_it)	or synchronize_rcu()
 *	... use *p, do not sleep ...		... grace period: each hart has been outside of sections ...
 *	rcu_read_unlock()			free_it(): nobody can have p any more
 *
 * Kernel code is not preempted and takes interrupts at preemption points only. So a hart is outside of every section, in a
 * quiescent state, when it calls schedule(), when it takes an interrupt (from user mode, from the idle loop, in
 * cond_resched()), and while it waits in wfi. A section costs nothing therefore: in RELEASE builds both ends are compiler
 * barriers. Debug builds count the nesting and stop the machine when a section sleeps, reaches a preemption point or user mode.
 */
#ifndef KERNEL_SCHED_RCU_H
#define KERNEL_SCHED_RCU_H

#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"

/* Part of an object that is freed by RCU. Nobody but RCU touches it from call_rcu() until @func is called. */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};
_Static_assert(sizeof(struct rcu_head) == 16, "a node of the maple tree has 16 bytes for it");

/* ---- reading ---- */

#ifndef RELEASE
/* The sections that each hart is in; its own. A task does not leave its hart in a section, so this is also the task's count. */
extern unsigned int rcu_depth[NR_CPUS];
#endif

/* rcu_read_lock() - a section begins; they nest. Until its end: no sleep, no cond_resched(), no copy from or to user memory. */
static inline void rcu_read_lock(void)
{
#ifndef RELEASE
	rcu_depth[this_cpu_id()]++;
#endif
	asm volatile("" : : : "memory");
}

static inline void rcu_read_unlock(void)
{
	asm volatile("" : : : "memory");
#ifndef RELEASE
	VM_BUG_ON(rcu_depth[this_cpu_id()] == 0);
	rcu_depth[this_cpu_id()]--;
#endif
}

/* rcu_read_lock_held() - is the caller in a section? For assertions; true in a RELEASE build, which does not know. */
static inline bool rcu_read_lock_held(void)
{
#ifndef RELEASE
	return rcu_depth[this_cpu_id()] != 0;
#else
	return true;
#endif
}

/* rcu_assert_outside() - what no section may reach. */
static inline void rcu_assert_outside(void)
{
#ifndef RELEASE
	VM_BUG_ON(rcu_depth[this_cpu_id()] != 0);
#endif
}

/*
 * rcu_assign_pointer() - publish @v in @p: who finds it there sees what was written to *@v before. rcu_dereference() - the
 * reader's load; what is read through the pointer is ordered behind it by the address dependency (RVWMO's rule 9).
 */
#define rcu_assign_pointer(p, v)	__atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define rcu_dereference(p)		READ_ONCE(p)

/* ---- freeing ---- */

/*
 * call_rcu() - call @func(@head) after a grace period, on this hart, with interrupts off and no lock held; it may not sleep,
 * and may use call_rcu(). Any context, any lock held.
 */
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
/* synchronize_rcu() - sleep until a grace period has passed: mostly up to a tick (10 ms). No lock but sleeping ones held. */
void synchronize_rcu(void);
/* synchronize_rcu_expedited() - the same, faster: harts that run are interrupted at once. */
void synchronize_rcu_expedited(void);
/* rcu_barrier() - sleep until each callback that was queued before, on any hart, has run. */
void rcu_barrier(void);

/*
 * rcu_throttle() - where a task that queues many callbacks may sleep: when this hart keeps more than RCU_LIMIT of them, wait
 * for a grace period and run callbacks until it does not. A hart never keeps more than RCU_LIMIT and, for each task, what that
 * one queues between two calls of this. No spinlock held, outside of sections, not in an idle task.
 */
#define RCU_LIMIT	4096u
void rcu_throttle(void);

/* ---- for the scheduler and the traps ---- */

/* rcu_init() - before any other call, on the boot hart. rcu_init_hart() - this hart has sections from now on. */
void rcu_init(void);
void rcu_init_hart(void);

/* The harts that the grace period waits for. Written under the lock of rcu.c, read at any time. */
extern unsigned long rcu_waits_for;

void rcu_report(void);

/* rcu_quiescent() - this hart is in no section now. No spinlock held. */
static inline void rcu_quiescent(void)
{
	rcu_assert_outside();
	if (unlikely(READ_ONCE(rcu_waits_for) & 1UL << this_cpu_id()))
		rcu_report();
}

/*
 * rcu_idle_enter(), rcu_idle_exit() - around wfi, interrupts off: in between the hart has no section and touches nothing that
 * RCU protects, so that grace periods do not wait for it.
 */
void rcu_idle_enter(void);
void rcu_idle_exit(void);
/* rcu_next_tick() - by when this hart has to take a timer interrupt, though it is idle; ktime. */
u64 rcu_next_tick(u64 now);
/* rcu_tick() - from the timer interrupt: sets WORK_RCU when callbacks are to be run; looks for stalls. */
void rcu_tick(u64 now);
/* rcu_interrupt() - from another hart's interrupt: what it may have been sent for. */
void rcu_interrupt(void);
/* rcu_run_batch() - run a few callbacks whose grace period is over. Returns: are there more? No spinlock held. */
bool rcu_run_batch(void);

/* rcu_stall_set() - a grace period older than @ms milliseconds is a stall, and is reported (rcu_stall.c). 0: as before. */
void rcu_stall_set(unsigned long ms);

#endif
