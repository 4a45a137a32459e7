/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's part, for a machine with one thread: nobody else can make a condition true, so
 * whoever gets as far as schedule() has found a bug. kswapd is not started; who wakes it is counted.
 */
#include "kernel/core/bug.h"
#include "kernel/mm/reclaim/storm.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/task.h"
#include "kernel/sched/wait.h"
#include "tests/host/sim/sim.h"

void wake_up(struct wait_queue *wq)
{
	(void)wq;
	sim_stats.wakeups++;
}

void init_wait_queue(struct wait_queue *wq)
{
	(void)wq;
}

void prepare_to_wait(struct wait_queue *wq, struct wait_entry *entry, unsigned int state)
{
	(void)wq;
	(void)entry;
	(void)state;
}

void finish_wait(struct wait_queue *wq, struct wait_entry *entry)
{
	(void)wq;
	(void)entry;
}

bool spin_a_while(u64 *until)
{
	(void)until;
	return false;
}

void schedule(void)
{
	rcu_assert_outside();
	panic("sim: would sleep");
}

void yield(void)
{
	panic("sim: would wait for others");
}

/* Long loops pass here; one thread has nobody to let go first. */
void cond_resched_now(void)
{
	rcu_assert_outside();
}

unsigned long nr_storms(void)
{
	return 0;
}

struct task *kernel_thread(const char *name, void (*fn)(void *), void *arg)
{
	(void)fn;
	(void)arg;
	panic("sim: no kernel threads here, \"%s\" neither", name);
}
