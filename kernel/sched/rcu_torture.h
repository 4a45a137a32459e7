/* SPDX-License-Identifier: MIT */
/*
 * RCU tested in the kernel (rcu_torture.c), and mistakes that the test has to find. Boot arguments:
 *
 *	rcutorture=SECONDS	readers, writers and floods on all harts for so long, then one line: "rcutorture: ok, ..." or
 *				"rcutorture: FAILED, ..."
 *	rcu_plant=short-gp	a grace period waits for the hart only that begins it
 *	rcu_plant=stale-idle	a hart that was idle once counts as idle for ever (debug builds only: the idle loop would ask)
 *	rcu_plant=one-gp-early	callbacks are assigned to the grace period in progress
 *	rcu_plant=short-barrier	rcu_barrier() does not ask other harts
 *	rcu_plant=no-throttle	rcu_throttle() does nothing
 *	rcu_plant=idle-holds	a grace period waits for idle harts, too
 *	rcu_plant=loop		a task loops in a section for a while: a stall
 *	rcu_plant=sleep		a task sleeps in a section: a panic in debug builds
 */
#ifndef KERNEL_SCHED_RCU_TORTURE_H
#define KERNEL_SCHED_RCU_TORTURE_H

/* rcu_torture_set(), rcu_plant_set() - the boot arguments; rcu_torture_start() - begin what they asked for, after pid 1. */
void rcu_torture_set(unsigned long seconds);
void rcu_plant_set(const char *kind);
void rcu_torture_start(void);

#endif
