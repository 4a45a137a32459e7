/* SPDX-License-Identifier: MIT */
/*
 * Waiting for something to become true.
 *
 *	sleeper					waker
 *	prepare_to_wait: on the list,		make the condition true
 *	  state = sleeping, full fence		wake_up: full fence, if state is
 *	condition true?  no: schedule()		  sleeping then running + enqueue
 *	finish_wait
 *
 * Either the sleeper sees the condition or the waker sees the state: no wake-up is lost.
 * See docs/processes.md.
 */
#ifndef KERNEL_SCHED_WAIT_H
#define KERNEL_SCHED_WAIT_H

#include "kernel/core/spinlock.h"
#include "kernel/sched/signal_types.h"
#include "lib/list.h"
#include "lib/types.h"

struct task;

struct wait_queue {
	spinlock_t lock;
	struct list_head waiters;	/* of wait_entry.node */
};

struct wait_entry {
	struct task *task;
	struct list_head node;
};

#define WAIT_QUEUE_INIT(name)	{ SPINLOCK_INIT, LIST_HEAD_INIT((name).waiters) }

void init_wait_queue(struct wait_queue *wq);
/* wake_up() - every sleeper looks at its condition again. Any context. */
void wake_up(struct wait_queue *wq);

/*
 * The two halves of wait_event(), for loops of another shape. @entry lives on the caller's stack.
 */
void prepare_to_wait(struct wait_queue *wq, struct wait_entry *entry, unsigned int state);
void finish_wait(struct wait_queue *wq, struct wait_entry *entry);

/*
 * spin_a_while() - for a loop that polls what another hart is about to do, before it sleeps: most sections are shorter than a switch
 * to another task and back. *@until is 0 at first. False: it has lasted long enough, or there is no other hart.
 */
bool spin_a_while(u64 *until);

void schedule(void);

/* Sleep in @state until @cond. Value: 0, or -ERESTARTSYS when a signal came first. */
#define __wait_event(wq, cond, state) ({					\
	struct wait_entry _entry = { .node = LIST_HEAD_INIT(_entry.node) };	\
	int _ret = 0;								\
	for (;;) {								\
		prepare_to_wait((wq), &_entry, (state));			\
		if (cond)							\
			break;							\
		if (signal_wakes(state)) {					\
			_ret = -ERESTARTSYS;					\
			break;							\
		}								\
		schedule();							\
	}									\
	finish_wait((wq), &_entry);						\
	_ret; })

/* @cond may not sleep: it is evaluated with the state already set. */
#define wait_event(wq, cond)		((void)__wait_event(wq, cond, TASK_UNINTERRUPTIBLE))
#define wait_event_interruptible(wq, cond)	__wait_event(wq, cond, TASK_INTERRUPTIBLE)
#define wait_event_killable(wq, cond)	__wait_event(wq, cond, TASK_KILLABLE)

#endif
