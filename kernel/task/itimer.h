/* SPDX-License-Identifier: MIT */
/* Interval timers of a process; itimer.c. */
#ifndef KERNEL_TASK_ITIMER_H
#define KERNEL_TASK_ITIMER_H

#include "kernel/sched/timer.h"
#include "lib/types.h"

struct process;

struct cpu_itimer {
	u64 expires;			/* in the process's run time, ns; 0: not set */
	u64 interval;			/* ns; 0: once */
};

/*
 * In struct process, zero at its start; fork does not copy them and execve keeps them. Any thread of it may set them, deliver
 * their signals and take the tick in which they expire.
 */
struct itimers {
	spinlock_t lock;		/* all of it; before the lock of a timer queue. Not taken in @real's function */
	struct ktimer real;
	u64 real_interval;		/* ns; 0: once */
	struct cpu_itimer cpu[2];	/* ITIMER_VIRTUAL, ITIMER_PROF */
};

/* itimer_delivered() - a SIGALRM of @p, which is current's process, was taken from the pending ones: its timer runs again. */
void itimer_delivered(struct process *p);
/* itimer_tick() - the timers of @p's time on a hart; @p is current's process. In the timer interrupt, when has_cpu_itimer(). */
void itimer_tick(struct process *p);
/* itimers_exit() - @p ends: no more SIGALRM. Assumes: no lock is held. */
void itimers_exit(struct process *p);

static inline bool has_cpu_itimer(const struct itimers *it)
{
	return it->cpu[0].expires | it->cpu[1].expires;
}

#endif
