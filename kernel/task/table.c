/* SPDX-License-Identifier: MIT */
/*
 * Making, finding and freeing tasks and processes. Ids are given out in a circle and
 * found through a hash; everything that links tasks to each other is under tasklist_lock.
 */
#include "kernel/arch/regs.h"
#include "kernel/core/bug.h"
#include "kernel/core/time.h"
#include "kernel/mm/frame/vmalloc.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/string.h"

#define PID_MAX		32768
#define PID_BUCKETS	1024

DEFINE_SPINLOCK(tasklist_lock);
LIST_HEAD(all_tasks);
struct process *init_process;

static struct kmem_cache *task_cache, *process_cache;
static struct list_head pid_hash[PID_BUCKETS];	/* of task->pid_node; tasklist_lock */
static int last_pid;				/* tasklist_lock */
static bool pids_wrapped;

/* switch.S */
void task_entry(void);

void task_init(void)
{
	for (int i = 0; i < PID_BUCKETS; i++)
		INIT_LIST_HEAD(&pid_hash[i]);
	task_cache = kmem_cache_create("task", sizeof(struct task), 16, 0, NULL);
	process_cache = kmem_cache_create("process", sizeof(struct process), 0, 0, NULL);
}

/* Does a task, process group or session go by the name of @pid? */
static bool pid_in_use(int pid)
{
	struct task *t;

	if (find_task(pid))
		return true;
	list_for_each_entry(t, &all_tasks, task_node)
		if (t->proc->pgid == pid || t->proc->sid == pid)
			return true;
	return false;
}

/* The next free id; 0: there is none. Before the first turn of the circle none can be in use. */
static int next_pid(void)
{
	VM_BUG_ON(!spin_is_held(&tasklist_lock));
	for (int tries = 0; tries < PID_MAX; tries++) {
		if (++last_pid >= PID_MAX) {
			last_pid = 2;
			pids_wrapped = true;
		}
		if (!pids_wrapped || !pid_in_use(last_pid))
			return last_pid;
	}
	return 0;
}

struct task *alloc_task(void)
{
	struct task *t = kmem_cache_alloc(task_cache, GFP_KERNEL | __GFP_ZERO);

	if (!t)
		return NULL;
	t->kstack = kstack_alloc();
	if (!t->kstack) {
		kmem_cache_free(task_cache, t);
		return NULL;
	}
	t->kernel_sp = (unsigned long)t->kstack + KSTACK_SIZE;
	t->regs = task_pt_regs(t);
	memset(t->regs, 0, sizeof(*t->regs));
	t->context.ra = (unsigned long)task_entry;
	t->context.sp = (unsigned long)t->regs;
	t->state = TASK_NEW;
	t->cpus_allowed = ~0UL;
	t->fp_cpu = -1;
	t->cpu = this_cpu_id();
	t->altstack.ss_flags = SS_DISABLE;
	sigpending_init(&t->pending);
	return t;
}

void free_task(struct task *t)
{
	VM_BUG_ON(t->mm || t->on_rq || t->on_cpu);
	sigpending_flush(&t->pending);
	kstack_free(t->kstack);
	kmem_cache_free(task_cache, t);
}

struct process *alloc_process(void)
{
	struct process *p = kmem_cache_alloc(process_cache, GFP_KERNEL);

	if (!p)
		return NULL;
	memset(p, 0, offsetof(struct process, action));
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->threads);
	init_wait_queue(&p->child_wait);
	spin_lock_init(&p->siglock);
	sigpending_init(&p->shared_pending);
	p->start_ns = ktime_get_ns();
	return p;
}

void free_process(struct process *p)
{
	VM_BUG_ON(!list_empty(&p->children) || p->files || p->handles);
	sigpending_flush(&p->shared_pending);
	kmem_cache_free(process_cache, p);
}

void free_dead(struct task *t)
{
	/* Not to be looked into for a thread that is not the leader: its process may be gone. */
	struct process *p = t->flags & TASK_THREAD ? NULL : t->proc;

	VM_BUG_ON(t->state != TASK_DEAD || (p && !list_empty(&p->threads)));
	free_task(t);
	if (p)
		free_process(p);
}

static void hash_pid(struct task *t)
{
	list_add(&t->pid_node, &pid_hash[t->pid % PID_BUCKETS]);
}

bool attach_task(struct task *t, struct process *p)
{
	VM_BUG_ON(!spin_is_held(&tasklist_lock) || !spin_is_held(&p->siglock));
	t->pid = next_pid();
	if (t->pid == 0)
		return false;
	if (list_empty(&p->threads)) {
		p->pid = t->pid;
		p->leader = t;
	} else {
		t->flags |= TASK_THREAD;
	}
	t->tgid = p->pid;
	t->proc = p;
	p->nr_attached++;
	p->nr_live++;
	list_add_tail(&t->thread_node, &p->threads);
	list_add_tail(&t->task_node, &all_tasks);
	hash_pid(t);
	return true;
}

