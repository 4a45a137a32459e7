/* SPDX-License-Identifier: MIT */
/* System calls by which a program chooses where and how its threads run. */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/sched/rcu.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"

SYSCALL_DEFINE(sys_sched_yield)
{
	yield();
	return 0;
}

/* sched_getaffinity(pid, size, mask). Returns: the size of the kernel's mask, as on Linux */
SYSCALL_DEFINE(sys_sched_getaffinity)
{
	struct task *t;
	u64 mask = 0;

	if (a1 < sizeof(mask) || a1 % sizeof(mask))
		return -EINVAL;
	spin_lock(&tasklist_lock);
	t = a0 ? find_task((int)a0) : current;
	if (t)
		mask = READ_ONCE(t->cpus_allowed) & cpus_online_mask();
	spin_unlock(&tasklist_lock);
	if (!t)
		return -ESRCH;
	return copy_to_user(a2, &mask, sizeof(mask)) < 0 ? -EFAULT : (long)sizeof(mask);
}

/* sched_setaffinity(pid, size, mask): harts that are not there do not count, but one has to be */
SYSCALL_DEFINE(sys_sched_setaffinity)
{
	u64 mask = 0;
	struct task *t;

	if (copy_from_user(&mask, a2, min(a1, sizeof(mask))) < 0)
		return -EFAULT;
	mask &= cpus_online_mask();
	spin_lock(&tasklist_lock);
	t = a0 ? find_task((int)a0) : current;
	if (t && mask)
		set_cpus_allowed(t, mask);
	spin_unlock(&tasklist_lock);
	if (!t)
		return -ESRCH;
	if (!mask)
		return -EINVAL;
	cond_resched();			/* current may have to move */
	return 0;
}

/* ---- scheduling classes: there is one, SCHED_OTHER, without priorities ---- */

#define SCHED_OTHER	0

static bool task_exists(int pid)
{
	bool found;

	spin_lock(&tasklist_lock);
	found = pid == 0 || find_task(pid);
	spin_unlock(&tasklist_lock);
	return found;
}

/* sched_getscheduler(pid) */
SYSCALL_DEFINE(sys_sched_getscheduler)
{
	if ((int)a0 < 0)
		return -EINVAL;
	return task_exists((int)a0) ? SCHED_OTHER : -ESRCH;
}

/* sched_setscheduler(pid, policy, param) */
SYSCALL_DEFINE(sys_sched_setscheduler)
{
	u32 priority;

	if ((int)a0 < 0 || !a2)
		return -EINVAL;
	if (get_user_u32(&priority, a2) < 0)
		return -EFAULT;
	if (!task_exists((int)a0))
		return -ESRCH;
	return (int)a1 == SCHED_OTHER && priority == 0 ? 0 : -EINVAL;
}

/* sched_getparam(pid, param) */
SYSCALL_DEFINE(sys_sched_getparam)
{
	if ((int)a0 < 0 || !a1)
		return -EINVAL;
	if (!task_exists((int)a0))
		return -ESRCH;
	return put_user_u32(0, a1);
}

/* sched_setparam(pid, param) */
SYSCALL_DEFINE(sys_sched_setparam)
{
	return sys_sched_setscheduler(a0, SCHED_OTHER, a1, 0, 0, 0);
}

/* sched_get_priority_max(policy), sched_get_priority_min(policy) */
SYSCALL_DEFINE(sys_sched_get_priority_max)
{
	return (int)a0 == SCHED_OTHER ? 0 : -EINVAL;
}

SYSCALL_DEFINE(sys_sched_get_priority_min)
{
	return (int)a0 == SCHED_OTHER ? 0 : -EINVAL;
}

/* getcpu(cpu, node, unused) */
SYSCALL_DEFINE(sys_getcpu)
{
	if (a0 && put_user_u32(this_cpu_id(), a0) < 0)
		return -EFAULT;
	return a1 ? put_user_u32(0, a1) : 0;
}

/* ---- membarrier ---- */

#define MEMBARRIER_CMD_QUERY				0
#define MEMBARRIER_CMD_GLOBAL				1
#define MEMBARRIER_CMD_PRIVATE_EXPEDITED		8
#define MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED	16

/*
 * membarrier(cmd, flags, cpu): what this thread did before is seen by what others do after it, and what they did before by what
 * this one does after it. A grace period of RCU does that: every hart that runs passes a section of its lock meanwhile, behind
 * the caller's and before its end.
 */
SYSCALL_DEFINE(sys_membarrier)
{
	struct process *p = current->proc;

	if (a1)
		return -EINVAL;
	switch ((int)a0) {
	case MEMBARRIER_CMD_QUERY:
		return MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
	case MEMBARRIER_CMD_GLOBAL:
		synchronize_rcu();
		return 0;
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		WRITE_ONCE(p->membarrier, true);
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		if (!READ_ONCE(p->membarrier))
			return -EPERM;
		if (READ_ONCE(p->nr_attached) > 1)
			synchronize_rcu_expedited();
		return 0;
	}
	return -EINVAL;
}
