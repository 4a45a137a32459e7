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

#include "kernel/sched/task.h"

/* fp_init() - do all harts have F and D? fp_available(): what it was told. */
void fp_init(bool there);
bool fp_available(void);
/* fp_sync() - task->fp of current is up to date after this; the registers keep their values. */
void fp_sync(void);
/* fp_switch_out() - @prev, a user task, leaves this hart. */
void fp_switch_out(struct task *prev);
/* fp_restore() - current returns to user mode and needs its registers. */
void fp_restore(struct pt_regs *regs);
/* fp_set() - current continues with @state (sigreturn); NULL: with zeroes (exec). Sets sstatus.FS of @regs. */
void fp_set(struct pt_regs *regs, const struct fpstate *state);
/* fp_fork() - @child begins with current's registers. Assumes: its pt_regs are copied already. */
void fp_fork(struct task *child);

#endif
