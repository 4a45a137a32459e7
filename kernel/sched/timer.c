/* SPDX-License-Identifier: MIT */
/* Timer queues, and sleeping for a time; timer.h. */
#include "kernel/core/bug.h"
#include "kernel/core/time.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"

/* One hart's timers, soonest first. */
struct timer_queue {
	spinlock_t lock;
	struct list_head timers;
};

static struct timer_queue timer_queues[NR_CPUS];

void timer_init(void)
{
	for (int i = 0; i < NR_CPUS; i++) {
		spin_lock_init(&timer_queues[i].lock);
		INIT_LIST_HEAD(&timer_queues[i].timers);
	}
}

void timer_start(struct ktimer *timer, u64 expires, void (*fn)(struct ktimer *timer))
{
	unsigned int cpu = this_cpu_id();
	struct timer_queue *q = &timer_queues[cpu];
	struct ktimer *pos;

	timer->expires = expires;
	timer->fn = fn;
	timer->cpu = cpu;
	timer->armed = true;

	spin_lock(&q->lock);
	list_for_each_entry(pos, &q->timers, node)
		if (pos->expires > expires)
			break;
	list_add_tail(&timer->node, &pos->node);	/* before @pos, or last */
	spin_unlock(&q->lock);
	sched_arm_timer(expires);
}

void timer_cancel(struct ktimer *timer)
{
	struct timer_queue *q = &timer_queues[timer->cpu];

	spin_lock(&q->lock);
	if (timer->armed) {
		timer->armed = false;
		list_del(&timer->node);
	}
	spin_unlock(&q->lock);
}

u64 timer_expires(struct ktimer *timer)
{
	struct timer_queue *q = &timer_queues[timer->cpu];
	u64 expires;

	spin_lock(&q->lock);
	expires = timer->armed ? timer->expires : 0;
	spin_unlock(&q->lock);
	return expires;
}

u64 timer_run(u64 now)
{
	struct timer_queue *q = this_cpu_of(timer_queues);
	struct ktimer *timer;
	u64 next = ~0ULL;

	spin_lock(&q->lock);
	while (!list_empty(&q->timers)) {
		timer = list_first_entry(&q->timers, struct ktimer, node);
		if (timer->expires > now) {
			next = timer->expires;
			break;
		}
		timer->armed = false;
		list_del(&timer->node);
		timer->fn(timer);
	}
	spin_unlock(&q->lock);
	return next;
}

struct sleeper {
	struct ktimer timer;
	struct task *task;
};

static void sleeper_wake(struct ktimer *timer)
{
	struct sleeper *s = container_of(timer, struct sleeper, timer);

	wake_up_process(s->task);
}

void schedule_until(u64 deadline)
{
	struct sleeper s = { .task = current };

	if (deadline == ~0ULL) {
		schedule();
		return;
	}
	timer_start(&s.timer, deadline, sleeper_wake);
	schedule();
	timer_cancel(&s.timer);		/* also waits for sleeper_wake() to be done with @s */
}

int sleep_until(u64 deadline, unsigned int state)
{
	int ret = 0;

	for (;;) {
		set_current_state(state);
		if (ktime_get_ns() >= deadline)
			break;
		if (signal_wakes(state)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule_until(deadline);
	}
	set_current_state(TASK_RUNNING);
	return ret;
}

void msleep(unsigned int ms)
{
	(void)sleep_until(ktime_get_ns() + ms * 1000000ULL, TASK_UNINTERRUPTIBLE);
}
