/* SPDX-License-Identifier: MIT */
/*
 * struct process: what the threads of a program share (one thread each, so far).
 *
 *	task --proc--> process --parent--> process
 *	  |               |  children, threads
 *	  mm, kstack      files, signal actions
 *
 * table.c makes, finds and frees tasks and processes; their lives are in fork.c, exec.c and exit.c; init.c starts the first.
 */
#ifndef KERNEL_TASK_PROCESS_H
#define KERNEL_TASK_PROCESS_H

#include "kernel/sched/task.h"
#include "kernel/task/itimer.h"
#include "kernel/task/usage.h"

struct files;
struct mem_region;

#define RLIMIT_DATA	2
#define RLIMIT_STACK	3
#define RLIMIT_CORE	4
#define RLIMIT_NOFILE	7
#define RLIMIT_AS	9
#define RLIM_NLIMITS	16

struct rlimit {
	unsigned long cur, max;		/* ~0UL: none */
};

struct process {
	int pid;			/* its first thread's */

	/* tasklist_lock. */
	int pgid, sid;
	struct process *parent;
	struct list_head children;	/* of child->sibling; zombies too */
	struct list_head sibling;
	struct list_head threads;	/* of task->thread_node */
	struct task *leader;		/* the thread called @pid */
	bool zombie;			/* all threads gone, waits for wait4 */
	bool did_exec;
	int exit_status;		/* as wait4 reports it */
	int exit_signal;		/* sent to the parent at exit; 0: none */
	bool stop_reported, continued;	/* for WUNTRACED and WCONTINUED */
	int stop_signal;		/* stopped by this signal; 0: not stopped */
	struct wait_queue child_wait;	/* wait4 sleeps here for news of children */
	struct rlimit rlim[RLIM_NLIMITS];	/* by RLIMIT_*; .cur is also read without the lock */
	unsigned long maxrss;		/* of the mm that exit has left */
	struct usage children_usage;	/* of the reaped ones, and of theirs */

	/* siglock. */
	spinlock_t siglock;
	struct ksigaction action[NSIG];	/* [signal - 1] */
	struct sigpending shared_pending;
	unsigned int group_signals;	/* tasklist_lock: sent to it as one of many; see join_family() */
	bool group_exit;		/* exit_group or a fatal signal: every thread goes */
	int group_exit_status;

	struct files *files;		/* shared by the threads; counted */
	unsigned long sigreturn_tramp;	/* user address of the sigreturn code, set by exec */
	u64 start_ns;
	struct itimers itimers;
};

/* All tasks, processes and their family relations. */
extern spinlock_t tasklist_lock;
extern struct list_head all_tasks;	/* of task->task_node; without the idle tasks */
extern struct process *init_process;

/* task_init() - the caches. After slab_init(). */
void task_init(void);

/*
 * alloc_task() - a task with a kernel stack, state TASK_NEW, no pid, in no list yet;
 * alloc_process() - a process with nothing in it. Returns: NULL when there is no memory.
 */
struct task *alloc_task(void);
struct process *alloc_process(void);
/* free_task() - @t never ran or has been switched away from for good. */
void free_task(struct task *t);
void free_process(struct process *p);

/*
 * attach_task() - make @t a thread of @p, give it a pid and make it visible. Assumes: tasklist_lock
 * held.
 * Returns: false when all ids are taken.
 */
bool __must_check attach_task(struct task *t, struct process *p);
/* detach_task() - take it out again. Assumes: tasklist_lock held. */
void detach_task(struct task *t);

/*
 * find_task(), find_process() - by id, or NULL. Assumes: tasklist_lock held, which keeps the result
 * alive.
 */
struct task *find_task(int pid);
struct process *find_process(int pid);

/*
 * visit_tasks() - call @visit(@t, @arg) for every task but the idle ones, in no particular order, until it returns false. One that
 * is made or ends meanwhile may be left out. tasklist_lock is held for each visit, and between two it may be dropped, so
 * that many tasks do not keep others waiting. May sleep.
 */
void visit_tasks(bool (*visit)(struct task *t, void *arg), void *arg);

/*
 * get_task_mm() - the address space of task @pid (0: current's) with a reference. NULL: no such
 * task or none.
 */
struct mm_struct *get_task_mm(int pid);

/* task_runtime_ns() - time on a hart so far, the current stretch included. */
u64 task_runtime_ns(const struct task *t);

/*
 * set_task_mm() - @mm becomes current's address space, with its process's limits, and is loaded; NULL: none. The old one:
 * returned, not put.
 */
struct mm_struct *set_task_mm(struct mm_struct *mm);

/*
 * start_init() - the last step of kernel_main: read the initrd at physical @initrd and start pid 1
 * as @bootargs say ("... init=/bin/NAME arg ..."; all that follows init= are its arguments;
 * /bin/init without). It runs when the hart goes idle.
 */
void start_init(const struct mem_region *initrd, const char *bootargs);

/* do_exit() - end the current task. @status as wait4 reports it: code << 8, or the signal. */
void do_exit(int status) __noreturn;
/* do_group_exit() - and all other threads of its process. */
void do_group_exit(int status) __noreturn;

/*
 * limits.c: limits_init() - the limits of the first process; limits_to_mm() - those that kernel/mm looks at, into @mm;
 * limits_fork() - @child, with its first thread @t, gets current's. Assumes: tasklist_lock held (not for limits_init).
 */
void limits_init(struct process *p);
void limits_to_mm(const struct process *p, struct mm_struct *mm);
void limits_fork(struct process *child, struct task *t);

/* What fork and exit ask of posix/files.c. files_fork() - a copy that shares the open files. NULL: no memory. */
struct files *files_fork(struct files *old);
void files_put(struct files *files);

/* mm_release() - current lets go of its mm (exec, exit): wake a vfork parent, clear_child_tid. */
void mm_release(void);

#endif
