/* SPDX-License-Identifier: MIT */
/*
 * What the threads of a process do together: end, leave one alone for execve(), and add up what they have used. Struct
 * process (process.h) says how a process ends.
 */
#include "kernel/core/bug.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/sched.h"
#include "kernel/task/exit.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"

void kill_threads(struct process *p, const struct task *except)
{
	struct task *t;

	VM_BUG_ON(!spin_is_held(&p->siglock));
	p->stop_signal = 0;
	p->nr_stopped = 0;
	list_for_each_entry(t, &p->threads, thread_node) {
		if (t == except || (t->flags & TASK_EXITING))
			continue;
		set_work(t, WORK_SIGNAL | WORK_FATAL);
		if (!wake_up_state(t, TASK_INTERRUPTIBLE | TASK_KILLABLE | TASK_STOPPED))
			kick_task(t);
	}
}

/* Be the one thread that goes on, unless another is or all end. */
static bool claim_process(struct process *p)
{
	bool claimed;

	spin_lock(&p->siglock);
	claimed = !p->group_exit && !p->exec_thread;
	if (claimed) {
		WRITE_ONCE(p->exec_thread, current);
		kill_threads(p, current);
	}
	spin_unlock(&p->siglock);
	return claimed;
}

/* Until all others have ended; exit.c wakes us. False: current is to end, too. */
static bool wait_until_alone(struct process *p)
{
	bool alone;

	for (;;) {
		set_current_state(TASK_KILLABLE);
		alone = READ_ONCE(p->nr_attached) == 1;
		if (alone || fatal_signal_pending(current))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return alone;
}

/* Alone now. Returns a former leader to be freed, or NULL. */
static struct task *take_over(struct process *p)
{
	struct task *old = NULL;
	struct usage usage;

	spin_lock(&tasklist_lock);
	spin_lock(&p->siglock);
	WRITE_ONCE(p->exec_thread, NULL);
	if (p->leader != current) {
		old = replace_leader(p);
		usage = task_usage(old);
		usage_add(&p->dead_usage, &usage);
	}
	spin_unlock(&p->siglock);
	spin_unlock(&tasklist_lock);
	return old;
}

int become_only_thread(void)
{
	struct process *p = current->proc;
	struct task *old;

	if (!claim_process(p))
		return -ERESTARTNOINTR;
	if (!wait_until_alone(p)) {
		spin_lock(&p->siglock);
		WRITE_ONCE(p->exec_thread, NULL);
		spin_unlock(&p->siglock);
		return -ERESTARTNOINTR;
	}
	old = take_over(p);
	if (old) {
		wait_off_cpu(old);
		free_dead(old);
	}
	return 0;
}

struct usage process_usage(struct process *p)
{
	struct usage usage, more;
	struct task *t;

	spin_lock(&p->siglock);
	usage = p->dead_usage;
	list_for_each_entry(t, &p->threads, thread_node) {
		more = task_usage(t);
		usage_add(&usage, &more);
	}
	spin_unlock(&p->siglock);
	return usage;
}

u64 process_runtime_ns(struct process *p)
{
	struct task *t;
	u64 sum;

	spin_lock(&p->siglock);
	sum = p->dead_usage.runtime_ns;
	list_for_each_entry(t, &p->threads, thread_node)
		sum += task_runtime_ns(t);
	spin_unlock(&p->siglock);
	return sum;
}

struct task *thread_with_mm(const struct process *p)
{
	struct task *t;

	VM_BUG_ON(!spin_is_held(&tasklist_lock));
	list_for_each_entry(t, &p->threads, thread_node)
		if (t->mm)
			return t;
	return NULL;
}

struct mm_struct *process_mm(const struct process *p)
{
	struct task *t = thread_with_mm(p);

	return t ? t->mm : NULL;
}
