/* SPDX-License-Identifier: MIT */
/*
 * Signals: sending (signal.c), delivering (deliver.c), pending sets (sigpending.c), the frame on the
 * user's stack (sigframe.c), the system calls (signal_calls.c). A signal is made pending and the
 * target is woken or kicked; the target itself acts on it in do_signal() on its way to user mode.
 */
#ifndef KERNEL_TASK_SIGNAL_H
#define KERNEL_TASK_SIGNAL_H

#include "kernel/sched/sched.h"
#include "kernel/sched/signal_types.h"
#include "kernel/task/process.h"

#define STOP_SIGNALS	(SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) | SIGMASK(SIGTTOU))

void signal_init(void);

/*
 * force_sig_fault() - the current instruction did something wrong: deliver @signo with @code and
 * address @addr now; when it is blocked or ignored its default action kills. Called by trap.c.
 */
void force_sig_fault(int signo, int code, unsigned long addr);
/* force_fatal() - current is killed by @signo, whatever it has arranged, on its way to user mode.
 * @addr is for the message. */
void force_fatal(int signo, unsigned long addr);

/*
 * send_process(), send_task() - make a signal pending for all of @p, for @t alone.
 * Assumes: tasklist_lock held. Returns: 0, or -EAGAIN as sigpending_add() does.
 */
int send_process(struct process *p, const struct sig_event *event);
/* send_member() - send_process() as one of a group: a child that @p is just forking belongs to it, too. */
void send_member(struct process *p, const struct sig_event *event);
int send_task(struct task *t, const struct sig_event *event);
/* kill_pgrp() - @signo to every process of group @pgid but process @except. Takes tasklist_lock. */
void kill_pgrp(int pgid, int signo, int except);

/*
 * do_signal() - deliver what is pending to current, which is about to return to user mode with
 * @regs.
 */
void do_signal(struct pt_regs *regs);

/*
 * recalc_sigpending() - WORK_SIGNAL and WORK_FATAL of @t after a change of mask or queues. Assumes: siglock held.
 */
void recalc_sigpending(struct task *t);
/* set_blocked() - current's mask; SIGKILL and SIGSTOP stay out. */
void set_blocked(u64 mask);
/*
 * signals_retarget() - current will not take the signals of @mask (any more): the other threads look for those that the process
 * has pending. Assumes: siglock held.
 */
void signals_retarget(u64 mask);
/* is_ignored() - does @signo do nothing when it comes to @p? Assumes: siglock held. */
bool is_ignored(const struct process *p, int signo);
/* signal_wake_up() - let @t look for a signal. Assumes: siglock held. */
void signal_wake_up(struct task *t);
/*
 * For rt_sigtimedwait(). signals_wait_for() - let the signals of @mask, blocked ones, end current's sleep; signals_take() - end
 * that, and take one of @mask that is pending. False: there is none.
 */
void signals_wait_for(u64 mask);
bool signals_take(u64 mask, struct sig_event *event);
/* stop_is_complete() - have all threads of @p stopped that are to? Assumes: siglock held. */
bool stop_is_complete(const struct process *p);
/* notify_stop() - tell the parent of @p so. Takes tasklist_lock. */
void notify_stop(struct process *p);

/* actions_to_default() - no handlers; what is ignored stays so. Assumes: siglock held, or @p is not known yet. */
void actions_to_default(struct process *p);
/* signals_exec() - handlers back to default (ignored ones stay), no alternate stack. */
void signals_exec(struct process *p);
/*
 * signals_ignore() - after a change of action: drop what is pending but now ignored. Assumes:
 * siglock held.
 */
void signals_ignore(struct process *p, int signo);

/* ---- pending sets, sigpending.c ---- */

/* sigpending_init(), sigpending_flush() - an empty set; make it empty. */
void sigpending_init(struct sigpending *pending);
void sigpending_flush(struct sigpending *pending);
/*
 * sigpending_add() - one more; a classic signal (below 32) that is pending already does not count twice.
 * Returns: 0, or -EAGAIN: there is no room for one that is to be queued, and nothing has changed. Without room, a classic
 * signal and one of kill() are pending all the same, without their siginfo.
 */
int sigpending_add(struct sigpending *pending, const struct sig_event *event);
/* sigpending_remove() - forget the signals of @mask. */
void sigpending_remove(struct sigpending *pending, u64 mask);
/* sigpending_take() - the lowest signal that is not in @blocked. False: there is none. */
bool sigpending_take(struct sigpending *pending, u64 blocked, struct sig_event *event);

/* ---- deaths by a fault, death.c ---- */

struct q_death;
/* report_fatal() - current, in user mode at @regs, ends by @event: print it (at most ten a second), and keep a record. */
void report_fatal(const struct pt_regs *regs, const struct sig_event *event);
/* find_death() - the record of what was process @pid. False: there is none (any more). */
bool find_death(int pid, struct q_death *death);

/* fill_siginfo() - sigframe.c: what the user sees of @event. */
void fill_siginfo(struct ksiginfo *info, int signo, const struct sig_event *event);
/* The frame, sigframe.c. 0 or -EFAULT: the user's stack is not writable. */
int setup_rt_frame(struct pt_regs *regs, int signo, const struct ksigaction *sa,
		   const struct sig_event *event, u64 saved_mask);
/* user code that calls rt_sigreturn, to be mapped by exec: a memory object of one page. */
struct memobj *sigreturn_image(void);

const char *signal_name(int signo);

#endif
