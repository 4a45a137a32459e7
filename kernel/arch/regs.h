/* SPDX-License-Identifier: MIT */
/*
 * The registers of interrupted code, as trap_entry.S saves them. Their order is that of their numbers: register xN is
 * the N-th word.
 *
 *	kernel_sp ->	+------------------+ <- top of the task's kernel stack
 *			| struct pt_regs   |    a trap from user mode saves here
 *			+------------------+
 *			| C frames ...     |    a trap from the kernel pushes another one
 */
#ifndef KERNEL_ARCH_REGS_H
#define KERNEL_ARCH_REGS_H

#include "kernel/arch/riscv.h"
#include "lib/types.h"

struct pt_regs {
	unsigned long epc;		/* sepc: where to return to */
	unsigned long ra, sp, gp, tp;	/* x1 .. x31 */
	unsigned long t0, t1, t2;
	unsigned long s0, s1;
	unsigned long a0, a1, a2, a3, a4, a5, a6, a7;
	unsigned long s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
	unsigned long t3, t4, t5, t6;
	unsigned long status;		/* sstatus */
	unsigned long badaddr;		/* stval */
	unsigned long cause;		/* scause */
	unsigned long orig_a0;		/* a0 at the system call: a0 itself becomes the result */
};

/* What it takes on a stack, which stays aligned to 16 bytes. */
#define PT_REGS_SPACE	ALIGN_UP(sizeof(struct pt_regs), 16UL)

static inline bool user_mode(const struct pt_regs *regs)
{
	return !(regs->status & SSTATUS_SPP);
}

/* scause_name() - the manual's words for a cause, for messages. */
const char *scause_name(unsigned long cause);

/* Each hart has a stack of its own, of 1 << this bytes, on which it reports that another one overflowed. */
#define OVERFLOW_STACK_SHIFT	13
/* in_overflow_stack() - do the @size bytes at @addr lie on the one of @cpu? */
bool in_overflow_stack(unsigned int cpu, unsigned long addr, unsigned long size);

#endif
