/* SPDX-License-Identifier: MIT */
/*
 * clone(2) and clone3(2): a thread of the caller's process, or a new process, with a copy of the caller's memory (fork) or
 * inside it (vfork: the caller sleeps until the child execs or exits).
 *
 *	allocate: task + kernel stack; process, files, mm	-- may fail, unwinds
 *	commit: pid, threads or family, run queue		-- nothing fails but for the pid
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
#include "uapi/clone.h"

/* CLONE_FS and CLONE_SYSVSEM share nothing: no process has a folder or a mask of its own, and there are no such semaphores. */
#define CLONE_SUPPORTED	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | CLONE_THREAD | CLONE_SYSVSEM | \
			 CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID)

struct clone_args {
	unsigned long flags;		/* CLONE_* */
	int exit_signal;		/* to the parent of a new process, or 0 */
	unsigned long stack;		/* sp of the child; 0: as the caller's */
	unsigned long parent_tid, tls, child_tid;
};

/* What the child's process takes over from its parent's. */
static void copy_process_state(struct process *p, const struct clone_args *args)
{
	struct process *parent = current->proc;

	spin_lock(&parent->siglock);
	memcpy(p->action, parent->action, sizeof(p->action));
	spin_unlock(&parent->siglock);
	if (args->flags & CLONE_CLEAR_SIGHAND)
		actions_to_default(p);
	p->exit_signal = args->exit_signal;
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
	t->cpus_allowed = READ_ONCE(current->cpus_allowed);
	/* One of two that run in the same memory needs an alternate stack of its own; a vfork child has its parent's. */
	if (!(args->flags & CLONE_VM) || (args->flags & CLONE_VFORK))
		t->altstack = current->altstack;
	if (args->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = args->child_tid;
}

/* @t runs in the caller's memory. */
static void share_mm(struct task *t)
{
	mm_set_shared(current->mm);
	mmget(current->mm);
	t->mm = current->mm;
}

static int copy_mm(struct task *t, unsigned long flags)
{
	if (flags & CLONE_VM) {
		share_mm(t);
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
	spin_lock(&p->siglock);
	if (fatal_signal_pending(current) || (parent->group_signals != group_signals && signal_pending(current))) {
		ret = -ERESTARTNOINTR;
	} else if (attach_task(t, p)) {
		p->parent = parent;
		p->pgid = parent->pgid;
		p->sid = parent->sid;
		limits_fork(p, t);
		list_add_tail(&p->sibling, &parent->children);
		if (flags & CLONE_VFORK) {
			p->vforker = current;
			current->vfork_waiting = true;
		}
		ret = 0;
	}
	spin_unlock(&p->siglock);
	spin_unlock(&tasklist_lock);
	return ret;
}

/* The same for a thread: what all threads are to do by now, it does as well. Returns: 0, -EAGAIN, or -ERESTARTNOINTR. */
static int join_process(struct task *t)
{
	struct process *p = current->proc;
	int ret = -EAGAIN;

	spin_lock(&tasklist_lock);
	spin_lock(&p->siglock);
	if (thread_must_end(current)) {
		ret = -ERESTARTNOINTR;
	} else if (attach_task(t, p)) {
		recalc_sigpending(t);
		ret = 0;
	}
	spin_unlock(&p->siglock);
	spin_unlock(&tasklist_lock);
	return ret;
}

/* Sleep until the vfork child @pid has done with our memory; only death ends it earlier. */
static void wait_for_vfork_child(int pid)
{
	struct process *child;

	for (;;) {
		set_current_state(TASK_KILLABLE);
		if (!READ_ONCE(current->vfork_waiting) || fatal_signal_pending(current))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);

	spin_lock(&tasklist_lock);
	child = find_process(pid);
	if (child && child->vforker == current)
		child->vforker = NULL;
	current->vfork_waiting = false;
	spin_unlock(&tasklist_lock);
}

/* Nothing fails any more: tell the ids, run it, wait for a vfork child. Returns the id. */
static long start_child(struct task *t, const struct clone_args *args)
{
	int pid = t->pid;

	if (args->flags & CLONE_CHILD_SETTID)
		(void)mm_write(t->mm, args->child_tid, &pid, sizeof(pid), /* force = */ false);
	if (args->flags & CLONE_PARENT_SETTID)
		(void)!put_user_u32((u32)pid, args->parent_tid);
	sched_begin_slice();
	wake_up_new_task(t);
	if (args->flags & CLONE_VFORK)
		wait_for_vfork_child(pid);
	return pid;
}

static long clone_thread(const struct clone_args *args)
{
	struct task *t = alloc_task();
	int ret;

	if (!t)
		return -ENOMEM;
	t->proc = current->proc;
	copy_task_state(t, args);
	share_mm(t);
	race_point_sleep("clone: a thread, not known");
	ret = join_process(t);
	if (ret == 0)
		return start_child(t, args);
	t->mm = NULL;
	mmput(current->mm);
	free_task(t);
	return ret;
}

static struct files *copy_files(unsigned long flags)
{
	struct files *files = current->proc->files;

	if (!(flags & CLONE_FILES))
		return files_fork(files);
	files_get(files);
	return files;
}

static long clone_process(const struct clone_args *args)
{
	unsigned int group_signals = READ_ONCE(current->proc->group_signals);
	struct process *p;
	struct task *t;
	int ret = -ENOMEM;

	p = alloc_process();
	if (!p)
		return -ENOMEM;
	t = alloc_task();
	if (!t)
		goto out_free_process;
	p->files = copy_files(args->flags);
	if (!p->files)
		goto out_free_task;
	ret = handles_fork(p);
	if (ret < 0)
		goto out_put_files;
	personality_inherit(p);
	ret = copy_mm(t, args->flags);
	if (ret < 0)
		goto out_close_handles;
	copy_process_state(p, args);
	copy_task_state(t, args);
	race_point_sleep("fork: copied, not known");
	ret = join_family(t, p, args->flags, group_signals);
	if (ret == 0) {
		personality_fork(p->pid);
		return start_child(t, args);
	}

	mmput(t->mm);
	t->mm = NULL;
out_close_handles:
	handles_exit(p);
out_put_files:
	files_put(p->files);
	p->files = NULL;
out_free_task:
	free_task(t);
out_free_process:
	free_process(p);
	return ret;
}

static long do_clone(const struct clone_args *args)
{
	unsigned long flags = args->flags;

	/* A thread shares all that it can; signal handlers are shared by threads only. */
	if ((flags & CLONE_THREAD) && (flags & (CLONE_VM | CLONE_SIGHAND | CLONE_FILES)) != (CLONE_VM | CLONE_SIGHAND | CLONE_FILES))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_THREAD))
		return -EINVAL;
	if ((flags & CLONE_CLEAR_SIGHAND) && (flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && (flags & CLONE_VFORK))
		return -EINVAL;
	if (signal_pending(current))	/* it came before the call, but not so early that we saw it */
		return -ERESTARTNOINTR;
	return flags & CLONE_THREAD ? clone_thread(args) : clone_process(args);
}

/* clone(flags, stack, parent_tid, tls, child_tid) */
SYSCALL_DEFINE(sys_clone)
{
	struct clone_args args = {
		.flags = (a0 & 0xffffffffUL) & ~(CSIGNAL | CLONE_DETACHED), .exit_signal = (int)(a0 & CSIGNAL),
		.stack = a1, .parent_tid = a2, .tls = a3, .child_tid = a4,
	};

	if ((args.flags & ~CLONE_SUPPORTED) || args.exit_signal > NSIG)
		return -EINVAL;
	return do_clone(&args);
}

/* What clone3() is given: its first version, and two words of later ones. */
struct user_clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	u64 set_tid, set_tid_size, cgroup;
};

#define CLONE_ARGS_SIZE_MIN	64	/* up to tls */

/* clone3(args, size) */
SYSCALL_DEFINE(sys_clone3)
{
	struct user_clone_args u = { 0 };
	struct clone_args args;
	size_t size = a1;
	int ret;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_MIN)
		return -EINVAL;
	ret = copy_struct_from_user(&u, sizeof(u), a0, size);
	if (ret < 0)
		return ret;
	if ((u.flags & ~(CLONE_SUPPORTED | CLONE_CLEAR_SIGHAND)) || u.exit_signal > NSIG || u.set_tid_size || u.set_tid)
		return -EINVAL;
	if ((u.flags & CLONE_THREAD) && u.exit_signal)
		return -EINVAL;
	if (!u.stack != !u.stack_size || !access_ok(u.stack, u.stack_size))
		return -EINVAL;
	args = (struct clone_args){
		.flags = u.flags, .exit_signal = (int)u.exit_signal, .stack = u.stack + u.stack_size,
		.parent_tid = u.parent_tid, .tls = u.tls, .child_tid = u.child_tid,
	};
	return do_clone(&args);
}
