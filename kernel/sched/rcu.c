/* SPDX-License-Identifier: MIT */
/*
 * Grace periods of RCU; rcu.h. One at a time:
 *
 *	requested ---> begins: rcu_waits_for = all harts that are not idle
 *	               each hart takes its own bit back, in a quiescent state (rcu_report())
 *	               the last one ends it: wakes who sleeps for it, begins the next if one is wanted
 *
 * Why nobody who could see an object is in a section when its grace period is over. The removal R of the object precedes the
 * request, and each lock section below comes after the one before it, so what precedes one is seen after the next (a release
 * and an acquire of rcu_state.lock):
 *
 *	R ; request: number g = gp + 1	|  begin: gp = g  |  hart h reports  |  the last hart reports: over = g
 *
 *	1 A section of h after its report sees R, and does not find the object.
 *	2 A section of h before its report is wholly before the lock section of the report, so before the end. The store to
 *	  @over releases, rcu_gp_over() acquires: freeing comes after all of that section's loads.
 *	3 The number is taken under the lock: if grace period gp is in progress, it may have begun before R, and gp + 1 has not.
 *
 * Idle harts do not report. Each side writes its word, has a full fence, and reads the other's:
 *
 *	begin, after R:			hart h:
 *	rcu_waits_for |= h		idle = true, with release	idle = false
 *	fence rw,rw			fence rw,rw			fence rw,rw
 *	idle? then take h out		rcu_waits_for & h? report	section: load pointer
 *
 *	4 Entering: at least one sees the other's word (RVWMO orders both pairs by the fences, so not both loads can read the
 *	  value before). Either begin() takes the bit back or h reports: none sleeps with its bit set.
 *	5 If begin() reads idle == true, sections of h before are over: the store releases, the load acquires.
 *	6 Leaving: if begin() reads true from before "idle = false", then by the same argument the section's load comes after R
 *	  and sees it. (R was made on another hart, perhaps. The lock brought it here, and in RVWMO a store is seen by all other
 *	  harts at once.)
 *
 * A hart that comes up takes the lock in rcu_init_hart() before its first section: if a grace period has begun before, it
 * sees R (1); if it begins after, the hart is in rcu_state.online.
 */
#include "kernel/arch/sbi.h"
#include "kernel/core/race.h"
#include "kernel/core/time.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/sched.h"

struct rcu_state rcu_state;
unsigned long rcu_waits_for;
struct rcu_hart rcu_harts[NR_CPUS];
#ifndef RELEASE
unsigned int rcu_depth[NR_CPUS];
#endif

void rcu_init(void)
{
	spin_lock_init(&rcu_state.lock);
	init_wait_queue(&rcu_state.waiters);
	rcu_lists_init();
}

void rcu_init_hart(void)
{
	spin_lock(&rcu_state.lock);
	rcu_state.online |= 1UL << this_cpu_id();
	spin_unlock(&rcu_state.lock);
}

/* ---- a grace period begins and ends ---- */

static unsigned long harts_that_idle(void)
{
	unsigned long idle = 0;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		if (__atomic_load_n(&rcu_harts[cpu].idle, __ATOMIC_ACQUIRE))
			idle |= 1UL << cpu;
	return idle;
}

static void begin(void)
{
	VM_BUG_ON(!spin_is_held(&rcu_state.lock) || rcu_state.gp != rcu_state.over || rcu_waits_for);
	rcu_state.gp++;
	rcu_state.began = ktime_get_ns();
	WRITE_ONCE(rcu_waits_for, rcu_planted(RCU_PLANT_SHORT_GP) ? 1UL << this_cpu_id() : rcu_state.online);
	race_point("rcu begin: bits set, idle harts not asked");
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* the bits before the look at idle; see rcu_idle_enter() */
	if (!rcu_planted(RCU_PLANT_IDLE_HOLDS))
		WRITE_ONCE(rcu_waits_for, rcu_waits_for & ~harts_that_idle());
}

/* End the grace period if it waits for no hart, and begin the next if it is wanted; as often as that is so. */
static void step(void)
{
	VM_BUG_ON(!spin_is_held(&rcu_state.lock));
	while (!rcu_waits_for) {
		if (rcu_state.over != rcu_state.gp)
			__atomic_store_n(&rcu_state.over, rcu_state.gp, __ATOMIC_RELEASE);
		if (rcu_state.wanted <= rcu_state.gp)
			return;
		begin();
	}
}

