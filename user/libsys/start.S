/* SPDX-License-Identifier: MIT */
/*
 * Where a program begins, and the one instruction that enters the kernel.
 *
 *	sp ->	argc | argv[0] .. NULL | envp[0] .. NULL | auxv pairs .. AT_NULL
 *
 * The TLS block of the only thread is the image's own .tdata and the zeroes behind it
 * (user.ld): tp points at its first byte, as the riscv ABI has it. picolibc keeps errno there.
 */
#include "uapi/syscall.h"

	.text
	.globl _start
	.type _start, @function
_start:
	.cfi_startproc
	.cfi_undefined ra
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	tp, __tls_base
	mv	a0, sp
	andi	sp, sp, -16
	li	fp, 0			/* the end of every backtrace */
	call	libsys_start
	.cfi_endproc
	.size _start, . - _start

/* long raw_syscall(long nr, a0, a1, a2, a3, a4, a5): the kernel's answer as it is, -errno included. */
	.globl raw_syscall
	.type raw_syscall, @function
raw_syscall:
	mv	a7, a0
	mv	a0, a1
	mv	a1, a2
	mv	a2, a3
	mv	a3, a4
	mv	a4, a5
	mv	a5, a6
	ecall
	ret
	.size raw_syscall, . - raw_syscall

/*
 * pid_t vfork(void): the child runs on this very stack until it calls execve or _exit, so nothing may be
 * kept there: the return address stays in its register.
 */
	.globl vfork
	.type vfork, @function
vfork:
	li	a7, SYS_clone
	li	a0, 0x4111		/* CLONE_VFORK | CLONE_VM | SIGCHLD */
	li	a1, 0
	ecall
	bltz	a0, 1f
	ret
1:	j	libsys_result
	.size vfork, . - vfork

/*
 * long thread_clone(flags, stack, parent_tid, tls, child_tid, body, arg): clone(), and the child calls body(arg) on its own stack and
 * ends with what that returns. The two words lie on the new stack meanwhile.
 */
	.globl thread_clone
	.type thread_clone, @function
thread_clone:
	addi	a1, a1, -16
	sd	a5, 0(a1)
	sd	a6, 8(a1)
	li	a7, SYS_clone
	ecall
	beqz	a0, 1f
	ret
1:	ld	t0, 0(sp)
	ld	a0, 8(sp)
	li	fp, 0
	jalr	t0
	li	a7, SYS_exit
	ecall
	unimp
	.size thread_clone, . - thread_clone
