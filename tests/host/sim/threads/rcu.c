/* SPDX-License-Identifier: MIT */
/*
 * RCU for two threads: callbacks wait in two lists, and a list becomes due when each hart that did not sleep has been at a
 * quiescent point (user code, a change of address space, sleep). The mutex orders a section before the callbacks that it held
 * back, as far as the sanitizer is concerned; kernel/sched/rcu.c does it with its own means and is not under test here.
 */
#include <pthread.h>

#include "kernel/core/bug.h"
#include "kernel/sched/rcu.h"
#include "tests/host/sim/threads/threads.h"

#define ALL_HARTS	((1U << NR_HARTS) - 1)

unsigned int rcu_depth[NR_CPUS];	/* each hart's own */

struct queue {
	struct rcu_head *first, **last;
};

/* All under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct queue fresh = { NULL, &fresh.first };	/* wait for the next period */
static struct rcu_head *waiting;			/* wait for this one */
static unsigned int waits_for, asleep;			/* harts */

/* What has become due. A new period begins with the fresh ones. */
static struct rcu_head *advance(void)
{
	struct rcu_head *due;

	if (waits_for)
		return NULL;
	due = waiting;
	waiting = fresh.first;
	fresh = (struct queue){ NULL, &fresh.first };
	if (waiting)
		waits_for = ALL_HARTS & ~asleep;
	return due;
}

static void run(struct rcu_head *head)
{
	for (struct rcu_head *next; head; head = next) {
		next = head->next;
		head->func(head);
	}
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	if (planted == PLANT_GRACE) {
		func(head);
		return;
	}
	/* Readers of a tree may still load these words, and then find the node dead (lib/maple/maple_port.h). */
	__atomic_store_n(&head->func, func, __ATOMIC_RELEASE);
	__atomic_store_n(&head->next, NULL, __ATOMIC_RELEASE);
	pthread_mutex_lock(&lock);
	__atomic_store_n(fresh.last, head, __ATOMIC_RELEASE);
	fresh.last = &head->next;
	pthread_mutex_unlock(&lock);
}

static void pass(bool sleeps)
{
	unsigned int self = 1U << this_cpu_id();
	struct rcu_head *due;

	rcu_assert_outside();
	pthread_mutex_lock(&lock);
	asleep = sleeps ? asleep | self : asleep & ~self;
	waits_for &= ~self;
	due = advance();
	pthread_mutex_unlock(&lock);
	run(due);
}

void sim_quiescent(void)
{
	pass(/* sleeps = */ false);
}

void rcu_sleep(bool begins)
{
	pass(begins);
}

void rcu_throttle(void)
{
	pass(/* sleeps = */ false);
}

/* One thread is left. */
void sim_rcu_flush(void)
{
	waits_for = 0;
	while (waiting || fresh.first)
		run(advance());
}
