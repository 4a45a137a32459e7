/* SPDX-License-Identifier: MIT */
/*
 * When reclaim finds nothing more: one process has to go. It is the one whose death frees most; its sizes
 * and those of the ten largest are printed. A page fault or a user copy that ran out of memory calls this and tries again.
 */
#include "kernel/core/printk.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"
#include "kernel/task/oom.h"
#include "kernel/task/signal.h"
#include "lib/string.h"

#define NODE_BYTES	32	/* of the maple tree, for each VMA: 256 for 8 or so */

/* Pages of kernel memory that @mm's VMAs take. */
static unsigned long vma_pages_of(const struct mm_struct *mm)
{
	return (unsigned long)READ_ONCE(mm->map_count) * (sizeof(struct vm_area_struct) + NODE_BYTES) / PAGE_SIZE;
}

/*
 * Pages that @mm's end would free, roughly. Read without its locks. Left out is what is small for each process: its kernel
 * stack, and at most 128 pages of pipes.
 */
static unsigned long badness(const struct mm_struct *mm)
{
	return READ_ONCE(mm->nr_anon) + READ_ONCE(mm->nr_swap) + READ_ONCE(mm->nr_shmem) +
	       READ_ONCE(mm->pgtables_bytes) / PAGE_SIZE + vma_pages_of(mm);
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

/* What the report says of a task, copied while tasklist_lock is held and printed when it is not. */
struct oom_task {
	int pid;
	char name[TASK_NAME_LEN];
	unsigned long badness, anon, swap, file, shmem, tables, vmas;
};

#define OOM_REPORTED	10	/* tasks, the largest first */

struct oom_report {
	struct oom_task largest[OOM_REPORTED];
	unsigned int nr, nr_others;
};

/* Enter @t among the largest, if it is one of them. */
static void report_add(struct oom_report *report, const struct task *t)
{
	unsigned long pages = badness(t->mm);
	unsigned int at = report->nr;

	if (at == OOM_REPORTED) {
		report->nr_others++;
		if (pages <= report->largest[--at].badness)
			return;
	} else {
		report->nr++;
	}
	for (; at > 0 && report->largest[at - 1].badness < pages; at--)
		report->largest[at] = report->largest[at - 1];
	report->largest[at] = (struct oom_task){
		.pid = t->pid, .badness = pages, .anon = t->mm->nr_anon, .swap = t->mm->nr_swap, .file = t->mm->nr_file,
		.shmem = t->mm->nr_shmem, .tables = t->mm->pgtables_bytes / PAGE_SIZE, .vmas = vma_pages_of(t->mm),
	};
	(void)strscpy(report->largest[at].name, t->name, TASK_NAME_LEN);
}

/* The task whose end frees most, and the report. tasklist_lock held. */
static struct task *choose_victim(struct oom_report *report)
{
	struct task *t, *victim = NULL;

	list_for_each_entry(t, &all_tasks, task_node) {
		if (!t->mm)
			continue;
		report_add(report, t);
		if (killable(t) && (!victim || badness(t->mm) > badness(victim->mm)))
			victim = t;
	}
	return victim;
}

static void print_report(const struct oom_report *report, const struct oom_task *victim)
{
	printk("Out of memory: %lu of %lu pages are free\n", nr_free_pages(), nr_total_pages());
	for (unsigned int i = 0; i < report->nr; i++) {
		const struct oom_task *t = &report->largest[i];

		printk("  %5d %-15s anon %lu swap %lu file %lu shared %lu tables %lu VMAs %lu\n", t->pid, t->name, t->anon,
		       t->swap, t->file, t->shmem, t->tables, t->vmas);
	}
	if (report->nr_others)
		printk("  and %u smaller processes\n", report->nr_others);
	printk("Out of memory: killed process %d (%s), %lu pages\n", victim->pid, victim->name, victim->badness);
}

/* Every process that runs in @mm goes: a vfork child and its parent free nothing one without the other. tasklist_lock held. */
static void kill_users(const struct mm_struct *mm)
{
	static const struct sig_event kill = { .signo = SIGKILL };
	struct task *t;

	list_for_each_entry(t, &all_tasks, task_node)
		if (t->mm == mm && killable(t))
			send_process(t->proc, &kill);
}

void out_of_memory(void)
{
	struct oom_report report = { .nr = 0 };
	struct oom_task killed = { .pid = 0 };
	struct task *victim = NULL;
	bool wait;

	/* Injected, or somebody has just died: the next try gets through. */
	if (nr_free_pages() > wmark_high)
		return;

	spin_lock(&tasklist_lock);
	wait = somebody_is_dying();
	if (!wait)
		victim = choose_victim(&report);
	if (victim) {
		killed.pid = victim->pid;
		killed.badness = badness(victim->mm);
		(void)strscpy(killed.name, victim->name, TASK_NAME_LEN);
		kill_users(victim->mm);
		count_vm_event(OOM_KILL);
	}
	spin_unlock(&tasklist_lock);
	if (victim) {
		print_report(&report, &killed);
	} else if (!wait) {
		printk("Out of memory: only init is left, and it wants more\n");
		force_fatal(SIGKILL, 0);
	}
	yield();
}
