/* SPDX-License-Identifier: MIT */
/*
 * struct task: a thread of execution. The pieces of it that trap.S and switch.S
 * touch stand first; their offsets come from asm-offsets.
 */
#ifndef KERNEL_SCHED_TASK_H
#define KERNEL_SCHED_TASK_H

#include "kernel/config.h"
#include "kernel/percpu.h"
#include "lib/list.h"
#include "lib/types.h"

struct mm_struct;
struct pt_regs;

struct task {
	/* Assembly and this_cpu_id() know these by offset. */
	unsigned int cpu;		/* first: id of the hart it runs on (or ran last) */
	unsigned int flags;
	unsigned long kernel_sp;	/* top of the kernel stack, where a trap from user mode starts */
	unsigned long user_sp;		/* trap.S: user's sp between entry and its saving */

	int pid, tgid;
	char name[TASK_NAME_LEN];
	struct mm_struct *mm;		/* NULL: kernel thread */
	struct mm_struct *active_mm;	/* whose page table this hart has loaded while it runs */
	struct pt_regs *regs;		/* user registers at the last trap, at the top of the stack */
	void *kstack;			/* lowest address of the kernel stack */
	unsigned long fail_nth;		/* fail_alloc_set(): counts down to the allocation that fails */
};

#endif
