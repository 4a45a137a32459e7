/* SPDX-License-Identifier: MIT */
/*
 * struct task: a thread of execution. What the threads of a program share is a struct process (kernel/task/process.h), which
 * the scheduler does not look into.
 *
 * Locks, outermost first: a timer queue's lock > tasklist_lock (task/table.c) > proc->siglock
 * > a wait queue's lock > a run queue's lock. The pieces of struct task that trap_entry.S and
 * switch.S touch stand first; their offsets come from asm-offsets or are asserted in sched.c.
 */
#ifndef KERNEL_SCHED_TASK_H
#define KERNEL_SCHED_TASK_H

#include "kernel/arch/regs.h"
#include "kernel/core/config.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"
#include "kernel/sched/signal_types.h"
#include "kernel/sched/wait.h"
#include "lib/list.h"
#include "lib/types.h"

struct mm_struct;
struct process;

/* What a switched-out task needs to go on: the registers that C functions preserve. */
struct context {
	unsigned long ra, sp;
	unsigned long s[12];
};

/* Floating-point registers f0..f31 and fcsr. */
struct fpstate {
	u64 f[32];
	u64 fcsr;
};

/* task->state: one bit each, so that a waker can name several. */
#define TASK_RUNNING		0x00u	/* runs or waits on a run queue */
#define TASK_INTERRUPTIBLE	0x01u	/* sleeps; any signal ends it */
#define TASK_KILLABLE		0x02u	/* sleeps; a fatal signal ends it */
#define TASK_UNINTERRUPTIBLE	0x04u	/* sleeps until its event */
#define TASK_STOPPED		0x08u	/* by SIGSTOP; SIGCONT or SIGKILL ends it */
#define TASK_NEW		0x10u	/* not yet started by wake_up_new_task() */
#define TASK_DEAD		0x20u	/* never runs again */
#define TASK_SLEEPING		(TASK_INTERRUPTIBLE | TASK_KILLABLE | TASK_UNINTERRUPTIBLE)

/* task->work: reasons to look before the next return to user mode. Changed atomically. */
#define WORK_RESCHED		0x1u	/* another task should run */
#define WORK_SIGNAL		0x2u	/* a signal that is not blocked is pending */
#define WORK_FP			0x4u	/* this hart's FP registers may be another task's */
#define WORK_FATAL		0x8u	/* SIGKILL is pending or the process ends; with WORK_SIGNAL */
#define WORK_RCU		0x10u	/* this hart has RCU callbacks to run; it may be another hart when it is seen */

/* task->flags */
#define TASK_IDLE		0x1u	/* a hart's idle task */
#define TASK_KTHREAD		0x2u	/* never in user mode (yet: pid 1 begins as one) */
#define TASK_EXITING		0x4u	/* in do_exit() */
#define TASK_MEMALLOC		0x8u	/* reclaims memory: may use the last frames, does not reclaim again */
#define TASK_AUTOREAP		0x10u	/* no parent waits for it: freed once its hart has left it */
#define TASK_THREAD		0x20u	/* not its process's leader: freed without the process */
#define TASK_TLB_DEFER		0x80u	/* after tlb_defer_begin(): touches no user memory until tlb_defer_end() */
#define TASK_PAGER		0x100u	/* has supplied pages: others wait for what it does */
#define TASK_NOFAULT		0x40u	/* between pagefault_disable() and pagefault_enable() */

/* How a call that a signal has interrupted, but no handler, goes on in restart_syscall(). */
struct restart_block {
	long (*fn)(const struct restart_block *restart);	/* NULL: there is none */
	u64 deadline;			/* ktime */
	unsigned long uaddr;		/* nanosleep: where the user wants to know the rest; futex: the word ... */
	u32 val, bitset;		/* ... and its other arguments */
	bool private;
};

struct task {
	/* Assembly and this_cpu_id() know these by offset. */
	unsigned int cpu;		/* first: id of the hart it runs on (or ran last) */
	unsigned int flags;
	unsigned long kernel_sp;	/* top of the kernel stack, where a trap from user mode starts */
	unsigned long user_sp;		/* trap_entry.S: user's sp between entry and its saving */
	struct context context;		/* switch.S, while it does not run */
	unsigned int work;		/* WORK_* */

	int pid, tgid;
	char name[TASK_NAME_LEN];
	struct mm_struct *mm;		/* NULL: kernel thread. Changed under tasklist_lock */
	struct mm_struct *active_mm;	/* whose page table this hart has loaded while it runs */
	struct pt_regs *regs;		/* user registers at the last trap, at the top of the stack */
	void *kstack;			/* lowest address of the kernel stack */
	unsigned long fail_nth;		/* fail_alloc_set(): counts down to the allocation that fails */

	/*
	 * Scheduling: the lock of run queue task->cpu, except that the task itself sets its state.
	 */
	unsigned int state;		/* TASK_* */
	bool on_rq;			/* on the list of waiting tasks of its run queue */
	bool on_cpu;			/* runs, or its hart has not finished switching away from it */
	struct list_head run_node;
	unsigned long cpus_allowed;	/* bit n: it may run on cpu n */
	u64 exec_start;			/* when it was switched in, or made a child, ns */
	u64 runtime_ns;			/* time on a hart, up to exec_start */
	unsigned long nvcsw, nivcsw;	/* switches away from it: it waited; its time was over */

	/* Floating point, see fp.h: valid in @fp unless regs->status says dirty. */
	struct fpstate fp;
	int fp_cpu;			/* hart whose registers equal @fp if it still owns them, or -1 */

	/* Written by the task itself. */
	unsigned long faults, majflt;	/* its page faults; pages that were read for it meanwhile */
	int server;			/* ipc_lock; process that received its last call, for the trace; 0: none. Not in RELEASE */
	unsigned long clear_child_tid;	/* user address to zero at exit, and of a futex to wake; 0: none */
	unsigned long robust_list;	/* user address of the list of robust futexes it holds (robust.c); 0: none */
	struct restart_block restart;

	/* proc->siglock. */
	u64 blocked;			/* bit n-1: signal n */
	u64 saved_blocked;		/* mask to restore after sigsuspend, when restore_blocked */
	bool restore_blocked;
	u64 sigwait;			/* not blocked for as long as rt_sigtimedwait() sleeps for them, and not ignored */
	struct sigpending pending;	/* signals for this thread */
	struct sig_event forced;	/* fault of its own to be answered first; signo 0: none */
	struct kstack_t altstack;

	/* tasklist_lock. */
	struct process *proc;
	struct list_head thread_node;	/* on proc->threads; proc->siglock, too, to change it */
	struct list_head pid_node;	/* pid hash chain */
	struct list_head task_node;	/* all tasks */
	bool vfork_waiting;		/* until the process that it made by vfork execs or ends */
};

/* task_pt_regs() - the registers of user mode, at the top of @t's kernel stack. */
#define task_pt_regs(t)	((struct pt_regs *)((t)->kernel_sp - PT_REGS_SPACE))

/* Between them a user copy of this task does not sleep: at a page that is not there, or not writable yet, it gives -EFAULT. No nesting. */
static inline void pagefault_disable(void) { current->flags |= TASK_NOFAULT; }
static inline void pagefault_enable(void) { current->flags &= ~TASK_NOFAULT; }

/* The idle tasks are there from the first instruction on: boot puts them into tp. */
extern struct task idle_tasks[NR_CPUS];

#endif
