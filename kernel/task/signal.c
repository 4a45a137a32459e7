/* SPDX-License-Identifier: MIT */
/*
 * Sending signals; signal.h. Pending sets, masks and actions of a process and its threads are under proc->siglock.
 *
 *	send_process()	the process's set -> one thread that does not block it: WORK_SIGNAL, wake-up, kick
 *	send_task()	that thread's set -> the same
 *	SIGKILL		in no set: every thread ends, see kill_threads()
 *
 * A thread that blocks more signals or ends may be the one that was chosen: then the others are told (signals_retarget()).
 */
#include "kernel/core/bug.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"

#define IGNORED_SIGNALS	(SIGMASK(SIGCHLD) | SIGMASK(SIGCONT) | SIGMASK(SIGURG) | SIGMASK(SIGWINCH))
#define UNMASKABLE	(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP))

const char *signal_name(int signo)
{
	static const char *const names[] = {
		[SIGHUP] = "SIGHUP", [SIGINT] = "SIGINT", [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
		[SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS", [SIGFPE] = "SIGFPE",
		[SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1", [SIGSEGV] = "SIGSEGV",
		[SIGUSR2] = "SIGUSR2", [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM",
		[SIGTERM] = "SIGTERM",
	};

	if (signo > 0 && signo < (int)ARRAY_SIZE(names) && names[signo])
		return names[signo];
	return "a signal";
}

void recalc_sigpending(struct task *t)
{
	u64 pending = t->pending.mask | t->proc->shared_pending.mask;

	VM_BUG_ON(!spin_is_held(&t->proc->siglock));
	if (thread_must_end(t))
		set_work(t, WORK_SIGNAL | WORK_FATAL);
	else if ((pending & ~t->blocked) || t->forced.signo || t->proc->stop_signal)
		set_work(t, WORK_SIGNAL);
	else
		clear_work(t, WORK_SIGNAL);
}

void signal_wake_up(struct task *t)
{
	set_work(t, WORK_SIGNAL);
	if (!wake_up_state(t, TASK_INTERRUPTIBLE))
		kick_task(t);
}

void signals_retarget(u64 mask)
{
	struct process *p = current->proc;
	struct task *t;

	VM_BUG_ON(!spin_is_held(&p->siglock));
	mask &= p->shared_pending.mask;
	if (likely(!mask))
		return;
	list_for_each_entry(t, &p->threads, thread_node)
		if (t != current && !(t->flags & TASK_EXITING) && (mask & ~t->blocked))
			signal_wake_up(t);
}

/* siglock held. */
static void set_blocked_locked(u64 mask)
{
	u64 more = mask & ~current->blocked;

	current->blocked = mask & ~UNMASKABLE;
	signals_retarget(more);
	recalc_sigpending(current);
}

void set_blocked(u64 mask)
{
	spin_lock(&current->proc->siglock);
	set_blocked_locked(mask);
	spin_unlock(&current->proc->siglock);
}

void signals_wait_for(u64 mask)
{
	spin_lock(&current->proc->siglock);
	current->sigwait = mask & current->blocked;
	current->blocked &= ~mask;
	recalc_sigpending(current);
	spin_unlock(&current->proc->siglock);
}

bool signals_take(u64 mask, struct sig_event *event)
{
	struct process *p = current->proc;
	bool found;

	spin_lock(&p->siglock);
	found = sigpending_take(&current->pending, ~mask, event) || sigpending_take(&p->shared_pending, ~mask, event);
	set_blocked_locked(current->blocked | current->sigwait);
	current->sigwait = 0;
	spin_unlock(&p->siglock);
	return found;
}

/* ---- sending ---- */

bool is_ignored(const struct process *p, int signo)
{
	unsigned long handler = p->action[signo - 1].handler;

	if (SIGMASK(signo) & UNMASKABLE)
		return p == init_process;
	if (handler == SIG_IGN)
		return true;
	/* Nobody can end pid 1 by a signal that it has not asked for. */
	return handler == SIG_DFL && ((SIGMASK(signo) & IGNORED_SIGNALS) || p == init_process);
}

/* SIGCONT and the stopping signals cancel each other; SIGCONT ends a stop. */
static void stop_and_continue(struct process *p, int signo)
{
	struct task *t;

	if (SIGMASK(signo) & STOP_SIGNALS) {
		sigpending_remove(&p->shared_pending, SIGMASK(SIGCONT));
		list_for_each_entry(t, &p->threads, thread_node)
			sigpending_remove(&t->pending, SIGMASK(SIGCONT));
	}
	if (signo == SIGCONT) {
		sigpending_remove(&p->shared_pending, STOP_SIGNALS);
		list_for_each_entry(t, &p->threads, thread_node)
			sigpending_remove(&t->pending, STOP_SIGNALS);
	}
	if (signo == SIGCONT && p->stop_signal) {
		p->stop_signal = 0;
		p->nr_stopped = 0;
		p->continued = true;
		p->stop_reported = false;
		list_for_each_entry(t, &p->threads, thread_node)
			wake_up_state(t, TASK_STOPPED);
		if (p->parent)
			wake_up(&p->parent->child_wait);
	}
}

/* May @t, a live thread, take @signo now? */
static bool takes(const struct task *t, int signo)
{
	return !(t->flags & TASK_EXITING) && !(t->blocked & SIGMASK(signo));
}

/* The thread of @p that @signo is for: one without another signal, if there is any. NULL: all block it. */
static struct task *choose_thread(struct process *p, int signo)
{
	struct task *t, *busy = NULL;

	list_for_each_entry(t, &p->threads, thread_node) {
		if (!takes(t, signo))
			continue;
		if (!signal_pending(t))
			return t;
		busy = busy ? busy : t;
	}
	return busy;
}

static void kill_process(struct process *p)
{
	if (p->group_exit)
		return;
	p->group_exit_status = SIGKILL;
	WRITE_ONCE(p->group_exit, true);
	kill_threads(p, NULL);
}

/* @t: the only thread meant, or NULL: any that does not block it. 0 or -EAGAIN. */
static int send_signal(struct process *p, struct task *t, const struct sig_event *event)
{
	int signo = event->signo, ret = 0;
	struct task *target;

	VM_BUG_ON(!spin_is_held(&tasklist_lock));
	spin_lock(&p->siglock);
	if (p->zombie || (p->leader->flags & TASK_KTHREAD))
		goto out;
	if (signo == SIGKILL) {
		if (!is_ignored(p, signo))
			kill_process(p);
		goto out;
	}
	stop_and_continue(p, signo);
	target = t ? t : choose_thread(p, signo);
	if (target && !takes(target, signo))
		target = NULL;
	/* Blocked everywhere, it waits, even if it is to be ignored. */
	if (target && is_ignored(p, signo) && !(target->sigwait & SIGMASK(signo)))
		goto out;
	ret = sigpending_add(t ? &t->pending : &p->shared_pending, event);
	if (target && ret == 0)
		signal_wake_up(target);
out:
	spin_unlock(&p->siglock);
	return ret;
}

int send_process(struct process *p, const struct sig_event *event)
{
	return send_signal(p, NULL, event);
}

void send_member(struct process *p, const struct sig_event *event)
{
	WRITE_ONCE(p->group_signals, p->group_signals + 1);
	send_signal(p, NULL, event);
}

int send_task(struct task *t, const struct sig_event *event)
{
	return send_signal(t->proc, t, event);
}

void kill_pgrp(int pgid, int signo, int except)
{
	struct sig_event event = { .signo = signo, .code = SI_KERNEL };
	struct task *t;

	spin_lock(&tasklist_lock);
	list_for_each_entry(t, &all_tasks, task_node) {
		if (t->proc->leader == t && t->proc->pgid == pgid && t->pid != except)
			send_member(t->proc, &event);
	}
	spin_unlock(&tasklist_lock);
}

void force_sig_fault(int signo, int code, unsigned long addr)
{
	struct process *p = current->proc;
	struct ksigaction *sa = &p->action[signo - 1];

	spin_lock(&p->siglock);
	/* A task that blocks or ignores the signal of its own instruction cannot go on. */
	if (sa->handler == SIG_IGN || (current->blocked & SIGMASK(signo))) {
		sa->handler = SIG_DFL;
		current->blocked &= ~SIGMASK(signo);
	}
	current->forced = (struct sig_event){ .signo = signo, .code = code, .addr = addr };
	set_work(current, WORK_SIGNAL);
	spin_unlock(&p->siglock);
}

void force_fatal(int signo, unsigned long addr)
{
	spin_lock(&current->proc->siglock);
	current->proc->action[signo - 1].handler = SIG_DFL;
	current->blocked &= ~SIGMASK(signo);
	current->forced = (struct sig_event){ .signo = signo, .code = SI_KERNEL, .addr = addr };
	set_work(current, WORK_SIGNAL);
	spin_unlock(&current->proc->siglock);
}

void actions_to_default(struct process *p)
{
	for (int i = 0; i < NSIG; i++) {
		if (p->action[i].handler != SIG_IGN)
			p->action[i].handler = SIG_DFL;
		p->action[i].flags = 0;
		p->action[i].mask = 0;
	}
}

void signals_exec(struct process *p)
{
	spin_lock(&p->siglock);
	actions_to_default(p);
	current->altstack = (struct kstack_t){ .ss_flags = SS_DISABLE };
	spin_unlock(&p->siglock);
}

void signals_ignore(struct process *p, int signo)
{
	struct task *t;

	VM_BUG_ON(!spin_is_held(&p->siglock));
	if (!is_ignored(p, signo))
		return;
	sigpending_remove(&p->shared_pending, SIGMASK(signo));
	list_for_each_entry(t, &p->threads, thread_node)
		sigpending_remove(&t->pending, SIGMASK(signo));
}