/* The harts to interrupt, because somebody is in a hurry: once for each grace period. */
static unsigned long harts_to_kick(void)
{
	VM_BUG_ON(!spin_is_held(&rcu_state.lock));
	if (rcu_state.expedite < rcu_state.gp || rcu_state.kicked == rcu_state.gp)
		return 0;
	rcu_state.kicked = rcu_state.gp;
	return rcu_waits_for & ~(1UL << this_cpu_id());
}

u64 rcu_request_gp(bool expedited)
{
	unsigned long kick;
	u64 gp;

	spin_lock(&rcu_state.lock);
	gp = rcu_state.gp + 1;
	if (rcu_planted(RCU_PLANT_ONE_GP_EARLY) && rcu_state.over != rcu_state.gp)
		gp--;
	rcu_state.wanted = max(rcu_state.wanted, gp);
	if (expedited)
		rcu_state.expedite = max(rcu_state.expedite, gp);
	/* This hart is not idle: the grace period cannot end in here, and there is nobody to wake. */
	step();
	kick = harts_to_kick();
	spin_unlock(&rcu_state.lock);
	if (kick)
		send_ipi_cpus(kick);
	return gp;
}

/*
 * The slow half of rcu_quiescent(): take this hart's bit back. Grace periods that begin in here find this hart in the same
 * quiescent state.
 */
void rcu_report(void)
{
	unsigned long self = 1UL << this_cpu_id(), kick;
	u64 before, gp, late;
	bool ended;

	VM_BUG_ON(!irqs_disabled() || spin_locks_held());
	race_point("rcu_report");
	spin_lock(&rcu_state.lock);
	before = rcu_state.over;
	gp = rcu_state.gp;
	late = rcu_waits_for & self ? ktime_get_ns() - rcu_state.began : 0;
	while (rcu_waits_for & self) {
		WRITE_ONCE(rcu_waits_for, rcu_waits_for & ~self);
		step();
	}
	kick = harts_to_kick();
	ended = rcu_state.over != before;
	spin_unlock(&rcu_state.lock);

	if (kick)
		send_ipi_cpus(kick);
	if (ended)
		wake_up(&rcu_state.waiters);
	if (unlikely(late > rcu_stall_limit()))
		rcu_stall_ended(gp, late);
}

/* ---- idle harts ---- */

void rcu_idle_enter(void)
{
	struct rcu_hart *me = this_rcu_hart();

	VM_BUG_ON(!irqs_disabled() || (me->idle && !rcu_planted(RCU_PLANT_STALE_IDLE)));
	rcu_assert_outside();
	__atomic_store_n(&me->idle, true, __ATOMIC_RELEASE);
	race_point("rcu_idle_enter: idle, bit not looked at");
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* idle before the look at the bit; see begin() */
	rcu_quiescent();
}

void rcu_idle_exit(void)
{
	struct rcu_hart *me = this_rcu_hart();

	race_point("rcu_idle_exit: still idle");
	if (!rcu_planted(RCU_PLANT_STALE_IDLE))
		WRITE_ONCE(me->idle, false);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);	/* not idle before the first section; see begin() */
}

/*
 * Ticks while it has callbacks, which it finds done in a tick, or sees a grace period in progress; else seldom: a grace period
 * may begin meanwhile on a hart that then loops, and somebody has to notice.
 */
u64 rcu_next_tick(u64 now)
{
	if (this_rcu_hart()->n || READ_ONCE(rcu_waits_for))
		return now + NSEC_PER_TICK;
	return now + rcu_stall_limit();
}

/* ---- waiting ---- */

void rcu_wait_gp(bool expedited)
{
	u64 gp;

	VM_BUG_ON(current->flags & TASK_IDLE);
	rcu_assert_outside();
	gp = rcu_request_gp(expedited);
	wait_event(&rcu_state.waiters, rcu_gp_over(gp));
}

void synchronize_rcu(void)
{
	rcu_wait_gp(/* expedited = */ false);
}

void synchronize_rcu_expedited(void)
{
	rcu_wait_gp(/* expedited = */ true);
}
