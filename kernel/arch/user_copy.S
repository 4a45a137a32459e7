/* SPDX-License-Identifier: MIT */
/*
 * The loads and stores that touch user memory. Each such instruction has an entry in
 * .ex_table: (its address, where to go on when the fault stays). SUM is on between
 * the csrs and the csrc, and only there.
 */
#include "kernel/arch/riscv.h"

	.macro user_access insn:vararg
99:	\insn
	.pushsection .ex_table, "a"
	.balign	8
	.quad	99b, 90f
	.popsection
	.endm

	.macro func name
	.globl	\name
	.type	\name, @function
	.balign	4
\name:
	.endm

	.macro sum_on
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
	.endm

	.macro sum_off_ret result
	csrc	sstatus, t6
	li	a0, \result
	ret
	.endm

#define FAULT	-14	/* -EFAULT */

	.text

/* int user_copy(void *dst, const void *src, size_t n): either side may be the user's. */
	func user_copy
	sum_on
	add	t0, a0, a2		/* end of dst */
	or	t1, a0, a1
	andi	t1, t1, 7
	bnez	t1, 3f
	andi	t2, a2, -8
	add	t2, a0, t2		/* end of whole words */
	andi	t1, a2, -64
	add	t1, a0, t1		/* end of whole 64-byte blocks */
	bgeu	a0, t1, 2f
1:	user_access ld a3, 0(a1)
	user_access ld a4, 8(a1)
	user_access ld a5, 16(a1)
	user_access ld a6, 24(a1)
	user_access ld a7, 32(a1)
	user_access ld t3, 40(a1)
	user_access ld t4, 48(a1)
	user_access ld t5, 56(a1)
	user_access sd a3, 0(a0)
	user_access sd a4, 8(a0)
	user_access sd a5, 16(a0)
	user_access sd a6, 24(a0)
	user_access sd a7, 32(a0)
	user_access sd t3, 40(a0)
	user_access sd t4, 48(a0)
	user_access sd t5, 56(a0)
	addi	a0, a0, 64
	addi	a1, a1, 64
	bltu	a0, t1, 1b
2:	bgeu	a0, t2, 3f
	user_access ld a3, 0(a1)
	user_access sd a3, 0(a0)
	addi	a0, a0, 8
	addi	a1, a1, 8
	j	2b
3:	bgeu	a0, t0, 4f
	user_access lb a3, 0(a1)
	user_access sb a3, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	j	3b
4:	sum_off_ret 0
90:	sum_off_ret FAULT
	.size	user_copy, . - user_copy

/* int user_clear(void *dst, size_t n) */
	func user_clear
	sum_on
	add	t0, a0, a1
1:	bgeu	a0, t0, 4f
	andi	t1, a0, 7
	sub	t2, t0, a0
	sltiu	t2, t2, 8
	or	t1, t1, t2
	bnez	t1, 2f
	user_access sd zero, 0(a0)
	addi	a0, a0, 8
	j	1b
2:	user_access sb zero, 0(a0)
	addi	a0, a0, 1
	j	1b
4:	sum_off_ret 0
90:	sum_off_ret FAULT
	.size	user_clear, . - user_clear

/* long user_strncpy(char *dst, const char *src, size_t n): length, n when there is no NUL, or -EFAULT */
	func user_strncpy
	sum_on
	li	t0, 0
1:	bgeu	t0, a2, 2f
	add	t1, a1, t0
	user_access lb t2, 0(t1)
	add	t1, a0, t0
	sb	t2, 0(t1)
	beqz	t2, 2f
	addi	t0, t0, 1
	j	1b
2:	csrc	sstatus, t6
	mv	a0, t0
	ret
90:	sum_off_ret FAULT
	.size	user_strncpy, . - user_strncpy

/* int user_load32(u32 *value, unsigned long uaddr), user_load64 */
	.macro load_word name load store
	func \name
	sum_on
	user_access \load a2, 0(a1)
	\store	a2, 0(a0)
	sum_off_ret 0
90:	sum_off_ret FAULT
	.size	\name, . - \name
	.endm

/* int user_store32(u32 value, unsigned long uaddr), user_store64 */
	.macro store_word name store
	func \name
	sum_on
	user_access \store a0, 0(a1)
	sum_off_ret 0
90:	sum_off_ret FAULT
	.size	\name, . - \name
	.endm

	load_word user_load32 lw sw
	load_word user_load64 ld sd
	store_word user_store32 sw
	store_word user_store64 sd

/* int user_amoswap(u32 *old, u32 arg, unsigned long uaddr), user_amoadd, ... */
	.macro amo_word name insn
	func \name
	sum_on
	user_access \insn a3, a1, (a2)
	sw	a3, 0(a0)
	sum_off_ret 0
90:	sum_off_ret FAULT
	.size	\name, . - \name
	.endm

	amo_word user_amoswap amoswap.w.aqrl
	amo_word user_amoadd amoadd.w.aqrl
	amo_word user_amoor amoor.w.aqrl
	amo_word user_amoand amoand.w.aqrl
	amo_word user_amoxor amoxor.w.aqrl

/* int user_cmpxchg32(u32 *seen, unsigned long uaddr, u32 old, u32 new) */
	func user_cmpxchg32
	sum_on
	sext.w	a2, a2
1:	user_access lr.w.aqrl a4, (a1)
	bne	a4, a2, 2f
	user_access sc.w.rl a5, a3, (a1)
	bnez	a5, 1b
	fence	rw, rw
2:	sw	a4, 0(a0)
	sum_off_ret 0
90:	sum_off_ret FAULT
	.size	user_cmpxchg32, . - user_cmpxchg32
