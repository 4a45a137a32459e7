/* SPDX-License-Identifier: MIT */
/*
 * RCU for one thread that plays all harts: sections are counted by kernel/sched/rcu.h itself, callbacks wait until the played
 * hart is at a quiescent point while no hart is in a section. A hart is in one at such a point when another hart's step is run
 * inside it, at a race point.
 */
#include "kernel/core/bug.h"
#include "kernel/sched/rcu.h"
#include "tests/host/sim/sim.h"

unsigned int rcu_depth[NR_CPUS];

static struct rcu_head *first, **last = &first;

static bool in_section(void)
{
	for (unsigned int hart = 0; hart < SIM_HARTS; hart++)
		if (rcu_depth[hart])
			return true;
	return false;
}

/* Those that are queued now; callbacks may queue more. */
static void run_all(void)
{
	struct rcu_head *head = first, *next;

	first = NULL;
	last = &first;
	for (; head; head = next) {
		next = head->next;
		head->func(head);
	}
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = NULL;
	*last = head;
	last = &head->next;
}

void sim_quiescent(void)
{
	rcu_assert_outside();
	if (first && !in_section())
		run_all();
}

void rcu_throttle(void)
{
	sim_quiescent();
}

void synchronize_rcu(void)
{
	if (in_section())
		panic("sim: synchronize_rcu() waits for a section that cannot end");
	run_all();
}

void sim_rcu_flush(void)
{
	while (first)
		synchronize_rcu();
}
