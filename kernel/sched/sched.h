/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: a run queue per hart, round robin in time slices, an idle task per
 * hart. Kernel code is never preempted; a task leaves its hart in schedule() only,
 * which it calls to sleep, to yield, or on the way back to user mode when WORK_RESCHED is set.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/arch/riscv.h"
#include "kernel/core/time.h"
#include "kernel/sched/rcu.h"
#include "kernel/sched/task.h"

/* sched_init() - run queues, on the boot hart, before any other call here. Needs no memory. */
void sched_init(void);
/* sched_init_hart() - this hart, whose current is idle_tasks[@cpu], takes part from now on. */
void sched_init_hart(unsigned int cpu);
/*
 * cpu_idle() - what each hart ends its start-up with: run tasks, wait for interrupts between them.
 */
void cpu_idle(void) __noreturn;

/*
 * schedule() - give the hart to the next task. With current->state other than TASK_RUNNING the
 * caller sleeps until a wake-up (or returns at once when a signal forbids to sleep).
 * Assumes: no spinlock held, in no RCU section, interrupts off. RCU callbacks may run before it returns.
 */
void schedule(void);
/*
 * schedule_to() - wake_up_process(@t), then schedule() with current's state, which sleeps. If @t has run on this hart last, it goes on
 * here at once, on the rest of current's time slice, and no queue is touched. @to_user: nothing on the kernel stack of @t is needed any
 * more, its registers of user mode are as it shall see them; so it may return there without going back through what it sleeps in.
 * Assumes: @lock held, and no other spinlock; it keeps @t alive, and is dropped when nobody can miss @t any more.
 */
void schedule_to(struct task *t, spinlock_t *lock, bool to_user);
/* yield() - behind all others that wait on this hart; interrupts that wait are taken. */
void yield(void);
/*
 * cond_resched() - a preemption point, for every loop whose length user space chooses: take interrupts that wait, and let
 * another task run when it is its turn; RCU callbacks run. No spinlock held, in no RCU section; sleeping locks may be held.
 */
void cond_resched_now(void);
static inline void cond_resched(void)
{
#if defined(MEASURE_LATENCY) || __STDC_HOSTED__
	cond_resched_now();
#else
	if (unlikely((csr_read(sip) & (SIE_SSIE | SIE_STIE | SIE_SEIE)) ||
		     (READ_ONCE(current->work) & (WORK_RESCHED | WORK_RCU))))
		cond_resched_now();
#endif
}
/* cond_resched_rarely() - the same for loops with short bodies; *@rounds, at first RESCHED_ROUNDS, counts down to the next. */
#define RESCHED_ROUNDS	64
static inline void cond_resched_rarely(unsigned int *rounds)
{
	rcu_assert_outside();
	if (unlikely(--*rounds == 0)) {
		*rounds = RESCHED_ROUNDS;
		cond_resched();
	}
}

/* signal_pending(): a signal that is not blocked. fatal_signal_pending(): @t ends as soon as it would return to user mode. */
static inline bool signal_pending(const struct task *t) { return READ_ONCE(t->work) & WORK_SIGNAL; }
static inline bool fatal_signal_pending(const struct task *t) { return READ_ONCE(t->work) & WORK_FATAL; }
/*
 * killable_state() - to sleep for what may never come, unless the task has to end. A task that ends already is not woken by that:
 * it has still to tell others, in user memory.
 */
static inline unsigned int killable_state(void)
{
	return current->flags & TASK_EXITING ? TASK_UNINTERRUPTIBLE : TASK_KILLABLE;
}
/* signal_wakes() - does a pending signal forbid current to sleep in @state? */
static inline bool signal_wakes(unsigned int state)
{
	if (state & TASK_INTERRUPTIBLE)
		return signal_pending(current);
	return (state & TASK_KILLABLE) && fatal_signal_pending(current);
}

/*
 * wake_up_state() - make @t run if it sleeps in one of the @states. Returns whether it did.
 * The caller keeps @t alive (tasklist_lock, or a wait queue's lock).
 */
bool wake_up_state(struct task *t, unsigned int states);
static inline bool wake_up_process(struct task *t) { return wake_up_state(t, TASK_SLEEPING); }
/* wake_up_new_task() - first start of a TASK_NEW task. */
void wake_up_new_task(struct task *t);
/* set_cpus_allowed() - @t runs on the harts of @mask, at least one of which is up, from soon on. Caller keeps @t alive. */
void set_cpus_allowed(struct task *t, unsigned long mask);
/*
 * kick_task() - make @t look at its work bits soon: interrupt its hart if it runs on another one.
 */
void kick_task(struct task *t);

/* set_current_state() - before checking the condition to sleep for; see wait.h. */
static inline void set_current_state(unsigned int state)
{
	WRITE_ONCE(current->state, state);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void set_work(struct task *t, unsigned int bits)
{
	__atomic_fetch_or(&t->work, bits, __ATOMIC_SEQ_CST);
}

static inline void clear_work(struct task *t, unsigned int bits)
{
	__atomic_fetch_and(&t->work, ~bits, __ATOMIC_SEQ_CST);
}

/* sched_arm_timer() - let this hart's timer interrupt come at ktime @when or earlier. */
void sched_arm_timer(u64 when);

/* sched_tick() - timer interrupt: timers that are due, end of time slices, the next interrupt. */
void sched_tick(void);

/*
 * sched_begin_slice() - current has just made a child: else, after it has run alone for long, that would take its place at
 * the next tick.
 */
void sched_begin_slice(void);
/*
 * task_runtime_ns() - @t's time on a hart so far, the current stretch included. It never goes back. Takes the lock of a run queue.
 */
u64 task_runtime_ns(const struct task *t);

/*
 * sched_task_of() - what hart @cpu runs. Whoever looks into that task knows why it is alive: it may be freed once the
 * hart has left it.
 */
const struct task *sched_task_of(unsigned int cpu);
/* sched_nr_running() - tasks that run or could, for sysinfo. */
unsigned int sched_nr_running(void);

/* ---- what the scheduler asks of those above it ---- */

struct mm_struct;

/*
 * switch_mm() - mm/tlb.c: load @next's page table on this hart (NULL: the kernel's own, for kernel threads and
 * before an mmput() of the mm that is loaded). Called by schedule() and exec with no lock held or with
 * the run queue's; never sleeps.
 */
void switch_mm(struct mm_struct *next);
/* tlb_defer_stop() - mm/tlb.c: the task that leaves, which has TASK_TLB_DEFER set, does not defer this hart's flushes any more. */
void tlb_defer_stop(void);
/* free_dead() - task/table.c: @t and its process, both detached; its hart has left it. */
void free_dead(struct task *t);
/*
 * kernel_thread() - task/table.c: a new kernel task that runs @fn(@arg) and, when that returns, the user mode that fn has
 * set up (pid 1 does so by exec). Returns: the task, started, or NULL.
 */
struct task *kernel_thread(const char *name, void (*fn)(void *), void *arg);

#endif
