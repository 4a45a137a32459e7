/* SPDX-License-Identifier: MIT */
/*
 * Switching between kernel stacks, and the floating-point registers. The kernel itself is compiled
 * without floating point; these two routines alone touch those registers.
 */
#include "asm-offsets.h"
#include "kernel/arch/riscv.h"

	.section .text

/*
 * struct task *switch_to(struct task *prev, struct task *next)
 * Keep prev's callee-saved registers in prev->context, go on with next's. Returns, on next's
 * stack and with tp = next, the task that ran before. Called by schedule() with the run queue locked.
 */
	.macro save_context
	sd	ra, TASK_CONTEXT + 0(a0)
	sd	sp, TASK_CONTEXT + 8(a0)
	sd	s0, TASK_CONTEXT + 16(a0)
	sd	s1, TASK_CONTEXT + 24(a0)
	sd	s2, TASK_CONTEXT + 32(a0)
	sd	s3, TASK_CONTEXT + 40(a0)
	sd	s4, TASK_CONTEXT + 48(a0)
	sd	s5, TASK_CONTEXT + 56(a0)
	sd	s6, TASK_CONTEXT + 64(a0)
	sd	s7, TASK_CONTEXT + 72(a0)
	sd	s8, TASK_CONTEXT + 80(a0)
	sd	s9, TASK_CONTEXT + 88(a0)
	sd	s10, TASK_CONTEXT + 96(a0)
	sd	s11, TASK_CONTEXT + 104(a0)
	.endm

	.globl	switch_to
	.type	switch_to, @function
switch_to:
	save_context
	ld	ra, TASK_CONTEXT + 0(a1)
	ld	sp, TASK_CONTEXT + 8(a1)
	ld	s0, TASK_CONTEXT + 16(a1)
	ld	s1, TASK_CONTEXT + 24(a1)
	ld	s2, TASK_CONTEXT + 32(a1)
	ld	s3, TASK_CONTEXT + 40(a1)
	ld	s4, TASK_CONTEXT + 48(a1)
	ld	s5, TASK_CONTEXT + 56(a1)
	ld	s6, TASK_CONTEXT + 64(a1)
	ld	s7, TASK_CONTEXT + 72(a1)
	ld	s8, TASK_CONTEXT + 80(a1)
	ld	s9, TASK_CONTEXT + 88(a1)
	ld	s10, TASK_CONTEXT + 96(a1)
	ld	s11, TASK_CONTEXT + 104(a1)
	mv	tp, a1
	ret
	.size	switch_to, . - switch_to

/*
 * The same, but next goes on in user mode with its pt_regs (resume_user in trap_entry.S): what it saved when it left is not
 * loaded. For prev it returns as switch_to does.
 */
	.globl	switch_to_user
	.type	switch_to_user, @function
switch_to_user:
	save_context
	mv	tp, a1
	tail	resume_user
	.size	switch_to_user, . - switch_to_user

/* The first code of a new task: a0 = the task before. Finishes the switch, then as trap_entry.S says. */
	.globl	task_entry
	.type	task_entry, @function
task_entry:
	call	finish_switch
	tail	ret_from_fork
	.size	task_entry, . - task_entry

	.option	push
	.option	arch, +f, +d

/* void fp_save(struct fpstate *state): f0..f31, fcsr */
	.globl	fp_save
	.type	fp_save, @function
fp_save:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fsd	f\n, \n * 8(a0)
	.endr
	frcsr	t0
	sd	t0, 256(a0)
	ret
	.size	fp_save, . - fp_save

/* void fp_load(const struct fpstate *state) */
	.globl	fp_load
	.type	fp_load, @function
fp_load:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fld	f\n, \n * 8(a0)
	.endr
	ld	t0, 256(a0)
	fscsr	t0
	ret
	.size	fp_load, . - fp_load
	.option	pop
