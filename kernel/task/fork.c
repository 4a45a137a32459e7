/* SPDX-License-Identifier: MIT */
/*
 * clone(2): a new process, either with a copy of the caller's memory (fork) or, for a moment,
 * inside it (vfork: the caller sleeps until the child execs or exits).
 *
 *	allocate: process, task + kernel stack, files, mm	-- may fail, unwinds
 *	commit: pid, family, run queue				-- nothing fails but for the pid
 */
#include "kernel/arch/regs.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/fp.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"

#define CSIGNAL			0x000000ffUL
#define CLONE_VM		0x00000100UL
#define CLONE_VFORK		0x00004000UL
#define CLONE_SETTLS		0x00080000UL
#define CLONE_PARENT_SETTID	0x00100000UL
#define CLONE_CHILD_CLEARTID	0x00200000UL
#define CLONE_CHILD_SETTID	0x01000000UL
#define CLONE_SUPPORTED	(CSIGNAL | CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID | \
			 CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID)

struct clone_args {
	unsigned long flags, stack, parent_tid, tls, child_tid;
};

/* What the child's process takes over from its parent's. */
static void copy_process_state(struct process *p, unsigned long flags)
{
	struct process *parent = current->proc;

	spin_lock(&parent->siglock);
	memcpy(p->action, parent->action, sizeof(p->action));
	spin_unlock(&parent->siglock);
	p->exit_signal = (int)(flags & CSIGNAL);
	p->sigreturn_tramp = parent->sigreturn_tramp;
}

static void copy_task_state(struct task *t, const struct clone_args *args)
{
	*t->regs = *task_pt_regs(current);
	t->regs->a0 = 0;
	if (args->stack)
		t->regs->sp = args->stack;
	if (args->flags & CLONE_SETTLS)
		t->regs->tp = args->tls;
	fp_fork(t);

	memcpy(t->name, current->name, sizeof(t->name));
	t->blocked = current->blocked;
	t->altstack = current->altstack;
	if (args->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = args->child_tid;
}

static int copy_mm(struct task *t, unsigned long flags)
{
	if (flags & CLONE_VM) {
		mmget(current->mm);
		t->mm = current->mm;
		return 0;
	}
	t->mm = dup_mm(current->mm);
	return t->mm ? 0 : -ENOMEM;
}

/*
 * Make the child known: id, parent, group. Returns: 0, -EAGAIN, or -ERESTARTNOINTR.
 *
 * A signal to many goes under tasklist_lock to all whom it finds there. The child is not one of them yet: so if such
 * a signal, or any that ends the parent, has come since the call began, the parent acts on it first and then calls again.
 * (Not for each signal: under a rain of them fork would not end.)
 */
static int join_family(struct task *t, struct process *p, unsigned long flags, unsigned int group_signals)
{
	struct process *parent = current->proc;
	int ret = -EAGAIN;

	spin_lock(&tasklist_lock);
	if (fatal_signal_pending(current) || (parent->group_signals != group_signals && signal_pending(current))) {
		ret = -ERESTARTNOINTR;
	} else if (attach_task(t, p)) {
		p->parent = parent;
		p->pgid = parent->pgid;
		p->sid = parent->sid;
		limits_fork(p, t);
		list_add_tail(&p->sibling, &parent->children);
		if (flags & CLONE_VFORK) {
			t->vforker = current;
			current->vfork_waiting = true;
		}
		ret = 0;
	}
	spin_unlock(&tasklist_lock);
	return ret;
}

/* Sleep until the vfork child @pid has done with our memory; only death ends it earlier. */
static void wait_for_vfork_child(int pid)
{
	struct task *child;

	for (;;) {
		set_current_state(TASK_KILLABLE);
		if (!READ_ONCE(current->vfork_waiting) || fatal_signal_pending(current))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);

	spin_lock(&tasklist_lock);
	child = find_task(pid);
	if (child && child->vforker == current)
		child->vforker = NULL;
	current->vfork_waiting = false;
	spin_unlock(&tasklist_lock);
}

static long do_clone(const struct clone_args *args)
{
	unsigned int group_signals = READ_ONCE(current->proc->group_signals);
	struct process *p;
	struct task *t;
	int pid, ret = -ENOMEM;

	if (signal_pending(current))	/* it came before the call, but not so early that we saw it */
		return -ERESTARTNOINTR;
	p = alloc_process();
	if (!p)
		return -ENOMEM;
	t = alloc_task();
	if (!t)
		goto out_free_process;
	p->files = files_fork(current->proc->files);
	if (!p->files)
		goto out_free_task;
	ret = copy_mm(t, args->flags);
	if (ret < 0)
		goto out_put_files;
	copy_process_state(p, args->flags);
	copy_task_state(t, args);
	race_point_sleep("fork: copied, not known");
	ret = join_family(t, p, args->flags, group_signals);
	if (ret < 0)
		goto out_put_mm;

	/* commit: nothing below fails */
	pid = t->pid;
	if (args->flags & CLONE_CHILD_SETTID)
		(void)mm_write(t->mm, args->child_tid, &pid, sizeof(pid), /* force = */ false);
	if (args->flags & CLONE_PARENT_SETTID)
		(void)!put_user_u32((u32)pid, args->parent_tid);
	sched_begin_slice();
	wake_up_new_task(t);
	if (args->flags & CLONE_VFORK)
		wait_for_vfork_child(pid);
	return pid;

out_put_mm:
	mmput(t->mm);
	t->mm = NULL;
out_put_files:
	files_put(p->files);
	p->files = NULL;
out_free_task:
	free_task(t);
out_free_process:
	free_process(p);
	return ret;
}

/* clone(flags, stack, parent_tid, tls, child_tid) */
SYSCALL_DEFINE(sys_clone)
{
	struct clone_args args = { a0, a1, a2, a3, a4 };

	if (args.flags & ~CLONE_SUPPORTED)
		return -EINVAL;
	if ((args.flags & CSIGNAL) > NSIG)
		return -EINVAL;
	/* Two tasks that run in one mm are threads, which come with their own flags. */
	if ((args.flags & CLONE_VM) && !(args.flags & CLONE_VFORK))
		return -EINVAL;
	return do_clone(&args);
}
