/* SPDX-License-Identifier: MIT */
/*
 * Stalls: a grace period waits for a hart that passes no quiescent state. To take an interrupt would be one, so the hart
 * loops in the kernel without a preemption point. On the console:
 *
 *	rcu: grace period 17 has waited 10000 ms for hart 2, task 14 (prog)	by the tick of another hart
 *	rcu: hart 2 does not answer: ...					later, if it has not taken the interrupt
 *	rcu: hart 2 kept grace period 17 waiting for 12345 ms, task 14 (prog)	by the hart itself, with a backtrace, if it
 *	backtrace: ...								gets there: where its loop ended
 *
 * Boot argument rcu_stall=MS. A stall is told anew when it has lasted twice as long.
 */
#include "kernel/arch/sbi.h"
#include "kernel/core/panic.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

#define NSEC_PER_MSEC	(NSEC_PER_SEC / 1000)
#define STALL_MS	10000
#define ANSWER_NS	(100 * NSEC_PER_MSEC)	/* the time that a hart has to take the interrupt */

static u64 limit = STALL_MS * NSEC_PER_MSEC;	/* set at boot */

/* What has been told of the grace period @gp; rcu_state.lock. */
static struct {
	u64 gp;
	u64 wait;			/* it is told anew when it has lasted so long */
	u64 answer_by;			/* 0: whether harts answer has been told */
} told;

/* One hart to name. */
struct accused {
	int pid;
	char name[TASK_NAME_LEN];
};

void rcu_stall_set(unsigned long ms)
{
	if (ms)
		limit = ms * NSEC_PER_MSEC;
}

u64 rcu_stall_limit(void)
{
	return limit;
}

/*
 * The tasks of @harts. rcu_state.lock held, and the bits of @harts have been set for long: a hart that leaves its task takes
 * this lock first if it sees its bit, so it is in this task still, and the task alive.
 */
static void name_tasks(unsigned long harts, struct accused *accused)
{
	for_each_cpu(cpu, harts) {
		const struct task *t = sched_task_of(cpu);

		accused[cpu].pid = t->pid;
		(void)strscpy(accused[cpu].name, t->name, sizeof(accused[cpu].name));
	}
}

enum verdict { SAY_NOTHING, SAY_WAITS, SAY_NO_ANSWER };

/* What is to be said now, and is noted as said. rcu_state.lock held. */
static enum verdict judge(u64 now)
{
	VM_BUG_ON(!spin_is_held(&rcu_state.lock));
	if (told.gp != rcu_state.gp) {
		told.gp = rcu_state.gp;
		told.wait = limit;
		told.answer_by = 0;
	}
	if (now - rcu_state.began > told.wait) {
		told.wait *= 2;
		told.answer_by = now + ANSWER_NS;
		return SAY_WAITS;
	}
	if (told.answer_by && now > told.answer_by) {
		told.answer_by = 0;
		return SAY_NO_ANSWER;
	}
	return SAY_NOTHING;
}

static void say(enum verdict verdict, unsigned long harts, const struct accused *accused, u64 gp, u64 ns)
{
	for_each_cpu(cpu, harts) {
		if (verdict == SAY_WAITS)
			printk("rcu: grace period %lu has waited %lu ms for hart %u, task %d (%s)\n", (unsigned long)gp,
			       (unsigned long)(ns / NSEC_PER_MSEC), cpu, accused[cpu].pid, accused[cpu].name);
		else
			printk("rcu: hart %u does not answer: it loops with interrupts off, last known in task %d (%s)\n", cpu,
			       accused[cpu].pid, accused[cpu].name);
	}
}

void rcu_stall_check(u64 now)
{
	struct accused accused[NR_CPUS];
	enum verdict verdict = SAY_NOTHING;
	unsigned long harts;
	u64 gp, ns;

	if (likely(now - READ_ONCE(rcu_state.began) <= limit) || panic_in_progress())
		return;
	spin_lock(&rcu_state.lock);
	harts = rcu_waits_for & ~(1UL << this_cpu_id());
	gp = rcu_state.gp;
	ns = now - rcu_state.began;
	/* It may have ended, or the next one have begun, later than @now. */
	if (harts && now > rcu_state.began && ns > limit)
		verdict = judge(now);
	if (verdict != SAY_NOTHING)
		name_tasks(harts, accused);
	spin_unlock(&rcu_state.lock);
	if (verdict == SAY_NOTHING)
		return;
	say(verdict, harts, accused, gp, ns);
	if (verdict == SAY_WAITS)
		send_ipi_cpus(harts);
}

void rcu_stall_ended(u64 gp, u64 ns)
{
	if (panic_in_progress())
		return;
	printk("rcu: hart %u kept grace period %lu waiting for %lu ms, task %d (%s)\n", this_cpu_id(), (unsigned long)gp,
	       (unsigned long)(ns / NSEC_PER_MSEC), current->pid, current->name);
	backtrace();
}
