/* SPDX-License-Identifier: MIT */
/*
 * The end of a thread, and with the last one of its process.
 *
 *	do_exit()	no more signals -> futexes, mm -> off the list of threads
 *	 the last:	files, handles -> children to init -> zombie, SIGCHLD to the parent
 *	schedule()	off the hart for ever; a thread that is not the leader is freed then
 *
 * A zombie keeps its leader's struct task and kernel stack and its struct process, nothing else, until wait4().
 */
#include "kernel/arch/riscv.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/core/race.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/latency.h"
#include "kernel/sched/sched.h"
#include "kernel/task/exit.h"
#include "kernel/task/futex.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"

void vfork_done(void)
{
	struct process *p = current->proc;

	if (likely(!READ_ONCE(p->vforker)))	/* set before we ran the first time, if at all */
		return;
	spin_lock(&tasklist_lock);
	if (p->vforker) {
		p->vforker->vfork_waiting = false;
		wake_up_process(p->vforker);
		p->vforker = NULL;
	}
	spin_unlock(&tasklist_lock);
}

void release_user_words(void)
{
	unsigned long tid = current->clear_child_tid;

	exit_robust_list();
	current->clear_child_tid = 0;
	/* Nobody can see the word when the memory goes with us. */
	if (!tid || atomic_read(&current->mm->mm_users) == 1)
		return;
	if (put_user_u32(0, tid) == 0)
		(void)futex_wake_user(tid, 1);
}

/* Returns the most pages that it had in memory. */
static unsigned long exit_mm(void)
{
	struct mm_struct *mm = current->mm;
	unsigned long maxrss;

	if (!mm)
		return 0;
	release_user_words();
	maxrss = mm_maxrss(mm);
	set_task_mm(NULL);
	mmput(mm);
	return maxrss;
}

/* Children that lose their parent become init's; the dead among them wake it. */
static void reparent_children(struct process *p)
{
	struct process *child, *next;
	bool zombies = false;

	list_for_each_entry_safe(child, next, &p->children, sibling) {
		child->parent = init_process;
		child->exit_signal = SIGCHLD;
		zombies |= child->zombie;
		list_move_tail(&child->sibling, &init_process->children);
	}
	if (zombies) {
		struct sig_event event = { .signo = SIGCHLD, .code = SI_KERNEL };

		send_process(init_process, &event);
		wake_up(&init_process->child_wait);
	}
}

struct usage take_zombie(struct process *child)
{
	struct usage usage = task_usage(child->leader);

	VM_BUG_ON(!spin_is_held(&tasklist_lock) || !child->zombie);
	list_del_init(&child->sibling);
	detach_task(child->leader);
	usage_add(&usage, &child->dead_usage);
	usage.maxrss = child->maxrss;
	usage_add(&usage, &child->children_usage);
	usage_add(&child->parent->children_usage, &usage);
	return usage;
}

void wait_off_cpu(const struct task *t)
{
	while (__atomic_load_n(&t->on_cpu, __ATOMIC_ACQUIRE))
		cpu_relax();
}

/*
 * Become a zombie and tell the parent; or, when the parent ignores SIGCHLD, leave without its wait. Returns: the leader when it
 * is to be freed now, since it is dead and not current.
 */
static struct task *exit_notify(struct process *p)
{
	struct process *parent;
	struct task *leader = p->leader, *to_free = NULL;
	const struct ksigaction *sa;
	struct sig_event event = {
		.signo = p->exit_signal,
		.code = p->exit_status & 0x7f ? CLD_KILLED : CLD_EXITED,
		.pid = p->pid,
		.status = p->exit_status & 0x7f ? p->exit_status & 0x7f : p->exit_status >> 8,
	};

	spin_lock(&tasklist_lock);
	parent = p->parent;
	sa = &parent->action[SIGCHLD - 1];
	reparent_children(p);

	spin_lock(&p->siglock);
	p->zombie = true;
	spin_unlock(&p->siglock);

	if (p->exit_signal == SIGCHLD && (sa->handler == SIG_IGN || (sa->flags & SA_NOCLDWAIT))) {
		take_zombie(p);
		if (leader == current)
			current->flags |= TASK_AUTOREAP;
		else
			to_free = leader;
	}
	if (event.signo)
		send_process(parent, &event);
	wake_up(&parent->child_wait);
	spin_unlock(&tasklist_lock);
	return to_free;
}

