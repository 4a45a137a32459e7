/* SPDX-License-Identifier: MIT */
/* The system calls about signals, but for those that deal with frames (sigframe.c). */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "kernel/task/signal.h"
#include "kernel/task/user_time.h"
#include "lib/errno.h"

static bool valid_signal(long signo)
{
	return signo >= 1 && signo <= NSIG;
}

/*
 * kill() to a process group (@pgid > 0) or to all but init and oneself (@pgid == 0). Under tasklist_lock throughout, so that a
 * child forked meanwhile is either found or, by join_family(), not made. 350 instructions for each that is sent to.
 */
static long kill_many(int pgid, const struct sig_event *event)
{
	struct task *t;
	long ret = -ESRCH;

	list_for_each_entry(t, &all_tasks, task_node) {
		struct process *p = t->proc;

		if (p->leader != t || (pgid > 0 && p->pgid != pgid))
			continue;
		if (pgid == 0 && (p == init_process || p == current->proc))
			continue;
		if (event->signo)
			send_member(p, event);
		ret = 0;
	}
	return ret;
}

/* kill(pid, sig) */
SYSCALL_DEFINE(sys_kill)
{
	int pid = (int)a0, signo = (int)a1;
	struct sig_event event = { .signo = signo, .code = SI_USER, .pid = current->tgid };
	struct process *p;
	long ret = 0;

	if (signo != 0 && !valid_signal(signo))
		return -EINVAL;
	if (pid == (int)0x80000000)
		return -ESRCH;

	spin_lock(&tasklist_lock);
	if (pid > 0) {
		p = find_process_of(pid);	/* kill(2) takes the id of any thread */
		if (!p)
			ret = -ESRCH;
		else if (signo)
			ret = send_process(p, &event);
	} else if (pid == -1) {
		ret = kill_many(0, &event);
	} else {
		ret = kill_many(pid == 0 ? current->proc->pgid : -pid, &event);
	}
	spin_unlock(&tasklist_lock);
	return ret;
}

/* @tgid 0: any. */
static long do_tkill(int tgid, int tid, int signo)
{
	struct sig_event event = { .signo = signo, .code = SI_TKILL, .pid = current->tgid };
	struct task *t;
	long ret = 0;

	if (tid <= 0 || (signo != 0 && !valid_signal(signo)))
		return -EINVAL;
	spin_lock(&tasklist_lock);
	t = find_task(tid);
	if (!t || (tgid && t->tgid != tgid))
		ret = -ESRCH;
	else if (signo)
		ret = send_task(t, &event);
	spin_unlock(&tasklist_lock);
	return ret;
}

/* tkill(tid, sig) */
SYSCALL_DEFINE(sys_tkill)
{
	return do_tkill(0, (int)a0, (int)a1);
}

/* tgkill(tgid, tid, sig) */
SYSCALL_DEFINE(sys_tgkill)
{
	if ((int)a0 <= 0)
		return -EINVAL;
	return do_tkill((int)a0, (int)a1, (int)a2);
}

/* What sigqueue() sends: @uinfo as the user has filled it, @to_self or not. 0 or -errno. */
static int get_queued_event(struct sig_event *event, int signo, unsigned long uinfo, bool to_self)
{
	struct ksiginfo info;

	if (copy_from_user(&info, uinfo, sizeof(info)) < 0)
		return -EFAULT;
	if (!valid_signal(signo))
		return -EINVAL;
	/* Nobody can pretend to others that the kernel, kill() or tkill() has sent it. */
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) && !to_self)
		return -EPERM;
	*event = (struct sig_event){ .signo = signo, .code = info.si_code, .pid = info.u.rt.pid, .addr = info.u.rt.value };
	return 0;
}

/* rt_sigqueueinfo(pid, sig, info) */
SYSCALL_DEFINE(sys_rt_sigqueueinfo)
{
	struct sig_event event;
	struct process *p;
	int ret = get_queued_event(&event, (int)a1, a2, (int)a0 == current->tgid);

	if (ret < 0)
		return ret;
	spin_lock(&tasklist_lock);
	p = find_process_of((int)a0);
	ret = p ? send_process(p, &event) : -ESRCH;
	spin_unlock(&tasklist_lock);
	return ret;
}

/* rt_tgsigqueueinfo(tgid, tid, sig, info) */
SYSCALL_DEFINE(sys_rt_tgsigqueueinfo)
{
	struct sig_event event;
	struct task *t;
	int ret;

	if ((int)a0 <= 0 || (int)a1 <= 0)
		return -EINVAL;
	ret = get_queued_event(&event, (int)a2, a3, (int)a0 == current->tgid);
	if (ret < 0)
		return ret;
	spin_lock(&tasklist_lock);
	t = find_task((int)a1);
	ret = t && t->tgid == (int)a0 ? send_task(t, &event) : -ESRCH;
	spin_unlock(&tasklist_lock);
	return ret;
}

