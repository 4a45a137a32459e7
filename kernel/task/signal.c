/* SPDX-License-Identifier: MIT */
/*
 * Sending and delivering signals; signal.h. Pending sets, masks and actions of a process and
 * its threads are under proc->siglock.
 *
 *	send_process(), send_task()	pending set -> WORK_SIGNAL, wake-up, kick
 *	do_signal(), on the way out	dequeue -> ignore | stop | die | frame for the handler
 */
#include "kernel/arch/regs.h"
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "uapi/syscall.h"

#define STOP_SIGNALS	(SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) | SIGMASK(SIGTTOU))
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
	if ((pending & SIGMASK(SIGKILL)) || t->proc->group_exit)
		set_work(t, WORK_SIGNAL | WORK_FATAL);
	else if ((pending & ~t->blocked) || t->forced.signo)
		set_work(t, WORK_SIGNAL);
	else
		clear_work(t, WORK_SIGNAL);
}

void set_blocked(u64 mask)
{
	spin_lock(&current->proc->siglock);
	current->blocked = mask & ~UNMASKABLE;
	recalc_sigpending(current);
	spin_unlock(&current->proc->siglock);
}

/* ---- sending ---- */

static bool is_ignored(const struct process *p, int signo)
{
	unsigned long handler = p->action[signo - 1].handler;

	if (SIGMASK(signo) & UNMASKABLE)
		return p == init_process;
	if (handler == SIG_IGN)
		return true;
	/* Nobody can end pid 1 by a signal that it has not asked for. */
	return handler == SIG_DFL && ((SIGMASK(signo) & IGNORED_SIGNALS) || p == init_process);
}

/* SIGCONT and the stopping signals cancel each other; SIGCONT and SIGKILL end a stop. */
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
	if ((signo == SIGCONT || signo == SIGKILL) && p->stop_signal) {
		p->stop_signal = 0;
		p->continued = signo == SIGCONT;
		p->stop_reported = false;
		list_for_each_entry(t, &p->threads, thread_node)
			wake_up_state(t, TASK_STOPPED);
		if (p->continued && p->parent)
			wake_up(&p->parent->child_wait);
	}
}

/* Let @t notice: out of its sleep, or out of user mode. */
static void signal_wake_up(struct task *t, int signo)
{
	unsigned int states = TASK_INTERRUPTIBLE, work = WORK_SIGNAL;

	if (signo == SIGKILL) {
		states |= TASK_KILLABLE | TASK_STOPPED;
		work |= WORK_FATAL;
	}
	set_work(t, work);
	if (!wake_up_state(t, states))
		kick_task(t);
}

/* @t: the only thread meant, or NULL: any that does not block it. */
static void send_signal(struct process *p, struct task *t, const struct sig_event *event)
{
	struct task *pos;

	VM_BUG_ON(!spin_is_held(&tasklist_lock));
	spin_lock(&p->siglock);
	if (p->zombie || (p->leader->flags & TASK_KTHREAD))
		goto out;
	stop_and_continue(p, event->signo);
	list_for_each_entry(pos, &p->threads, thread_node) {
		if ((t && pos != t) || ((pos->blocked & SIGMASK(event->signo)) && event->signo != SIGKILL))
			continue;
		if (is_ignored(p, event->signo))
			goto out;
		sigpending_add(t ? &t->pending : &p->shared_pending, event);
		signal_wake_up(pos, event->signo);
		goto out;
	}
	/* Blocked everywhere: it waits. */
	sigpending_add(t ? &t->pending : &p->shared_pending, event);
out:
	spin_unlock(&p->siglock);
}

void send_process(struct process *p, const struct sig_event *event)
{
	send_signal(p, NULL, event);
}

void send_member(struct process *p, const struct sig_event *event)
{
	WRITE_ONCE(p->group_signals, p->group_signals + 1);
	send_signal(p, NULL, event);
}

