/* SPDX-License-Identifier: MIT */
/*
 * Floating-point registers of user threads, moved only when they must be.
 *
 *	user runs	   sstatus.FS says Dirty once it changed a register
 *	switched out	   Dirty: saved to task->fp, FS = Clean, this hart remembers whose they are
 *	back to user	   WORK_FP: loaded from task->fp unless the hart still holds exactly these
 *
 * FS = Initial means "all zero", which task->fp says too. The kernel uses no FP registers, so
 * between a trap and a switch they keep the user's values.
 *
 * Harts without F and D have no such registers: FS stays Off, an FP instruction is an illegal one (SIGILL), and
 * nothing is saved or loaded.
 */
#ifndef KERNEL_SCHED_FP_H
#define KERNEL_SCHED_FP_H

#include "kernel/arch/regs.h"
#include "kernel/core/config.h"
#include "kernel/sched/task.h"

/*
 * Whose task->fp the registers of a hart equal, if that task's fp_cpu agrees. NULL: all zero,
 * which is what harts start with as far as user programs are concerned (see fp_restore()).
 */
struct fp_regs {
	const struct task *owner;
	bool zero;
};
extern struct fp_regs fp_regs[NR_CPUS];		/* fp.c's own, but for fp_is_loaded() */

/* fp_init() - do all harts have F and D? fp_available(): what it was told. */
void fp_init(bool there);
bool fp_available(void);
/* fp_sync() - task->fp of current is up to date after this; the registers keep their values. */
void fp_sync(void);
/* fp_switch_out() - @prev, a user task, leaves this hart. fp_save_dirty(): its half for registers that were changed. */
void fp_save_dirty(struct task *prev);
static inline void fp_switch_out(struct task *prev)
{
	if ((task_pt_regs(prev)->status & SSTATUS_FS) == SSTATUS_FS_DIRTY)
		fp_save_dirty(prev);
}
/* fp_is_loaded() - does this hart hold what @next, which comes to it, needs? Else fp_restore() is to be called. */
static inline bool fp_is_loaded(const struct task *next, unsigned int cpu)
{
	if ((task_pt_regs(next)->status & SSTATUS_FS) == SSTATUS_FS_INITIAL)
		return fp_regs[cpu].zero;
	return fp_regs[cpu].owner == next && next->fp_cpu == (int)cpu;
}
/* fp_restore() - current returns to user mode and needs its registers. */
void fp_restore(struct pt_regs *regs);
/* fp_set() - current continues with @state (sigreturn); NULL: with zeroes (exec). Sets sstatus.FS of @regs. */
void fp_set(struct pt_regs *regs, const struct fpstate *state);
/* fp_fork() - @child begins with current's registers. Assumes: its pt_regs are copied already. */
void fp_fork(struct task *child);

#endif
