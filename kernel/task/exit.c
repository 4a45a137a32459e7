/* SPDX-License-Identifier: MIT */
/*
 * The end of a process, and its parent's wait for it.
 *
 *	do_exit(): mm, files -> children to init -> zombie, SIGCHLD -> off the hart for ever
 *	wait4(): the zombie's status; frees task, stack and process when its hart has left it
 *
 * A zombie keeps its struct task, its struct process and the kernel stack that it switched
 * away from, nothing else.
 */
#include "kernel/arch/riscv.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/latency.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"

#define WNOHANG		0x00000001
#define WUNTRACED	0x00000002
#define WCONTINUED	0x00000008
#define __WNOTHREAD	0x20000000	/* without threads: no difference */
#define __WALL		0x40000000	/* children of both kinds */
#define __WCLONE	0x80000000	/* only those whose end is told by another signal than SIGCHLD, or by none */
#define WAIT_FLAGS	(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WALL | __WCLONE)

void mm_release(void)
{
	spin_lock(&tasklist_lock);
	if (current->vforker) {
		current->vforker->vfork_waiting = false;
		wake_up_process(current->vforker);
		current->vforker = NULL;
	}
	spin_unlock(&tasklist_lock);
}

static void exit_mm(void)
{
	struct mm_struct *mm = current->mm;

	if (!mm)
		return;
	/* Nobody can see the word when the memory goes with us. */
	if (current->clear_child_tid && atomic_read(&mm->mm_users) > 1)
		(void)!put_user_u32(0, current->clear_child_tid);
	current->proc->maxrss = mm_maxrss(mm);
	set_task_mm(NULL);
	mm_release();
	mmput(mm);
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

/* @child and what it has waited for have ended: @parent has waited for them. tasklist_lock held. Returns the sum. */
static struct usage add_child_usage(struct process *parent, const struct process *child)
{
	struct usage usage = task_usage(child->leader);

	usage.maxrss = child->maxrss;
	usage_add(&usage, &child->children_usage);
	usage_add(&parent->children_usage, &usage);
	return usage;
}

/* Become a zombie and tell the parent; or, when the parent ignores SIGCHLD, be freed without a wait. */
static void exit_notify(struct process *p, int status)
{
	struct process *parent;
	const struct ksigaction *sa;
	struct sig_event event = {
		.signo = p->exit_signal,
		.code = status & 0x7f ? CLD_KILLED : CLD_EXITED,
		.pid = p->pid,
		.status = status & 0x7f ? status & 0x7f : status >> 8,
	};

	spin_lock(&tasklist_lock);
	parent = p->parent;
	sa = &parent->action[SIGCHLD - 1];
	reparent_children(p);

	spin_lock(&p->siglock);
	p->exit_status = status;
	p->zombie = true;
	spin_unlock(&p->siglock);

	if (p->exit_signal == SIGCHLD && (sa->handler == SIG_IGN || (sa->flags & SA_NOCLDWAIT))) {
		current->flags |= TASK_AUTOREAP;
		list_del_init(&p->sibling);
		detach_task(current);
		add_child_usage(parent, p);
	}
	if (p->exit_signal)
		send_process(parent, &event);
	wake_up(&parent->child_wait);
	spin_unlock(&tasklist_lock);
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
	unsigned int spaces = 0;
	struct task *t;

	spin_lock(&tasklist_lock);
	list_for_each_entry(t, &all_tasks, task_node)
		spaces += t->mm != NULL;
	if (spaces <= 1)
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
	machine_exit(status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff);
}

void do_exit(int status)
{
	struct process *p = current->proc;

	BUG_ON(current->flags & TASK_IDLE);
	if (p == init_process)
		init_exited(status);

	current->flags |= TASK_EXITING;
	itimers_exit(p);
	exit_mm();
	files_put(p->files);
	p->files = NULL;
	exit_notify(p, status);

	/* The parent may have freed everything as soon as this hart has switched. */
	set_current_state(TASK_DEAD);
	schedule();
	panic("dead task %d runs again", current->pid);
}

void do_group_exit(int status)
{
	struct process *p = current->proc;

	spin_lock(&p->siglock);
	if (!p->group_exit) {
		p->group_exit = true;
		p->group_exit_status = status;
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

/* ---- wait4 ---- */

struct wait_args {
	int pid;
	unsigned int options;

	/* Result. */
	int child, status;
	struct usage usage;
	struct task *dead;		/* to be freed */
};

static bool wanted(const struct process *child, const struct wait_args *w)
{
	bool clone = child->exit_signal != SIGCHLD;

	if (!(w->options & __WALL) && clone != !!(w->options & __WCLONE))
		return false;
	if (w->pid > 0)
		return child->pid == w->pid;
	if (w->pid == 0)
		return child->pgid == current->proc->pgid;
	return w->pid == -1 || child->pgid == -w->pid;
}

/* Is there news of @child? Fills the result; takes a zombie out of the family. */
static bool take_news(struct process *child, struct wait_args *w)
{
	bool news = false;

	if (child->zombie) {
		w->dead = child->leader;
		w->status = child->exit_status;
		list_del_init(&child->sibling);
		detach_task(w->dead);
		w->usage = add_child_usage(current->proc, child);
		news = true;
	}
	spin_lock(&child->siglock);
	if (!news && (w->options & WUNTRACED) && child->stop_signal && !child->stop_reported) {
		child->stop_reported = true;
		w->status = child->stop_signal << 8 | 0x7f;
		news = true;
	}
	if (!news && (w->options & WCONTINUED) && child->continued) {
		child->continued = false;
		w->status = 0xffff;
		news = true;
	}
	spin_unlock(&child->siglock);
	if (news)
		w->child = child->pid;
	return news;
}

/* Look through the children once. Returns: 1 with a result, 0 to wait for one, -ECHILD. */
static int wait_scan(struct wait_args *w)
{
	struct process *child;
	int ret = -ECHILD;

	spin_lock(&tasklist_lock);
	list_for_each_entry(child, &current->proc->children, sibling) {
		if (!wanted(child, w))
			continue;
		ret = 0;
		if (take_news(child, w)) {
			ret = 1;
			break;
		}
	}
	spin_unlock(&tasklist_lock);
	return ret;
}

static int wait_for_child(struct wait_args *w)
{
	struct wait_entry entry = { .node = LIST_HEAD_INIT(entry.node) };
	struct wait_queue *wq = &current->proc->child_wait;
	int ret;

	for (;;) {
		prepare_to_wait(wq, &entry, TASK_INTERRUPTIBLE);
		ret = wait_scan(w);
		if (ret != 0 || (w->options & WNOHANG))
			break;
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	finish_wait(wq, &entry);
	return ret;
}

static void reap(struct task *t)
{
	/* Between its last words and the switch there are a few instructions, on another hart. */
	while (__atomic_load_n(&t->on_cpu, __ATOMIC_ACQUIRE))
		cpu_relax();
	free_dead(t);
}

/* wait4(pid, status, options, rusage) */
SYSCALL_DEFINE(sys_wait4)
{
	struct wait_args w = { .pid = (int)a0, .options = (unsigned int)a2 };
	int ret;

	if (w.options & ~WAIT_FLAGS)
		return -EINVAL;
	if (w.pid == (int)0x80000000)
		return -ESRCH;
	ret = wait_for_child(&w);
	if (ret <= 0)
		return ret;
	if (w.dead)
		reap(w.dead);

	if (a1 && put_user_u32((u32)w.status, a1) < 0)
		return -EFAULT;
	if (a3 && usage_to_user(&w.usage, a3) < 0)
		return -EFAULT;
	return w.child;
}
