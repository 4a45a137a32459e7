/* SPDX-License-Identifier: MIT */
/* sys.h for riscv64. */
	.text
	.globl _start, sys6, touch_load, touch_store, touch_fixup, sigreturn_stub

_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	ld	a0, 0(sp)
	addi	a1, sp, 8
	andi	sp, sp, -16
	call	diff_main
	li	a7, 94			/* exit_group */
	ecall

sys6:
	mv	a7, a0
	mv	a0, a1
	mv	a1, a2
	mv	a2, a3
	mv	a3, a4
	mv	a4, a5
	mv	a5, a6
	ecall
	ret

touch_load:
	ld	a0, 0(a0)
	ret

touch_store:
	sd	a1, 0(a0)
touch_fixup:
	li	a0, 0
	ret

sigreturn_stub:
	li	a7, 139			/* rt_sigreturn */
	ecall
