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

static int choosing;		/* atomic: a task is in out_of_memory() */

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

/*
 * Is the whole process of @t on its way out, perhaps with its mm gone from the task but not yet from memory? A thread that ends
 * alone frees nothing.
 */
static bool is_exiting(const struct task *t)
{
	return READ_ONCE(t->state) != TASK_DEAD && (READ_ONCE(t->proc->group_exit) || READ_ONCE(t->proc->nr_live) == 0);
}

/* What the report says of a task, copied while tasklist_lock is held and printed when it is not. */
struct oom_task {
	int pid;
	char name[TASK_NAME_LEN];
	unsigned long badness, anon, swap, file, shmem, tables, vmas;
	unsigned long objects;		/* pages of memory objects that it has handles of */
};

#define OOM_REPORTED	10	/* tasks, the largest first */

struct oom_report {
	struct oom_task largest[OOM_REPORTED];
	unsigned int nr, nr_others;
	struct oom_task victim;		/* whose end frees most; pid 0: there is none */
	bool wait;			/* a process is on its way out already: wait for it instead of killing another */
};

static void describe(struct oom_task *to, const struct task *t, unsigned long pages, unsigned long objects)
{
	*to = (struct oom_task){
		.pid = t->tgid, .badness = pages, .anon = t->mm->nr_anon, .swap = t->mm->nr_swap, .file = t->mm->nr_file,
		.shmem = t->mm->nr_shmem, .tables = t->mm->pgtables_bytes / PAGE_SIZE, .vmas = vma_pages_of(t->mm),
		.objects = objects,
	};
	(void)strscpy(to->name, t->name, TASK_NAME_LEN);
}

/* Enter @t among the largest, if it is one of them. */
static void report_add(struct oom_report *report, const struct task *t, unsigned long pages, unsigned long objects)
{
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
	describe(&report->largest[at], t, pages, objects);
}

static bool look_at(struct task *t, void *arg)
{
	struct oom_report *report = arg;
	unsigned long pages, objects;

	report->wait = is_exiting(t);
	if (!t->mm || t != thread_with_mm(t->proc))	/* each process once */
		return !report->wait;
	objects = handles_pages(t->proc);
	pages = badness(t->mm) + objects;
	report_add(report, t, pages, objects);
	if (killable(t) && (!report->victim.pid || pages > report->victim.badness))
		describe(&report->victim, t, pages, objects);
	return !report->wait;
}

static void print_report(const struct oom_report *report)
{
	const struct oom_task *victim = &report->victim;

	printk("Out of memory: %lu of %lu pages are free\n", nr_free_pages(), nr_total_pages());
	for (unsigned int i = 0; i < report->nr; i++) {
		const struct oom_task *t = &report->largest[i];

		printk("  %5d %-15s anon %lu swap %lu file %lu shared %lu tables %lu VMAs %lu objects %lu\n", t->pid, t->name, t->anon,
		       t->swap, t->file, t->shmem, t->tables, t->vmas, t->objects);
	}
	if (report->nr_others)
		printk("  and %u smaller processes\n", report->nr_others);
	printk("Out of memory: killed process %d (%s), %lu pages\n", victim->pid, victim->name, victim->badness);
}

/*
 * Process @pid goes, with every other that runs in its mm: a vfork child and its parent free nothing one without the other.
 * False: it has ended meanwhile, or is about to.
 */
static bool kill_users_of_mm(int pid)
{
	static const struct sig_event kill = { .signo = SIGKILL };
	struct process *p;
	struct task *victim, *t;
	bool found;

	spin_lock(&tasklist_lock);
	p = find_process(pid);
	victim = p ? thread_with_mm(p) : NULL;
	found = victim && killable(victim) && !is_exiting(victim);
	if (found) {
		list_for_each_entry(t, &all_tasks, task_node)
			if (t->mm == victim->mm && killable(t))
				send_process(t->proc, &kill);
		count_vm_event(OOM_KILL);
	}
	spin_unlock(&tasklist_lock);
	return found;
}

void out_of_memory(void)
{
	struct oom_report report = { .nr = 0 };

	/* The failure was injected, or a process has just ended: the next try succeeds. */
	if (nr_free_pages() > wmark_high)
		return;

	/* One decision at a time: two that look at once may find two victims. */
	if (__atomic_exchange_n(&choosing, 1, __ATOMIC_ACQUIRE)) {
		yield();
		return;
	}
	visit_tasks(look_at, &report);
	if (!report.wait && report.victim.pid) {
		if (kill_users_of_mm(report.victim.pid))
			print_report(&report);
	} else if (!report.wait) {
		printk("Out of memory: only init is left, and it wants more\n");
		force_fatal(SIGKILL, 0);
	}
	__atomic_store_n(&choosing, 0, __ATOMIC_RELEASE);
	yield();
}
