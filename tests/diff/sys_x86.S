/* SPDX-License-Identifier: MIT */
/* sys.h for Linux on x86-64. */
	.text
	.globl _start, sys6, touch_load, touch_store, touch_fixup, sigreturn_stub

_start:
	xor	%ebp, %ebp
	mov	(%rsp), %rdi
	lea	8(%rsp), %rsi
	and	$-16, %rsp
	call	diff_main
	mov	%eax, %edi
	mov	$231, %eax		/* exit_group */
	syscall

/* sys6(nr, a, b, c, d, e, f): the last one lies on the stack. */
sys6:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
	ret

touch_load:
	mov	(%rdi), %rax
	ret

touch_store:
	mov	%rsi, (%rdi)
touch_fixup:
	xor	%eax, %eax
	ret

sigreturn_stub:
	mov	$15, %eax		/* rt_sigreturn */
	syscall

	.section .note.GNU-stack, "", @progbits
