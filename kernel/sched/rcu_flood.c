/* SPDX-License-Identifier: MIT */
/* For rcu_torture.c: callbacks as fast as they can be queued, and what a hart keeps of them. */
#include "kernel/mm/frame/gfp.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"

struct rcu_flood rcu_flood;

static void flood_callback(struct rcu_head *head)
{
	kfree(head);
	atomic_inc(&rcu_flood.run);
}

static void burst(void)
{
	for (unsigned int i = 0; i < RCU_BURST; i++) {
		struct rcu_head *head = kmalloc(sizeof(*head), GFP_KERNEL);

		if (!head)
			return;
		call_rcu(head, flood_callback);
		atomic_inc(&rcu_flood.queued);
	}
}

/* Up to the limit, then calm for a while: a grace period shall not always be in progress when another one is asked for. */
bool rcu_flood_until(const bool *stop)
{
	while (!READ_ONCE(*stop)) {
		bool flood;

		burst();
		flood = this_rcu_hart()->n > RCU_LIMIT;
		rcu_throttle();
		if (this_rcu_hart()->n > RCU_LIMIT)
			return false;
		if (flood) {
			atomic_inc(&rcu_flood.throttled);
			msleep(20);
		}
		cond_resched();
	}
	return true;
}

unsigned long rcu_most_kept(void)
{
	unsigned long most = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		most = max(most, READ_ONCE(rcu_harts[cpu].most));
	return most;
}