/* rt_sigaction(sig, new, old, sigsetsize) */
SYSCALL_DEFINE(sys_rt_sigaction)
{
	struct process *p = current->proc;
	struct ksigaction new, old;
	int signo = (int)a0;

	if (a3 != sizeof(u64) || !valid_signal(signo))
		return -EINVAL;
	if (a1 && (signo == SIGKILL || signo == SIGSTOP))
		return -EINVAL;
	if (a1 && copy_from_user(&new, a1, sizeof(new)) < 0)
		return -EFAULT;

	spin_lock(&p->siglock);
	old = p->action[signo - 1];
	if (a1) {
		new.mask &= ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
		p->action[signo - 1] = new;
		signals_ignore(p, signo);
		recalc_sigpending(current);
	}
	spin_unlock(&p->siglock);

	if (a2 && copy_to_user(a2, &old, sizeof(old)) < 0)
		return -EFAULT;
	return 0;
}

/* rt_sigprocmask(how, new, old, sigsetsize) */
SYSCALL_DEFINE(sys_rt_sigprocmask)
{
	u64 old = current->blocked, mask;

	if (a3 != sizeof(u64))
		return -EINVAL;
	if (a1) {
		if (copy_from_user(&mask, a1, sizeof(mask)) < 0)
			return -EFAULT;
		switch ((int)a0) {
		case SIG_BLOCK:
			mask = old | mask;
			break;
		case SIG_UNBLOCK:
			mask = old & ~mask;
			break;
		case SIG_SETMASK:
			break;
		default:
			return -EINVAL;
		}
		set_blocked(mask);
	}
	if (a2 && copy_to_user(a2, &old, sizeof(old)) < 0)
		return -EFAULT;
	return 0;
}

/* rt_sigpending(set, sigsetsize) */
SYSCALL_DEFINE(sys_rt_sigpending)
{
	u64 set;

	if (a1 > sizeof(u64))
		return -EINVAL;
	spin_lock(&current->proc->siglock);
	set = (current->pending.mask | current->proc->shared_pending.mask) & current->blocked;
	spin_unlock(&current->proc->siglock);
	return copy_to_user(a0, &set, a1);
}

/* Sleep until a signal is pending that is not blocked, or @deadline. */
static void sleep_for_signal(u64 deadline)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (signal_pending(current) || ktime_get_ns() >= deadline)
			break;
		schedule_until(deadline);
	}
	set_current_state(TASK_RUNNING);
}

/*
 * Wait for one of the signals of @mask, until @deadline. 0; -EINTR: another one came; -EAGAIN: none in time. To be woken is
 * not to have a signal: several threads are told of one (signals_retarget()), and one of them takes it.
 */
static int take_signal(u64 mask, u64 deadline, struct sig_event *event)
{
	while (!signals_take(mask, event)) {
		if (signal_pending(current))
			return -EINTR;
		if (ktime_get_ns() >= deadline)
			return -EAGAIN;
		signals_wait_for(mask);
		sleep_for_signal(deadline);
	}
	return 0;
}

/* rt_sigtimedwait(set, info, timeout, sigsetsize) */
SYSCALL_DEFINE(sys_rt_sigtimedwait)
{
	struct sig_event event;
	struct ksiginfo info = { 0 };
	u64 mask, ns, deadline = ~0UL;
	int ret;

	if (a3 != sizeof(u64))
		return -EINVAL;
	if (copy_from_user(&mask, a0, sizeof(mask)) < 0)
		return -EFAULT;
	if (a2) {
		ret = get_timespec(a2, &ns);
		if (ret < 0)
			return ret;
		deadline = ktime_get_ns() + ns;
	}
	mask &= ~(SIGMASK(SIGKILL) | SIGMASK(SIGSTOP));
	ret = take_signal(mask, deadline, &event);
	if (ret < 0)
		return ret;
	fill_siginfo(&info, event.signo, &event);
	if (a1 && copy_to_user(a1, &info, sizeof(info)) < 0)
		return -EFAULT;
	return event.signo;
}

/* rt_sigsuspend(mask, sigsetsize) */
SYSCALL_DEFINE(sys_rt_sigsuspend)
{
	u64 mask;

	if (a1 != sizeof(u64))
		return -EINVAL;
	if (copy_from_user(&mask, a0, sizeof(mask)) < 0)
		return -EFAULT;

	current->saved_blocked = current->blocked;
	set_blocked(mask);
	current->restore_blocked = true;	/* do_signal() puts the old mask back */
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (signal_pending(current))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return -ERESTARTNOHAND;
}
