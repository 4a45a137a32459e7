/* SPDX-License-Identifier: MIT */
/*
 * Between the files of RCU:
 *
 *	rcu.c		grace periods: begin, wait for harts, end; idle harts; sleeping until one is over
 *	rcu_lists.c	callbacks: each hart's lists, running them, rcu_barrier(), rcu_throttle()
 *	rcu_stall.c	a grace period that takes too long names the hart that it waits for
 *	rcu_torture.c	the test, with rcu_flood.c and rcu_calm.c; rcu_plant.c, mistakes on request
 *
 * Grace periods have numbers, 1, 2, ...; at most one is in progress: rcu_state.gp is the last that began, rcu_state.over the
 * last that ended.
 */
#ifndef KERNEL_SCHED_RCU_INTERNAL_H
#define KERNEL_SCHED_RCU_INTERNAL_H

#include "kernel/sched/rcu.h"
#include "kernel/sched/wait.h"

struct rcu_state {
	spinlock_t lock;		/* innermost: nothing is locked inside it */
	unsigned long online;		/* harts that have sections; lock */
	u64 gp;				/* lock */
	u64 over;			/* written under lock with release, read at any time with acquire */
	u64 wanted;			/* the highest number that anybody waits for; lock */
	u64 expedite;			/* up to this number harts are interrupted at once; lock */
	u64 kicked;			/* the last one for which they were; lock */
	u64 began;			/* when gp began, ktime; lock */
	struct wait_queue waiters;	/* for @over to grow */
};
extern struct rcu_state rcu_state;

/* rcu_gp_over() - is grace period @gp over? If so, what comes behind this call comes behind all sections it waited for. */
static inline bool rcu_gp_over(u64 gp)
{
	return __atomic_load_n(&rcu_state.over, __ATOMIC_ACQUIRE) >= gp;
}

/*
 * rcu_request_gp() - have a grace period begin that all the caller has done so far comes before. Returns: its number.
 * @expedited: interrupt the harts that it, and the one in progress, wait for. Any context.
 */
u64 rcu_request_gp(bool expedited);
/* rcu_wait_gp() - sleep until a grace period that begins from now on is over. */
void rcu_wait_gp(bool expedited);

/* Callbacks in order of call_rcu(). */
struct rcu_queue {
	struct rcu_head *first;
	struct rcu_head **last;		/* where the next one is linked: &first, or &next of the last */
	u64 gp;				/* which grace period they wait for: lists wait and next */
};

/*
 * What each hart has. Lists and counters are touched by the hart itself only, with interrupts off and not while it sleeps, so
 * they need no lock; a callback runs where it was queued. The words that others write or read say so.
 */
struct rcu_hart {
	bool idle;			/* in wfi. Written by the hart, read by who begins a grace period */
	unsigned int barrier_asked;	/* set by rcu_barrier() on any hart, taken back by this one; atomic */
	unsigned long n;		/* on all lists; others read it, for reports */
	unsigned long most;		/* the highest n; others read it */
	struct rcu_queue fresh;		/* not assigned to a grace period */
	struct rcu_queue next;		/* wait for next.gp, which has not begun when they were put here */
	struct rcu_queue wait;		/* wait for wait.gp < next.gp */
	struct rcu_queue done;		/* to be run */
	struct rcu_head barrier;	/* queued when barrier_asked */
} __aligned(64);
extern struct rcu_hart rcu_harts[NR_CPUS];

static inline struct rcu_hart *this_rcu_hart(void)
{
	return this_cpu_of(rcu_harts);
}

void rcu_lists_init(void);

/* ---- rcu_stall.c ---- */

/* rcu_stall_limit() - a grace period older than so many nanoseconds is a stall. */
u64 rcu_stall_limit(void);
/* rcu_stall_check() - report harts that the grace period has been waiting for too long; from the tick. */
void rcu_stall_check(u64 now);
/* rcu_stall_ended() - this hart's quiescent state has been waited for @ns, too long: tell what it did, with a backtrace. */
void rcu_stall_ended(u64 gp, u64 ns);

/* ---- rcu_flood.c, for the test ---- */

#define RCU_BURST	256u		/* callbacks between two rcu_throttle() */

extern struct rcu_flood {
	atomic_t queued, run;		/* callbacks */
	atomic_t throttled;		/* calls of rcu_throttle() that had to do something */
} rcu_flood;

/* rcu_flood_until() - queue callbacks until *@stop. False: rcu_throttle() left more than RCU_LIMIT. */
bool rcu_flood_until(const bool *stop);
/* rcu_most_kept() - the most callbacks that any hart has had at a time. */
unsigned long rcu_most_kept(void);

/* ---- rcu_calm.c, for the test ---- */

/* rcu_hold() - be in one section after the other, of some milliseconds each, until *@end. */
void rcu_hold(const bool *end);
/* rcu_outlasts_sections() - does each way of waiting outlast the section that another thread's rcu_hold() is in? */
bool rcu_outlasts_sections(void);
/* Measure a callback and a wait, with all harts idle; a callback, with all busy; an expedited wait, with one busy. */
void rcu_time_idle(void);
void rcu_time_busy(void);
void rcu_time_expedited(void);
/* rcu_times_report() - print them. Returns: are they as they should be? */
bool rcu_times_report(void);

/* ---- mistakes on request (rcu_torture.h), one at a time ---- */

enum rcu_plant {
	RCU_PLANT_NONE,
	RCU_PLANT_SHORT_GP,		/* a grace period waits for the hart only that begins it */
	RCU_PLANT_STALE_IDLE,		/* a hart that was idle once counts as idle */
	RCU_PLANT_ONE_GP_EARLY,		/* callbacks are assigned to the grace period in progress */
	RCU_PLANT_SHORT_BARRIER,	/* rcu_barrier() asks its own hart only */
	RCU_PLANT_NO_THROTTLE,		/* rcu_throttle() lets floods pass */
	RCU_PLANT_IDLE_HOLDS,		/* a grace period waits for idle harts, too */
	NR_RCU_PLANTS,
};

extern enum rcu_plant rcu_plant;
/* rcu_plant_start() - begin those that need a thread. rcu_plant_calm() - begin and end those that are for idle harts. */
void rcu_plant_start(void);
void rcu_plant_calm(bool on);

/* rcu_plant_is_built() - RELEASE builds do not ask for the one that every turn of the idle loop would ask for. */
static inline bool rcu_plant_is_built(enum rcu_plant plant)
{
#ifdef RELEASE
	return plant != RCU_PLANT_STALE_IDLE;
#else
	(void)plant;
	return true;
#endif
}
static inline bool rcu_planted(enum rcu_plant plant)
{
	return rcu_plant_is_built(plant) && unlikely(READ_ONCE(rcu_plant) == plant);
}

#endif
