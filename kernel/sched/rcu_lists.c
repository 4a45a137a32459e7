/* SPDX-License-Identifier: MIT */
/*
 * RCU's callbacks. Each hart keeps its own, in four lists, and they run on it in the order of call_rcu():
 *
 *	call_rcu() -> fresh	-> next			-> wait			-> done		-> run
 *	              no number	   for next.gp, which	   for wait.gp, which	   grace period
 *	                yet	   follows wait.gp	   may be in progress	   over
 *
 * advance() moves them, in each tick and before callbacks are run. Taking a number (rcu_request_gp()) locks rcu_state, so it
 * is done for all fresh callbacks at once: for the first at call_rcu(), for the others when @next is free again.
 *
 * Callbacks run in batches, each followed by a preemption point, where no spinlock can be held: in a task that has WORK_RCU on
 * its way to user mode, at the end of schedule() and in cond_resched(), and in the idle loop. There is no thread of each
 * hart for it: the scheduler moves tasks between harts, and lists are their hart's.
 */
#include "kernel/arch/sbi.h"
#include "kernel/core/race.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/rwsem.h"
#include "kernel/sched/sched.h"

#define RCU_BATCH	16	/* callbacks between two preemption points */

static struct mutex barrier_lock;	/* one rcu_barrier() at a time */
static atomic_t barrier_left;		/* harts whose callbacks have not all run yet */
static struct wait_queue barrier_done;	/* for that to be 0 */

/* ---- a list ---- */

static void queue_clear(struct rcu_queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_append(struct rcu_queue *q, struct rcu_head *head)
{
	head->next = NULL;
	*q->last = head;
	q->last = &head->next;
}

/* All of @from go behind those of @to; the number of @to stays. */
static void queue_move(struct rcu_queue *to, struct rcu_queue *from)
{
	if (!from->first)
		return;
	*to->last = from->first;
	to->last = from->last;
	queue_clear(from);
}

static struct rcu_head *queue_pop(struct rcu_queue *q)
{
	struct rcu_head *head = q->first;

	q->first = head->next;
	if (!q->first)
		q->last = &q->first;
	return head;
}

void rcu_lists_init(void)
{
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		queue_clear(&rcu_harts[cpu].fresh);
		queue_clear(&rcu_harts[cpu].next);
		queue_clear(&rcu_harts[cpu].wait);
		queue_clear(&rcu_harts[cpu].done);
	}
	mutex_init(&barrier_lock);
	init_wait_queue(&barrier_done);
}

/* ---- from call_rcu() to the callback ---- */

static void next_becomes_wait(struct rcu_hart *me)
{
	if (me->wait.first || !me->next.first)
		return;
	queue_move(&me->wait, &me->next);
	me->wait.gp = me->next.gp;
}

/* Give the fresh callbacks a number; they were queued before it is taken. Assumes: next is empty. */
static void assign(struct rcu_hart *me, bool expedited)
{
	VM_BUG_ON(me->next.first);
	queue_move(&me->next, &me->fresh);
	me->next.gp = rcu_request_gp(expedited);
	next_becomes_wait(me);
}

static void advance(struct rcu_hart *me)
{
	VM_BUG_ON(!irqs_disabled());
	while (me->wait.first && rcu_gp_over(me->wait.gp)) {
		queue_move(&me->done, &me->wait);
		next_becomes_wait(me);
	}
	if (me->fresh.first && !me->next.first)
		assign(me, /* expedited = */ false);
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	struct rcu_hart *me = this_rcu_hart();

	VM_BUG_ON(!irqs_disabled());
	head->func = func;
	queue_append(&me->fresh, head);
	WRITE_ONCE(me->n, me->n + 1);
	if (me->n > me->most)
		WRITE_ONCE(me->most, me->n);
	if (!me->wait.first && !me->next.first)
		assign(me, /* expedited = */ false);
}

static void run_one(struct rcu_hart *me)
{
	struct rcu_head *head = queue_pop(&me->done);

	WRITE_ONCE(me->n, me->n - 1);
	head->func(head);
	VM_BUG_ON(!irqs_disabled() || spin_locks_held());
	rcu_assert_outside();
}

bool rcu_run_batch(void)
{
	struct rcu_hart *me = this_rcu_hart();

	VM_BUG_ON(!irqs_disabled() || spin_locks_held());
	rcu_assert_outside();
	if (READ_ONCE(current->work) & WORK_RCU)
		clear_work(current, WORK_RCU);
	advance(me);
	for (unsigned int i = 0; i < RCU_BATCH && me->done.first; i++)
		run_one(me);
	if (!me->done.first)
		return false;
	set_work(current, WORK_RCU);
	return true;
}

void rcu_tick(u64 now)
{
	struct rcu_hart *me = this_rcu_hart();

	if (me->n) {
		advance(me);
		if (me->done.first)
			set_work(current, WORK_RCU);
	}
	if (unlikely(READ_ONCE(rcu_waits_for)))
		rcu_stall_check(now);
}

void rcu_throttle(void)
{
	VM_BUG_ON((current->flags & TASK_IDLE) || spin_locks_held());
	rcu_assert_outside();
	while (unlikely(this_rcu_hart()->n > RCU_LIMIT) && !rcu_planted(RCU_PLANT_NO_THROTTLE)) {
		advance(this_rcu_hart());
		rcu_wait_gp(/* expedited = */ true);	/* perhaps on another hart then; this one has run its own meanwhile */
		while (rcu_run_batch())
			cond_resched();
	}
}

/* ---- rcu_barrier() ---- */

static void barrier_callback(__unused struct rcu_head *head)
{
	if (atomic_dec_and_test(&barrier_left))
		wake_up(&barrier_done);
}

/* The callback of this hart's that runs when all before it have. */
void rcu_interrupt(void)
{
	struct rcu_hart *me = this_rcu_hart();

	if (READ_ONCE(me->barrier_asked) && __atomic_exchange_n(&me->barrier_asked, 0, __ATOMIC_SEQ_CST))
		call_rcu(&me->barrier, barrier_callback);
}

void rcu_barrier(void)
{
	unsigned long self, harts = READ_ONCE(rcu_state.online);

	rcu_assert_outside();
	mutex_lock(&barrier_lock);
	self = 1UL << this_cpu_id();
	if (rcu_planted(RCU_PLANT_SHORT_BARRIER))
		harts = self;
	atomic_set(&barrier_left, __builtin_popcountl(harts));
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (harts & 1UL << cpu)
			__atomic_store_n(&rcu_harts[cpu].barrier_asked, 1, __ATOMIC_RELEASE);
	race_point("rcu_barrier: asked, no interrupt sent");
	rcu_interrupt();
	if (harts & ~self)
		send_ipi_cpus(harts & ~self);
	wait_event(&barrier_done, atomic_read(&barrier_left) == 0);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);	/* what the callbacks did comes before what the caller does */
	mutex_unlock(&barrier_lock);
}
