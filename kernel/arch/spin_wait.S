/* SPDX-License-Identifier: MIT */
/* spin_lock() of a RELEASE build when the lock is not free: spin_lock_wait() with the registers of the caller preserved. */

	.macro for_each_saved op
	\op	ra, 0(sp)
	\op	t1, 8(sp)
	\op	t2, 16(sp)
	\op	t3, 24(sp)
	\op	t4, 32(sp)
	\op	t5, 40(sp)
	\op	t6, 48(sp)
	\op	a0, 56(sp)
	\op	a1, 64(sp)
	\op	a2, 72(sp)
	\op	a3, 80(sp)
	\op	a4, 88(sp)
	\op	a5, 96(sp)
	\op	a6, 104(sp)
	\op	a7, 112(sp)
	.endm

	.cfi_sections .debug_frame
	.text

/* call t0, spin_wait with a0, a1: the arguments of spin_lock_wait(). Changes t0 only. */
	.globl	spin_wait
	.type	spin_wait, @function
spin_wait:
	.cfi_startproc
	.cfi_return_column t0
	addi	sp, sp, -128
	.cfi_def_cfa_offset 128
	for_each_saved sd
	sd	t0, 120(sp)
	.cfi_offset t0, -8
	call	spin_lock_wait
	ld	t0, 120(sp)
	for_each_saved ld
	addi	sp, sp, 128
	.cfi_def_cfa_offset 0
	jr	t0
	.cfi_endproc
	.size	spin_wait, . - spin_wait
