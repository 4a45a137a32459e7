/* SPDX-License-Identifier: MIT */
/*
 * Delivering signals: what a thread does with them on its way to user mode (signal.h).
 *
 *	do_signal()	stop, as long as the process is to | take the next one -> ignore it | stop all | end | frame for the handler
 *
 * A stop is for all threads. The one that takes the signal sets proc->stop_signal and tells the others, each counts itself in
 * nr_stopped and sleeps, and when all live ones have, the parent is told. SIGCONT and whatever ends the process clear both.
 */
#include "kernel/arch/regs.h"
#include "kernel/core/bug.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "uapi/syscall.h"

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

/* ---- stopping ---- */

bool stop_is_complete(const struct process *p)
{
	VM_BUG_ON(!spin_is_held(&p->siglock));
	return p->stop_signal && p->nr_live > 0 && p->nr_stopped == p->nr_live;
}

void notify_stop(struct process *p)
{
	struct sig_event event = { .signo = SIGCHLD, .code = CLD_STOPPED, .pid = p->pid, .status = READ_ONCE(p->stop_signal) };

	spin_lock(&tasklist_lock);
	if (p->parent) {
		if (!(p->parent->action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
			send_process(p->parent, &event);
		wake_up(&p->parent->child_wait);
	}
	spin_unlock(&tasklist_lock);
}

/* The process begins to stop, by @signo: the other threads are to notice. siglock held. */
static void begin_stop(struct process *p, int signo)
{
	struct task *t;

	if (p->stop_signal)
		return;
	WRITE_ONCE(p->stop_signal, signo);
	p->stop_reported = false;
	list_for_each_entry(t, &p->threads, thread_node)
		if (t != current && !(t->flags & TASK_EXITING))
			signal_wake_up(t);
}

/* Sleep as long as the process is to stop. */
static void do_stop(struct process *p)
{
	bool complete;

	for (;;) {
		spin_lock(&p->siglock);
		if (!p->stop_signal || thread_must_end(current))
			break;
		p->nr_stopped++;
		complete = stop_is_complete(p);
		set_current_state(TASK_STOPPED);	/* with the lock: the one who clears stop_signal finds us in this state */
		spin_unlock(&p->siglock);
		if (complete)
			notify_stop(p);
		schedule();
	}
	recalc_sigpending(current);
	spin_unlock(&p->siglock);
}

/* ---- delivery ---- */

/* Take the next signal to act on. @forced says that it cannot be declined. */
static bool next_signal(struct sig_event *event, struct ksigaction *sa, bool *forced)
{
	struct process *p = current->proc;
	bool found = true;

	spin_lock(&p->siglock);
	*forced = current->forced.signo != 0;
	if (thread_must_end(current)) {
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
		    !is_ignored(p, event->signo))
			begin_stop(p, event->signo);
	}
	recalc_sigpending(current);
	spin_unlock(&p->siglock);
	return found;
}

/* The default action. Returns if the task lives on. */
static void default_action(struct pt_regs *regs, const struct sig_event *event, bool forced)
{
	if (!forced && is_ignored(current->proc, event->signo))
		return;
	if (SIGMASK(event->signo) & STOP_SIGNALS)
		return;			/* begun when it was taken */
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
	struct process *p = current->proc;
	struct sig_event event;
	struct ksigaction sa;
	bool forced;

	for (;;) {
		if (unlikely(READ_ONCE(p->stop_signal)))
			do_stop(p);
		if (!next_signal(&event, &sa, &forced))
			break;
		if (unlikely(thread_must_end(current)))
			do_exit(p->group_exit_status);
		if (event.signo == SIGALRM)
			itimer_delivered(p);
		if (sa.handler == SIG_IGN && !forced)
			continue;
		if (sa.handler == SIG_DFL) {
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
