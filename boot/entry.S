/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of each hart, _start. OpenSBI enters at physical addresses with a0 = hart id and
 * paging off. The first to come is the boot hart, with a1 = device tree (physical); the others come one
 * by one when sbi_hart_start() wakes them, and go on at start_secondary.
 *
 * Both turn paging on by the same trick: stvec holds the high address of the next instruction,
 * so that the fetch which faults after the write to satp "traps" to it. The low half needs no mapping.
 * A hart without Sv39 ignores the write and fetches on: then no_sv39 is next.
 */
#include "asm-offsets.h"
#include "kernel/arch/riscv.h"

	.macro go_high table, no_sv39
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
	j	\no_sv39
	.balign 4
1:	sfence.vma
	.endm

	.section .head.text, "ax"
	.globl	_start
_start:
	csrw	sie, zero
	csrci	sstatus, SSTATUS_SIE

	/*
	 * No entry of their own for the woken ones: OpenSBI 1.1 marks a hart as started before it writes down
	 * where, and a hart that looks in between comes here anyhow, with nothing of use in a1.
	 */
	lla	t0, boot_hart_taken
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, start_secondary

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
	go_high	early_pgd, boot_hart_has_no_sv39

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

start_secondary:
	fence				/* see what the boot hart wrote before it woke us */
	go_high	kernel_pgd, hart_has_no_sv39

	lla	t0, starting_task
	ld	tp, 0(t0)
	ld	sp, TASK_KERNEL_SP(tp)
	li	s0, 0
	li	ra, 0
	tail	secondary_main

	/* Physical addresses still. */
boot_hart_has_no_sv39:
	mv	a0, s2
	tail	boot_no_sv39

hart_has_no_sv39:			/* the boot hart says that this one did not arrive */
	wfi
	j	hart_has_no_sv39

	/* Not in .bss: it is set before that is cleared. */
	.data
	.balign 4
boot_hart_taken:
	.word	0
