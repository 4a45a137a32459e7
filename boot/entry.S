/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of each hart. OpenSBI enters at physical addresses with
 * a0 = hart id and paging off:
 *
 *	_start			the boot hart; a1 = device tree (physical)
 *	_start_secondary	a hart that sbi_hart_start() woke; a1 = struct secondary_entry
 *
 * Both turn paging on by the same trick: stvec holds the high address of the next instruction,
 * so that the fetch which faults after the write to satp "traps" to it. The low half needs no mapping.
 */
#include "kernel/asm-offsets.h"
#include "kernel/riscv.h"

	.macro go_high table
	lla	t0, \table
	srli	t0, t0, 12
	li	t1, SATP_MODE_SV39
	or	t0, t0, t1
	lla	t1, 1f
	li	t2, KERNEL_OFFSET
	add	t1, t1, t2
	csrw	stvec, t1
	sfence.vma
	csrw	satp, t0
	nop
	.balign 4
1:	sfence.vma
	.endm

	.section .head.text, "ax"
	.globl	_start
_start:
	csrw	sie, zero
	csrci	sstatus, SSTATUS_SIE

	/* What an earlier stage left in memory is not zero. */
	lla	t0, __bss_start
	lla	t1, __bss_end
0:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 0b

	mv	s1, a0
	mv	s2, a1
	lla	sp, __boot_stack_end
	call	boot_early_table	/* C at physical addresses: relative code only */
	go_high	early_pgd

	lla	sp, __boot_stack_end
	lla	tp, idle_tasks		/* current is cpu 0's idle task from here on */
	lla	t0, __boot_stack
	sd	t0, TASK_KSTACK(tp)
	sd	sp, TASK_KERNEL_SP(tp)
	li	s0, 0			/* the end of every backtrace */
	li	ra, 0
	mv	a0, s1
	mv	a1, s2
	tail	boot_main

	.globl	_start_secondary
_start_secondary:
	csrw	sie, zero
	csrci	sstatus, SSTATUS_SIE
	mv	s1, a1
	go_high	kernel_pgd

	li	t0, PAGE_OFFSET
	add	s1, s1, t0
	ld	tp, SECONDARY_TASK(s1)
	ld	sp, TASK_KERNEL_SP(tp)
	li	s0, 0
	li	ra, 0
	tail	secondary_main
