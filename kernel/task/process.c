/* SPDX-License-Identifier: MIT */
/* System calls by which a process learns about itself, its family and the machine. */
#include "kernel/arch/machine.h"
#include "kernel/arch/sbi.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/config.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"

SYSCALL_DEFINE(sys_getpid)
{
	return current->tgid;
}

SYSCALL_DEFINE(sys_gettid)
{
	return current->pid;
}

SYSCALL_DEFINE(sys_getppid)
{
	int pid;

	spin_lock(&tasklist_lock);
	pid = current->proc->parent ? current->proc->parent->pid : 0;
	spin_unlock(&tasklist_lock);
	return pid;
}

/* There is one user, who may do everything. */
SYSCALL_DEFINE(sys_getuid) { return 0; }
SYSCALL_DEFINE(sys_geteuid) { return 0; }
SYSCALL_DEFINE(sys_getgid) { return 0; }
SYSCALL_DEFINE(sys_getegid) { return 0; }

/* umask(mask): no files are made; the usual mask. */
SYSCALL_DEFINE(sys_umask)
{
	return 022;
}

/* set_tid_address(ptr) */
SYSCALL_DEFINE(sys_set_tid_address)
{
	current->clear_child_tid = a0;
	return current->pid;
}


/*
 * riscv_flush_icache(start, end, flags): flag 1 says that only the caller will execute what it stored. But the caller may
 * move to another hart, so that all of them fetch anew in any case.
 */
SYSCALL_DEFINE(sys_riscv_flush_icache)
{
	if (a2 & ~1UL)
		return -EINVAL;
	machine_sync_icache();
	return 0;
}

/* ---- groups and sessions ---- */

static bool pgrp_in_session(int pgid, int sid)
{
	struct task *t;

	list_for_each_entry(t, &all_tasks, task_node)
		if (t->proc->pgid == pgid && t->proc->sid == sid)
			return true;
	return false;
}

/* setpgid(pid, pgid) */
SYSCALL_DEFINE(sys_setpgid)
{
	int pid = a0 ? (int)a0 : current->tgid;
	int pgid = a1 ? (int)a1 : pid;
	struct process *p;
	long ret = 0;

	if (pgid < 0)
		return -EINVAL;
	spin_lock(&tasklist_lock);
	p = find_process(pid);
	if (!p || (p != current->proc && p->parent != current->proc))
		ret = -ESRCH;
	else if (p != current->proc && p->did_exec)
		ret = -EACCES;
	else if (p->sid != current->proc->sid || p->sid == p->pid)
		ret = -EPERM;
	else if (pgid != pid && !pgrp_in_session(pgid, p->sid))
		ret = -EPERM;
	else
		p->pgid = pgid;
	spin_unlock(&tasklist_lock);
	return ret;
}

/* getpgid(pid) */
SYSCALL_DEFINE(sys_getpgid)
{
	struct process *p;
	long ret = -ESRCH;

	spin_lock(&tasklist_lock);
	p = a0 ? find_process((int)a0) : current->proc;
	if (p)
		ret = p->pgid;
	spin_unlock(&tasklist_lock);
	return ret;
}

/* getsid(pid) */
SYSCALL_DEFINE(sys_getsid)
{
	struct process *p;
	long ret = -ESRCH;

	spin_lock(&tasklist_lock);
	p = a0 ? find_process((int)a0) : current->proc;
	if (p)
		ret = p->sid;
	spin_unlock(&tasklist_lock);
	return ret;
}

SYSCALL_DEFINE(sys_setsid)
{
	struct process *p = current->proc;
	struct task *t;
	long ret = p->pid;

	spin_lock(&tasklist_lock);
	list_for_each_entry(t, &all_tasks, task_node)
		if (t->proc->pgid == p->pid)
			ret = -EPERM;	/* a group of that name exists */
	if (ret > 0)
		p->sid = p->pgid = p->pid;
	spin_unlock(&tasklist_lock);
	return ret;
}

/* ---- the machine ---- */

/* uname(buf) */
SYSCALL_DEFINE(sys_uname)
{
	/* Programs read the release as "the Linux whose calls I may use". */
	static const char names[6][65] = {
		"Samara", "samara", "6.12.0-samara", "#1 SMP", "riscv64", "(none)",
	};

	return copy_to_user(a0, names, sizeof(names));
}

struct sysinfo {
	long uptime;
	unsigned long loads[3];
	unsigned long totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	u16 procs, pad;
	unsigned long totalhigh, freehigh;
	u32 mem_unit;
};

/* sysinfo(buf) */
SYSCALL_DEFINE(sys_sysinfo)
{
	struct sysinfo info;
	struct task *t;

	memset(&info, 0, sizeof(info));
	info.uptime = (long)(ktime_get_ns() / NSEC_PER_SEC);
	info.loads[0] = info.loads[1] = info.loads[2] = (unsigned long)sched_nr_running() << 16;
	info.totalram = nr_total_pages() * PAGE_SIZE;
	info.freeram = nr_free_pages() * PAGE_SIZE;
	info.totalswap = swap_total() * PAGE_SIZE;
	info.freeswap = swap_free_slots() * PAGE_SIZE;
	info.mem_unit = 1;
	spin_lock(&tasklist_lock);
	list_for_each_entry(t, &all_tasks, task_node)
		info.procs++;
	spin_unlock(&tasklist_lock);
	return copy_to_user(a0, &info, sizeof(info));
}
