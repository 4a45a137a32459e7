/* SPDX-License-Identifier: MIT */
/*
 * struct process: what the threads of a program share.
 *
 *	task --proc--> process --parent--> process
 *	  |               |  children, threads
 *	  mm, kstack      files, signal actions
 *
 * Its first thread is the leader, whose id is the process's. A leader that ends before the others stays in the tables, dead,
 * until the process has ended, so that the id keeps its meaning. Other threads leave the tables when they end and are freed
 * as soon as their hart has left them. The process ends with its last thread.
 *
 *	nr_live		threads that have not begun to end: those that signals and stops are for
 *	nr_attached	threads that have not ended: as long as it is not 0, the process is not a zombie and is not freed
 *
 * table.c makes, finds and frees tasks and processes; their lives are in fork.c, threads.c, exec.c and exit.c; init.c starts the
 * first.
 */
#ifndef KERNEL_TASK_PROCESS_H
#define KERNEL_TASK_PROCESS_H

#include "kernel/sched/task.h"
#include "kernel/task/itimer.h"
#include "kernel/task/usage.h"

struct files;
struct endpoint;
struct handle_table;
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
	struct list_head threads;	/* of task->thread_node, the leader first; siglock, too, to change it */
	struct task *leader;		/* the thread called @pid; changed as the list */
	int nr_attached;		/* see above; siglock, too, to change it */
	struct task *vforker;		/* parent's thread that waits until this process execs or ends */
	bool zombie;			/* all threads gone, waits for wait4 */
	bool did_exec;
	bool membarrier;		/* has registered for it; until execve */
	int exit_status;		/* as wait4 reports it: the leader's, unless all were told to end */
	int exit_signal;		/* sent to the parent at exit; 0: none */
	struct wait_queue child_wait;	/* wait4 sleeps here for news of children */
	struct rlimit rlim[RLIM_NLIMITS];	/* by RLIMIT_*; .cur is also read without the lock */
	unsigned long maxrss;		/* of the mm that exit has left */
	struct usage dead_usage;	/* of threads that have left the list; siglock, too, to change it */
	struct usage children_usage;	/* of the reaped ones, and of theirs */

	/* siglock. */
	spinlock_t siglock;
	int nr_live;			/* see above */
	int stop_signal;		/* its threads stop, by this signal; 0: they run */
	int nr_stopped;			/* those that have */
	bool stop_reported, continued;	/* for WUNTRACED and WCONTINUED */
	struct task *exec_thread;	/* the thread in execve() that waits for all others to end; NULL: none */
	struct sigpending shared_pending;
	unsigned int group_signals;	/* tasklist_lock: sent to it as one of many; see join_family() */
	bool group_exit;		/* exit_group or a fatal signal: every thread ends */
	int group_exit_status;

	struct files *files;		/* shared by the threads; counted */
	struct handle_table *handles;	/* NULL: none yet; made once (ipc/handle.c) */
	struct endpoint *personality;	/* ipc_lock; who is asked for what the kernel does not have (ipc/personality.c); NULL: nobody */
	unsigned long sigreturn_tramp;	/* user address of the sigreturn code, set by exec */
	u64 start_ns;
	struct itimers itimers;

	/* siglock. Last: alloc_process() leaves them to its caller, who copies them from the parent's. */
	struct ksigaction action[NSIG];	/* [signal - 1] */
};

/* All tasks, processes and their family relations. */
extern spinlock_t tasklist_lock;
extern struct list_head all_tasks;	/* of task->task_node; without the idle tasks */
extern struct process *init_process;

/* task_init() - the caches. After slab_init(). */
void task_init(void);

/*
 * alloc_task() - a task with a kernel stack, state TASK_NEW, no pid, in no list yet;
 * alloc_process() - a process with nothing in it, and its signal actions not set. Returns: NULL when there is no memory.
 */
struct task *alloc_task(void);
struct process *alloc_process(void);
/* free_task() - @t never ran or has been switched away from for good; see also free_dead() (sched.h). */
void free_task(struct task *t);
void free_process(struct process *p);

/*
 * attach_task() - make @t a thread of @p, its leader if it is the first, give it a pid and make it visible.
 * Assumes: tasklist_lock held, and p->siglock.
 * Returns: false when all ids are taken.
 */
