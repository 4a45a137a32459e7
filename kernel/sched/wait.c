/* SPDX-License-Identifier: MIT */
/* Wait queues; wait.h has the protocol. */
#include "kernel/core/bug.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/time.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait.h"

#define SPIN_NS	50000

void init_wait_queue(struct wait_queue *wq)
{
	spin_lock_init(&wq->lock);
	INIT_LIST_HEAD(&wq->waiters);
}

bool spin_a_while(u64 *until)
{
	u64 now = ktime_get_ns();

	if (READ_ONCE(nr_cpus) == 1 || panic_in_progress())
		return false;
	if (*until == 0)
		*until = now + SPIN_NS;
	cpu_relax();
	return now < *until;
}

/*
 * The entries stay on the list; each sleeper takes its own off under the lock, so that it
 * cannot return (and its entry, or its task, vanish) while we look at it.
 */
void wake_up(struct wait_queue *wq)
{
	struct wait_entry *e;

	/* The condition that the caller made true, before the test for sleepers. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (list_empty(&wq->waiters))
		return;
	spin_lock(&wq->lock);
	list_for_each_entry(e, &wq->waiters, node)
		wake_up_process(e->task);
	spin_unlock(&wq->lock);
}

void prepare_to_wait(struct wait_queue *wq, struct wait_entry *entry, unsigned int state)
{
	VM_BUG_ON(current->flags & TASK_IDLE);

	spin_lock(&wq->lock);
	entry->task = current;		/* the second time round, wake_up() may be reading it */
	if (list_empty(&entry->node))
		list_add_tail(&entry->node, &wq->waiters);
	set_current_state(state);
	spin_unlock(&wq->lock);
}

void finish_wait(struct wait_queue *wq, struct wait_entry *entry)
{
	set_current_state(TASK_RUNNING);
	spin_lock(&wq->lock);
	list_del_init(&entry->node);
	spin_unlock(&wq->lock);
}
