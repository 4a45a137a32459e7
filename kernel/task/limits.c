/* SPDX-License-Identifier: MIT */
/*
 * Resource limits of a process: struct process keeps them, tasklist_lock protects them. kernel/mm looks at the three
 * that concern it in the mm, where limits_to_mm() copies them: whenever they change, at fork and at exec. A vfork child
 * runs in its parent's mm, which keeps the parent's limits.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/config.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "lib/string.h"

#define RLIM_INFINITY	(~0UL)
#define STACK_LIMIT	(8UL << 20)

void limits_init(struct process *p)
{
	for (unsigned int i = 0; i < RLIM_NLIMITS; i++)
		p->rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	p->rlim[RLIMIT_STACK].cur = STACK_LIMIT;
	p->rlim[RLIMIT_CORE].cur = 0;
	p->rlim[RLIMIT_NOFILE] = (struct rlimit){ FILES_MAX, FILES_MAX };
}

void limits_to_mm(const struct process *p, struct mm_struct *mm)
{
	WRITE_ONCE(mm->rlim_as, p->rlim[RLIMIT_AS].cur);
	WRITE_ONCE(mm->rlim_data, p->rlim[RLIMIT_DATA].cur);
	WRITE_ONCE(mm->rlim_stack, p->rlim[RLIMIT_STACK].cur);
}

void limits_fork(struct process *child, struct task *t)
{
	VM_BUG_ON(!spin_is_held(&tasklist_lock));
	memcpy(child->rlim, current->proc->rlim, sizeof(child->rlim));
	if (t->mm != current->mm)
		limits_to_mm(child, t->mm);
}

/* 0 or -errno. tasklist_lock held. */
static int set_limit(struct process *p, unsigned int resource, const struct rlimit *new)
{
	struct mm_struct *mm = process_mm(p);

	if (new->cur > new->max)
		return -EINVAL;
	/* The one user may raise hard limits, but a table of descriptors has its size. */
	if (resource == RLIMIT_NOFILE && new->max > FILES_MAX)
		return -EPERM;
	p->rlim[resource] = *new;
	if (mm && !p->vforker)
		limits_to_mm(p, mm);
	return 0;
}

/* prlimit64(pid, resource, new, old) */
SYSCALL_DEFINE(sys_prlimit64)
{
	unsigned int resource = (unsigned int)a1;
	struct rlimit new, old = { 0, 0 };
	struct process *p;
	long ret = -ESRCH;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (a2 && copy_from_user(&new, a2, sizeof(new)) < 0)
		return -EFAULT;
	spin_lock(&tasklist_lock);
	p = a0 ? find_process((int)a0) : current->proc;
	if (p) {
		old = p->rlim[resource];
		ret = a2 ? set_limit(p, resource, &new) : 0;
	}
	spin_unlock(&tasklist_lock);
	if (ret == 0 && a3 && copy_to_user(a3, &old, sizeof(old)) < 0)
		return -EFAULT;
	return ret;
}

/* getrlimit(resource, old) */
SYSCALL_DEFINE(sys_getrlimit)
{
	return a1 ? sys_prlimit64(0, a0, 0, a1, 0, 0) : -EFAULT;
}

/* setrlimit(resource, new) */
SYSCALL_DEFINE(sys_setrlimit)
{
	return a1 ? sys_prlimit64(0, a0, a1, 0, 0, 0) : -EFAULT;
}