void detach_task(struct task *t)
{
	VM_BUG_ON(!spin_is_held(&tasklist_lock) || (!t->proc->zombie && !spin_is_held(&t->proc->siglock)));
	list_del(&t->thread_node);
	list_del(&t->task_node);
	list_del(&t->pid_node);
}

struct task *replace_leader(struct process *p)
{
	struct task *old = p->leader;

	VM_BUG_ON(p->nr_attached != 1 || current == old || !(old->flags & TASK_EXITING));
	detach_task(old);
	list_del(&current->pid_node);
	current->pid = p->pid;
	hash_pid(current);
	current->flags &= ~TASK_THREAD;
	p->leader = current;
	old->flags |= TASK_THREAD;
	return old;
}

struct task *find_task(int pid)
{
	struct task *t;

	VM_BUG_ON(!spin_is_held(&tasklist_lock));
	if (pid <= 0)
		return NULL;
	list_for_each_entry(t, &pid_hash[pid % PID_BUCKETS], pid_node)
		if (t->pid == pid)
			return t;
	return NULL;
}

struct process *find_process_of(int tid)
{
	struct task *t = find_task(tid);

	return t ? t->proc : NULL;
}

struct process *find_process(int pid)
{
	struct task *t = find_task(pid);

	return t && t->proc->pid == pid ? t->proc : NULL;
}

/*
 * A task stays in its bucket for all its life, so a walk by buckets meets none twice, whatever happens between two of them. (But
 * for a thread that becomes the leader in execve().)
 */
void visit_tasks(bool (*visit)(struct task *t, void *arg), void *arg)
{
	bool more = true;
	struct task *t;

	for (int i = 0; i < PID_BUCKETS && more; i++) {
		if (READ_ONCE(pid_hash[i].next) == &pid_hash[i])
			continue;
		spin_lock(&tasklist_lock);
		list_for_each_entry(t, &pid_hash[i], pid_node) {
			more = visit(t, arg);
			if (!more)
				break;
		}
		spin_unlock(&tasklist_lock);
		cond_resched();
	}
}

/* The address space of @p (NULL: none) with a reference. Drops tasklist_lock. */
static struct mm_struct *unlock_with_mm(const struct process *p)
{
	struct mm_struct *mm = p ? process_mm(p) : NULL;

	if (mm)
		mmget(mm);
	spin_unlock(&tasklist_lock);
	if (mm && mm != current->mm)
		mm_set_shared(mm);
	return mm;
}

struct mm_struct *get_task_mm(int pid)
{
	const struct task *t = current;

	spin_lock(&tasklist_lock);
	if (pid != 0)
		t = find_task(pid);
	return unlock_with_mm(t ? t->proc : NULL);
}

struct mm_struct *get_process_mm(int pid, u64 start_ns)
{
	const struct process *p;

	spin_lock(&tasklist_lock);
	p = find_process(pid);
	return unlock_with_mm(p && p->start_ns == start_ns ? p : NULL);
}

struct mm_struct *set_task_mm(struct mm_struct *mm)
{
	struct mm_struct *old = current->mm;

	spin_lock(&tasklist_lock);
	current->mm = mm;
	if (mm)
		limits_to_mm(current->proc, mm);
	spin_unlock(&tasklist_lock);
	current->active_mm = mm;
	switch_mm(mm);
	return old;
}

struct task *kernel_thread(const char *name, void (*fn)(void *), void *arg)
{
	struct process *p = alloc_process();
	struct task *t = p ? alloc_task() : NULL;
	bool ok;

	if (!t) {
		if (p)
			free_process(p);
		return NULL;
	}
	limits_init(p);
	memset(p->action, 0, sizeof(p->action));
	strscpy(t->name, name, sizeof(t->name));
	t->flags = TASK_KTHREAD;
	t->context.s[0] = (unsigned long)fn;
	t->context.s[1] = (unsigned long)arg;

	spin_lock(&tasklist_lock);
	spin_lock(&p->siglock);
	ok = attach_task(t, p);
	spin_unlock(&p->siglock);
	p->pgid = p->sid = p->pid;
	if (!init_process)
		init_process = p;	/* the first one; exit_signal and parent stay unset */
	spin_unlock(&tasklist_lock);
	BUG_ON(!ok);
	wake_up_new_task(t);
	return t;
}
