/* SPDX-License-Identifier: MIT */
/*
 * What trap_entry.S saves of the interrupted code, and what it calls. The order of the
 * registers is that of their numbers: register xN is the N-th word.
 *
 *	kernel_sp ->	+------------------+ <- top of the task's kernel stack
 *			| struct pt_regs   |    a trap from user mode saves here
 *			+------------------+
 *			| C frames ...     |    a trap from the kernel pushes another one
 */
#ifndef KERNEL_ENTRY_TRAP_H
#define KERNEL_ENTRY_TRAP_H

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

static inline bool user_mode(const struct pt_regs *regs)
{
	return !(regs->status & SSTATUS_SPP);
}

/* Each hart has a stack of its own for reporting that another one overflowed. */
#define OVERFLOW_STACK_SHIFT	13

/* trap_init() - make this hart take its traps here and hear timer and software interrupts. */
void trap_init(void);

/*
 * ret_from_fork (trap_entry.S) - where a new user task's first switch arrives: s0 is a kernel function to
 * call with the argument s1 (or 0), afterwards the task goes to user mode with the pt_regs at
 * the top of its kernel stack.
 */
void ret_from_fork(void);

/* scause_name() - the manual's words for a cause, for messages. */
const char *scause_name(unsigned long cause);
/* show_regs() - print a register file. */
void show_regs(const struct pt_regs *regs);

#endif