#ifdef PAGE_OWNER
static bool is_alive(int pid)
{
	return find_task(pid);
}

/*
 * Beside other address spaces nothing can be told: their harts have frames in their hands that no entry maps. And other harts may
 * still be in the kernel for a process that has just ended: it is counted as alive.
 */
static void report_leaks(void)
{
	unsigned int others = 0;
	struct task *t;

	spin_lock(&tasklist_lock);
	list_for_each_entry(t, &all_tasks, task_node)
		others += t->mm && t != current;
	if (others == 0)
		owner_report_lost(is_alive);
	spin_unlock(&tasklist_lock);
}
#else
static void report_leaks(void) { }
#endif

static void init_exited(int status)
{
	report_leaks();
	latency_report();
	shuffle_report();
	machine_exit(status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff);
}

/* No signal is for current any more: those that others may take are theirs. */
static void leave_signals(struct process *p, int status)
{
	bool stopped;

	spin_lock(&p->siglock);
	current->flags |= TASK_EXITING;
	p->nr_live--;
	if (current == p->leader || p->group_exit)
		p->exit_status = p->group_exit ? p->group_exit_status : status;
	signals_retarget(~current->blocked);
	stopped = stop_is_complete(p);
	spin_unlock(&p->siglock);
	if (stopped)
		notify_stop(p);
}

/* Current is no thread of @p any more, but for the leader, who stays on the list. Returns: was it the last that had not ended? */
static bool leave_threads(struct process *p, unsigned long maxrss)
{
	struct usage usage;
	bool last;

	spin_lock(&tasklist_lock);
	spin_lock(&p->siglock);
	p->maxrss = max(p->maxrss, maxrss);
	if (current != p->leader) {
		usage = task_usage(current);
		detach_task(current);
		usage_add(&p->dead_usage, &usage);
		current->flags |= TASK_AUTOREAP;
	}
	last = --p->nr_attached == 0;
	if (p->nr_attached == 1 && p->exec_thread)
		wake_up_process(p->exec_thread);
	spin_unlock(&p->siglock);
	spin_unlock(&tasklist_lock);
	return last;
}

/* The last thread: what it shared with the others goes, and its parent learns of it. */
static void process_exit(struct process *p)
{
	struct task *leader;

	itimers_exit(p);
	files_put(p->files);
	p->files = NULL;
	personality_exit(p);
	handles_exit(p);
	vfork_done();
	leader = exit_notify(p);
	if (leader) {
		wait_off_cpu(leader);
		free_dead(leader);
	}
}

void do_exit(int status)
{
	struct process *p = current->proc;
	unsigned long maxrss;

	BUG_ON(current->flags & TASK_IDLE);
	if (p == init_process && (p->group_exit || READ_ONCE(p->nr_live) == 1))
		init_exited(p->group_exit ? p->group_exit_status : status);

	leave_signals(p, status);
	maxrss = exit_mm();
	if (leave_threads(p, maxrss))
		process_exit(p);

	/*
	 * @p may be gone from here on, and current as soon as this hart has switched: nothing may sleep in between, since those
	 * who free the leader take !on_cpu for dead.
	 */
	set_current_state(TASK_DEAD);
	schedule();
	panic("dead task %d runs again", current->pid);
}

void do_group_exit(int status)
{
	struct process *p = current->proc;

	spin_lock(&p->siglock);
	if (!p->group_exit) {
		p->group_exit_status = status;
		WRITE_ONCE(p->group_exit, true);
		kill_threads(p, current);
	}
	set_work(current, WORK_SIGNAL | WORK_FATAL);
	status = p->group_exit_status;
	spin_unlock(&p->siglock);
	do_exit(status);
}

/* exit(code), exit_group(code) */
SYSCALL_DEFINE(sys_exit)
{
	do_exit((int)(a0 & 0xff) << 8);
}

SYSCALL_DEFINE(sys_exit_group)
{
	do_group_exit((int)(a0 & 0xff) << 8);
}
