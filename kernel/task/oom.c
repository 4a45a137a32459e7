/* SPDX-License-Identifier: MIT */
/*
 * When reclaim finds nothing more: one process has to go. It is the one whose death frees most; its sizes
 * and those of the others are printed. A page fault that ran out of memory calls this and tries again.
 */
#include "kernel/core/printk.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"
#include "kernel/task/oom.h"
#include "kernel/task/signal.h"

/* Pages that @mm's end would free, roughly. Read without its locks. */
static unsigned long badness(const struct mm_struct *mm)
{
	return READ_ONCE(mm->nr_anon) + READ_ONCE(mm->nr_swap) + READ_ONCE(mm->nr_shmem) +
	       READ_ONCE(mm->pgtables_bytes) / PAGE_SIZE;
}

static bool killable(const struct task *t)
{
	return t->mm && t->proc && t->proc != init_process && !(t->flags & TASK_KTHREAD);
}

/* In do_exit(), perhaps with its mm gone from the task but not yet from memory. */
static bool is_exiting(const struct task *t)
{
	return (READ_ONCE(t->flags) & TASK_EXITING) && READ_ONCE(t->state) != TASK_DEAD;
}

/* A process that is on its way out already: wait for it instead of killing another. tasklist_lock held. */
static bool somebody_is_dying(void)
{
	struct task *t;

	list_for_each_entry(t, &all_tasks, task_node)
		if (is_exiting(t) || (killable(t) && fatal_signal_pending(t)))
			return true;
	return false;
}

static struct task *largest_task(void)
{
	struct task *t, *victim = NULL;

	list_for_each_entry(t, &all_tasks, task_node)
		if (killable(t) && (!victim || badness(t->mm) > badness(victim->mm)))
			victim = t;
	return victim;
}

static void print_sizes(const struct task *victim)
{
	struct task *t;

	printk("Out of memory: %lu of %lu pages are free\n", nr_free_pages(), nr_total_pages());
	list_for_each_entry(t, &all_tasks, task_node)
		if (t->mm)
			printk("  %5d %-15s anon %lu swap %lu file %lu shared %lu tables %lu\n", t->pid, t->name,
			       t->mm->nr_anon, t->mm->nr_swap, t->mm->nr_file, t->mm->nr_shmem,
			       t->mm->pgtables_bytes / PAGE_SIZE);
	printk("Out of memory: killed process %d (%s), %lu pages\n", victim->pid, victim->name, badness(victim->mm));
}

void out_of_memory(void)
{
	static const struct sig_event kill = { .signo = SIGKILL };
	struct task *victim;
	bool wait;

	/* Injected, or somebody has just died: the next try gets through. */
	if (nr_free_pages() > wmark_high)
		return;

	spin_lock(&tasklist_lock);
	wait = somebody_is_dying();
	victim = wait ? NULL : largest_task();
	if (victim) {
		print_sizes(victim);
		send_process(victim->proc, &kill);
		count_vm_event(OOM_KILL);
	}
	spin_unlock(&tasklist_lock);
	if (!wait && !victim) {
		printk("Out of memory: only init is left, and it wants more\n");
		force_fatal(SIGKILL, 0);
	}
	yield();
}
