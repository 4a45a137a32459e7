/* SPDX-License-Identifier: MIT */
/* Mistakes on request, rcu_plant=KIND; rcu_torture.h lists them. Those of RCU itself are where rcu_planted() is called. */
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/rcu_torture.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "lib/string.h"

#define LOOP_NS		(1200 * NSEC_PER_SEC / 1000)	/* rcu_plant=loop */

enum rcu_plant rcu_plant;
static enum rcu_plant calm;		/* to be planted when all is calm: it would slow the test down before */
static bool loop, sleep;

static void nothing(__unused struct rcu_head *head)
{
}

/* A thread of the kernel does not end. */
static void __noreturn park(void)
{
	for (;;)
		sleep_until(~0ULL, TASK_UNINTERRUPTIBLE);
}

/* A section much longer than any in the kernel, and a grace period that begins in it. */
static void rcu_loop(__unused void *arg)
{
	static struct rcu_head head;
	u64 end = ktime_get_ns() + LOOP_NS;

	rcu_read_lock();
	call_rcu(&head, nothing);
	while (ktime_get_ns() < end)
		cpu_relax();
	rcu_read_unlock();
	synchronize_rcu();
	printk("rcu_plant=loop: over\n");
	park();
}

static void rcu_sleep(__unused void *arg)
{
	rcu_read_lock();
	msleep(1);
	printk("rcu_plant=sleep: nobody has noticed\n");
	park();
}

void rcu_plant_set(const char *kind)
{
	static const char *const kinds[NR_RCU_PLANTS] = {
		[RCU_PLANT_NONE] = "none",
		[RCU_PLANT_SHORT_GP] = "short-gp",
		[RCU_PLANT_STALE_IDLE] = "stale-idle",
		[RCU_PLANT_ONE_GP_EARLY] = "one-gp-early",
		[RCU_PLANT_SHORT_BARRIER] = "short-barrier",
		[RCU_PLANT_NO_THROTTLE] = "no-throttle",
		[RCU_PLANT_IDLE_HOLDS] = "idle-holds",
	};

	loop = strcmp(kind, "loop") == 0;
	sleep = strcmp(kind, "sleep") == 0;
	for (enum rcu_plant plant = RCU_PLANT_NONE; plant < NR_RCU_PLANTS; plant++)
		if (strcmp(kind, kinds[plant]) == 0 && rcu_plant_is_built(plant))
			rcu_plant = plant;
	if (rcu_plant == RCU_PLANT_IDLE_HOLDS) {
		calm = rcu_plant;
		rcu_plant = RCU_PLANT_NONE;
	}
	if (!loop && !sleep && !calm && rcu_plant == RCU_PLANT_NONE)
		printk("rcu_plant=%s: no such planted mistake\n", kind);
}

void rcu_plant_calm(bool on)
{
	if (calm)
		WRITE_ONCE(rcu_plant, on ? calm : RCU_PLANT_NONE);
}

void rcu_plant_start(void)
{
	if ((loop && !kernel_thread("rcu-loop", rcu_loop, NULL)) || (sleep && !kernel_thread("rcu-sleep", rcu_sleep, NULL)))
		panic("no memory for a planted mistake");
}