void send_task(struct task *t, const struct sig_event *event)
{
	send_signal(t->proc, t, event);
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

/* ---- delivery ---- */

/* Make of an interrupted call what the user shall see. @sa: the handler that runs, or NULL. */
static void finish_syscall(struct pt_regs *regs, const struct ksigaction *sa)
{
	if (regs->cause != SCAUSE_ECALL_USER)
		return;
	regs->cause = ~0UL;		/* once */

	switch (-(long)regs->a0) {
	case ERESTARTSYS:
		if (sa && !(sa->flags & SA_RESTART))
			break;
		regs->a0 = regs->orig_a0;
		regs->epc -= 4;
		return;
	case ERESTARTNOHAND:
		if (sa)
			break;
		/* fall through */
	case ERESTARTNOINTR:
		regs->a0 = regs->orig_a0;
		regs->epc -= 4;
		return;
	case ERESTART_RESTARTBLOCK:
		if (sa)
			break;
		regs->a7 = SYS_restart_syscall;
		regs->epc -= 4;
		return;
	default:
		return;
	}
	regs->a0 = (unsigned long)-EINTR;
}

/* Tell the parent that this process has stopped. */
static void notify_stop(struct process *p, int signo)
{
	struct sig_event event = { .signo = SIGCHLD, .code = CLD_STOPPED, .pid = p->pid, .status = signo };

	spin_lock(&tasklist_lock);
	if (p->parent) {
		if (!(p->parent->action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
			send_process(p->parent, &event);
		wake_up(&p->parent->child_wait);
	}
	spin_unlock(&tasklist_lock);
}

static void do_stop(int signo)
{
	struct process *p = current->proc;

	notify_stop(p, signo);

	for (;;) {
		set_current_state(TASK_STOPPED);
		if (READ_ONCE(p->stop_signal) == 0 || fatal_signal_pending(current))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
}

/* Take the next signal to act on. @forced says that it cannot be declined. */
static bool next_signal(struct sig_event *event, struct ksigaction *sa, bool *forced)
{
	struct process *p = current->proc;
	bool found = true;

	spin_lock(&p->siglock);
	*forced = current->forced.signo != 0;
	if (p->group_exit) {
		*event = (struct sig_event){ .signo = SIGKILL };
	} else if (*forced) {
		*event = current->forced;
		current->forced.signo = 0;
	} else {
		found = sigpending_take(&current->pending, current->blocked, event) ||
			sigpending_take(&p->shared_pending, current->blocked, event);
	}
	if (found) {
		*sa = p->action[event->signo - 1];
		if ((sa->flags & SA_RESETHAND) && sa->handler > SIG_IGN)
			p->action[event->signo - 1].handler = SIG_DFL;
		/* Under the same lock as the dequeuing, so that no SIGCONT gets lost between. */
		if (sa->handler == SIG_DFL && (SIGMASK(event->signo) & STOP_SIGNALS) &&
		    !is_ignored(p, event->signo)) {
			p->stop_signal = event->signo;
			p->stop_reported = false;
		}
	}
	recalc_sigpending(current);
	spin_unlock(&p->siglock);
	return found;
}

/* The default action. Returns if the task lives on. */
static void default_action(struct pt_regs *regs, const struct sig_event *event, bool forced)
{
	if (current->proc->group_exit)
		do_group_exit(current->proc->group_exit_status);
	if (!forced && is_ignored(current->proc, event->signo))
		return;
	if (SIGMASK(event->signo) & STOP_SIGNALS) {
		do_stop(event->signo);
		return;
	}
	if (forced)
		report_fatal(regs, event);
	do_group_exit(event->signo);
}

/*
 * The handler of @signo has no room for its frame. That is a SIGSEGV, whose handler may have a stack of its own;
 * when it was SIGSEGV itself that had no room, nothing is left to be tried.
 */
static void frame_failed(int signo, unsigned long sp)
{
	if (signo == SIGSEGV)
		force_fatal(SIGSEGV, sp);
	else
		force_sig_fault(SIGSEGV, SI_KERNEL, sp);
}

static void run_handler(struct pt_regs *regs, const struct sig_event *event, const struct ksigaction *sa)
{
	u64 mask = current->restore_blocked ? current->saved_blocked : current->blocked;

	if (setup_rt_frame(regs, event->signo, sa, event, mask) < 0) {
		frame_failed(event->signo, regs->sp);
		return;
	}
	current->restore_blocked = false;
	set_blocked(current->blocked | sa->mask | (sa->flags & SA_NODEFER ? 0 : SIGMASK(event->signo)));
}

void do_signal(struct pt_regs *regs)
{
	struct sig_event event;
	struct ksigaction sa;
	bool forced;

	while (next_signal(&event, &sa, &forced)) {
		if (event.signo == SIGALRM)
			itimer_delivered(current->proc);
		if (sa.handler == SIG_IGN && !forced)
			continue;
		if (sa.handler == SIG_DFL || current->proc->group_exit) {
			default_action(regs, &event, forced);
			continue;
		}
		finish_syscall(regs, &sa);
		run_handler(regs, &event, &sa);
		return;
	}

	finish_syscall(regs, NULL);
	if (current->restore_blocked) {
		current->restore_blocked = false;
		set_blocked(current->saved_blocked);
	}
}

void signals_exec(struct process *p)
{
	spin_lock(&p->siglock);
	for (int i = 0; i < NSIG; i++) {
		if (p->action[i].handler != SIG_IGN)
			p->action[i].handler = SIG_DFL;
		p->action[i].flags = 0;
		p->action[i].mask = 0;
	}
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
