/* SPDX-License-Identifier: MIT */
/* wait4(2): news of children. A zombie's task, stack and process are freed here, when its hart has left it. */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/syscall.h"
#include "kernel/sched/sched.h"
#include "kernel/task/exit.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"

#define WNOHANG		0x00000001
#define WUNTRACED	0x00000002
#define WCONTINUED	0x00000008
#define __WNOTHREAD	0x20000000	/* without threads: no difference */
#define __WALL		0x40000000	/* children of both kinds */
#define __WCLONE	0x80000000	/* only those whose end is told by another signal than SIGCHLD, or by none */
#define WAIT_FLAGS	(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WALL | __WCLONE)

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
		w->usage = take_zombie(child);
		news = true;
	}
	spin_lock(&child->siglock);
	if (!news && (w->options & WUNTRACED) && stop_is_complete(child) && !child->stop_reported) {
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
	if (w.dead) {
		wait_off_cpu(w.dead);
		free_dead(w.dead);
	}

	if (a1 && put_user_u32((u32)w.status, a1) < 0)
		return -EFAULT;
	if (a3 && usage_to_user(&w.usage, a3) < 0)
		return -EFAULT;
	return w.child;
}
