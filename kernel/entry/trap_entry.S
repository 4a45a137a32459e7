/* SPDX-License-Identifier: MIT */
/*
 * Trap entry and return. One word tells where a trap came from: sscratch holds the current
 * task while user code runs and 0 while the kernel does.
 *
 *			from user mode			from the kernel
 *	sscratch	current -> 0			0
 *	tp		user's -> pt_regs, current	current
 *	sp		user's -> pt_regs, kernel_sp	goes on below the interrupted frame
 *
 * The kernel runs with interrupts off, so only a fault in a user copy, an interrupt
 * of the idle loop, or a bug gets here from kernel code.
 */
#include "asm-offsets.h"
#include "kernel/arch/riscv.h"

#define PT_REG(n)	(8 * (n))	/* register xN in struct pt_regs */

	.cfi_sections .debug_frame
	.text

/* Every register but sp, tp and t0 (x2, x4, x5), which the entry saves in its own way. */
	.macro for_each_reg op
	\op	x1, PT_REG(1)(sp)
	\op	x3, PT_REG(3)(sp)
	.irp	n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	x\n, PT_REG(\n)(sp)
	.endr
	.endm

/* The CSRs of this trap; leaves sstatus.SUM off, which a fault in a user copy found on. */
	.macro save_csrs
	li	t0, SSTATUS_SUM
	csrrc	t1, sstatus, t0
	csrr	t2, sepc
	csrr	t3, stval
	csrr	t4, scause
	sd	t1, PT_STATUS(sp)
	sd	t2, PT_EPC(sp)
	sd	t3, PT_BADADDR(sp)
	sd	t4, PT_CAUSE(sp)
	.endm

/* sstatus and sepc for sret. The sc.d drops a reservation of the code that ran before. */
	.macro restore_csrs
	ld	t1, PT_STATUS(sp)
	ld	t2, PT_EPC(sp)
	addi	t0, sp, PT_EPC
	sc.d	zero, t2, (t0)
	csrw	sstatus, t1
	csrw	sepc, t2
	.endm

/*
 * For gdb's backtrace: the interrupted code is the caller. At first its pc is in sepc (DWARF number
 * 4096 + 0x141) and its registers are where they were; later all are in the pt_regs at sp.
 * Column 64 stands for the pc.
 */
	.macro cfi_trap
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column 64
	.cfi_register 64, 4417
	.endm

	.macro cfi_pt_regs
	.cfi_def_cfa sp, 0
	.cfi_offset 64, PT_EPC
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.cfi_offset \n, PT_REG(\n)
	.endr
	.endm

	/* At the sret everything is back in its place. */
	.macro cfi_restored
	.cfi_register 64, 4417
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.cfi_same_value \n
	.endr
	.endm

/* Save what is still in its registers, then C; s0 lets backtrace.c find the pt_regs below it. */
	.macro call_handler handler
	for_each_reg sd
	save_csrs
	cfi_pt_regs
	addi	s0, sp, PT_SIZE
	mv	a0, sp
	call	\handler
	.endm

	.macro return_from_trap
	for_each_reg ld
	ld	x5, PT_REG(5)(sp)
	ld	x4, PT_REG(4)(sp)
	ld	x2, PT_REG(2)(sp)
	cfi_restored
	sret
	.endm

	.globl	trap_entry
	.type	trap_entry, @function
	.balign	4
trap_entry:
	cfi_trap
	csrrw	tp, sscratch, tp
	beqz	tp, trap_entry_kernel

	sd	sp, TASK_USER_SP(tp)
	ld	sp, TASK_KERNEL_SP(tp)
	addi	sp, sp, -PT_SIZE
	sd	t0, PT_REG(5)(sp)
	ld	t0, TASK_USER_SP(tp)
	sd	t0, PT_REG(2)(sp)
	.cfi_def_cfa sp, 0
	.cfi_offset 2, PT_REG(2)
	.cfi_offset 5, PT_REG(5)
	csrrw	t0, sscratch, zero
	sd	t0, PT_REG(4)(sp)
	.cfi_offset 4, PT_REG(4)
	call_handler trap_from_user
	.globl	trap_return_user
trap_return_user:
	restore_csrs
	csrw	sscratch, tp
	return_from_trap
	.cfi_endproc
	.size	trap_entry, . - trap_entry

	.type	trap_entry_kernel, @function
trap_entry_kernel:
	cfi_trap
	csrrw	tp, sscratch, t0	/* tp is current again; t0 waits in sscratch */

	/* Does a pt_regs fit on this stack, and is sp on it at all? */
	ld	t0, TASK_KSTACK(tp)
	addi	t0, t0, PT_SIZE
	bltu	sp, t0, trap_stack_overflow
	ld	t0, TASK_KERNEL_SP(tp)
	bltu	t0, sp, trap_stack_overflow

	csrrw	t0, sscratch, zero
	sd	sp, (PT_REG(2) - PT_SIZE)(sp)
	addi	sp, sp, -PT_SIZE
	.cfi_adjust_cfa_offset PT_SIZE
	sd	x4, PT_REG(4)(sp)
	sd	x5, PT_REG(5)(sp)
	call_handler trap_from_kernel
	.globl	trap_return_kernel
trap_return_kernel:
	restore_csrs
	return_from_trap
	.cfi_endproc
	.size	trap_entry_kernel, . - trap_entry_kernel

/* No room on the stack: report from this hart's spare one. Does not come back. */
	.type	trap_stack_overflow, @function
trap_stack_overflow:
	cfi_trap
	sd	sp, TASK_USER_SP(tp)
	lw	t0, TASK_CPU(tp)
	addi	t0, t0, 1
	lla	sp, overflow_stacks
	slli	t0, t0, OVERFLOW_SHIFT
	add	sp, sp, t0
	addi	sp, sp, -PT_SIZE
	ld	t0, TASK_USER_SP(tp)
	sd	t0, PT_REG(2)(sp)
	csrrw	t0, sscratch, zero
	sd	x4, PT_REG(4)(sp)
	sd	x5, PT_REG(5)(sp)
	call_handler kernel_stack_overflow
	ebreak
	.cfi_endproc
	.size	trap_stack_overflow, . - trap_stack_overflow

/* Where a new task's first switch arrives: s0(s1), then to user mode with the pt_regs on top of its stack. */
	.globl	ret_from_fork
	.type	ret_from_fork, @function
ret_from_fork:
	.cfi_startproc
	.cfi_undefined ra
	beqz	s0, 1f
	mv	t0, s0
	mv	a0, s1
	li	s0, 0
	jalr	t0
1:	ld	sp, TASK_KERNEL_SP(tp)
	addi	sp, sp, -PT_SIZE
	addi	s0, sp, PT_SIZE
	mv	a0, sp
	call	trap_finish_user
	j	trap_return_user
	.cfi_endproc
	.size	ret_from_fork, . - ret_from_fork

/* Where switch_to_user arrives: a0 = the task before. The kernel stack is used anew from its top. */
	.globl	resume_user
	.type	resume_user, @function
resume_user:
	.cfi_startproc
	.cfi_undefined ra
	ld	sp, TASK_KERNEL_SP(tp)
	addi	sp, sp, -PT_SIZE
	addi	s0, sp, PT_SIZE
	call	finish_hand_over
	mv	a0, sp
	call	trap_finish_user
	j	trap_return_user
	.cfi_endproc
	.size	resume_user, . - resume_user