bool __must_check attach_task(struct task *t, struct process *p);
/* detach_task() - take it out again. Assumes: tasklist_lock held, and p->siglock unless the process has ended. */
void detach_task(struct task *t);
/*
 * replace_leader() - current, the only thread that has not ended, becomes its process's leader and gets its id.
 * Assumes: both locks held. Returns: the former leader, detached and dead.
 */
struct task *replace_leader(struct process *p);

/*
 * find_task(), find_process() - by id, or NULL. find_process_of() - the process of the task @tid. Assumes: tasklist_lock held,
 * which keeps the result alive.
 */
struct task *find_task(int pid);
struct process *find_process(int pid);
struct process *find_process_of(int tid);

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

/* get_process_mm() - the same of the process @pid that began at @start_ns, if that has not ended. */
struct mm_struct *get_process_mm(int pid, u64 start_ns);

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

/* do_exit() - end the current thread. @status as wait4 reports it: code << 8, or the signal. */
void do_exit(int status) __noreturn;
/* do_group_exit() - and all other threads of its process. */
void do_group_exit(int status) __noreturn;

/* ---- threads.c ---- */

/* kill_threads() - every live thread of @p but @except ends as soon as it would return to user mode. siglock held. */
void kill_threads(struct process *p, const struct task *except);
/*
 * thread_must_end() - is @t, current or of a process whose siglock is held, to end: by exit_group(), a fatal signal or another
 * thread's execve()?
 */
static inline bool thread_must_end(const struct task *t)
{
	const struct process *p = t->proc;

	return READ_ONCE(p->group_exit) || (READ_ONCE(p->exec_thread) && READ_ONCE(p->exec_thread) != t);
}
/*
 * become_only_thread() - for execve(): end all other threads, wait until they have ended, and be the leader. May sleep.
 * Returns: 0, or -ERESTARTNOINTR when current is to end itself.
 */
int __must_check become_only_thread(void);
/* process_usage(), process_runtime_ns() - of all threads of @p, those that have ended included; without maxrss. Take siglock. */
struct usage process_usage(struct process *p);
u64 process_runtime_ns(struct process *p);
/*
 * thread_with_mm(), process_mm() - the first thread of @p that has not left its address space, and that; NULL: they all have.
 * Assumes: tasklist_lock held.
 */
struct task *thread_with_mm(const struct process *p);
struct mm_struct *process_mm(const struct process *p);

/*
 * limits.c: limits_init() - the limits of the first process; limits_to_mm() - those that kernel/mm looks at, into @mm;
 * limits_fork() - @child, with its first thread @t, gets current's. Assumes: tasklist_lock held (not for limits_init).
 */
void limits_init(struct process *p);
void limits_to_mm(const struct process *p, struct mm_struct *mm);
void limits_fork(struct process *child, struct task *t);

/* is_root_task() - is @t of process 1, which alone has handles made of devices, and says who serves the console? */
static inline bool is_root_task(const struct task *t)
{
	return t->tgid == 1;
}

/* What fork and exit ask of posix/files.c. files_fork() - a copy that shares the open files. NULL: no memory. */
struct files *files_fork(struct files *old);
void files_get(struct files *files);
void files_put(struct files *files);

/*
 * And of ipc/handle.c. handles_fork() - @child, nobody's yet, gets copies of current's handles: 0 or -ENOMEM. handles_exit() - close
 * all of @p, whose threads have ended or never begun. Both may let others run.
 */
int __must_check handles_fork(struct process *child);
void handles_exit(struct process *p);
/*
 * And of ipc/personality.c. personality_inherit() - @child, nobody's yet, gets current's; handles_exit() ends that. personality_fork() -
 * current has made the process @child, which does not run yet. personality_exit() - @p, current's, has no threads any more. Both
 * wait for an answer, for a second at most.
 */
void personality_inherit(struct process *child);
void personality_fork(int child);
void personality_exit(const struct process *p);
/* handles_pages() - of the memory objects that @p has handles of, mapped or not. A spinlock may be held. */
unsigned long handles_pages(const struct process *p);

/*
 * release_user_words() - current is about to leave its mm, which is still loaded (exec, exit): give back the robust futexes
 * that it holds, clear and wake the word of clear_child_tid. May sleep.
 */
void release_user_words(void);
/* vfork_done() - current's process has left the memory of its vfork parent. */
void vfork_done(void);

#endif
