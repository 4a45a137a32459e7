/* SPDX-License-Identifier: MIT */
/* The machine's last words. panic() itself and warn_at() are in kernel/core/bug.h. */
#ifndef KERNEL_CORE_PANIC_H
#define KERNEL_CORE_PANIC_H

#include "lib/types.h"

struct pt_regs;

#define PANIC_STATUS	101	/* exit status of the machine after a kernel bug */

#define CANNOT_BOOT_STATUS 126	/* when the machine or its command line is one the kernel cannot run with */

/* machine_off() - power off; QEMU exits with @status, if there is a finisher. */
void machine_off(int status) __noreturn;
/* cannot_boot() - one line that says why, then power off with CANNOT_BOOT_STATUS. Before the first program only. */
void cannot_boot(const char *fmt, ...) __printf(1, 2) __noreturn;
/* machine_exit() - init ended with @status (0..255): say so, power off; QEMU exits with it. */
void machine_exit(int status) __noreturn;
/* die() - a bug with a register file: as panic(), but the report starts at @regs. */
void die(const struct pt_regs *regs, const char *what) __noreturn;

/* show_regs() - print a register file. */
void show_regs(const struct pt_regs *regs);

/* backtrace() - print the calls that lead here; backtrace_regs(): that led to @regs. */
void backtrace(void);
void backtrace_regs(const struct pt_regs *regs);
/* backtrace_save() - the return addresses that lead here, innermost first, at most @max; a 0 ends fewer. */
void backtrace_save(unsigned long *callers, unsigned int max);
/* print_caller() - one line of a backtrace, for a return address. */
void print_caller(unsigned long ra);

/* panic_init() - the mapped sifive_test finisher, where an exit status goes; NULL when there is none. */
void panic_init(volatile u32 *finisher);

/* ---- what a report asks of those above it ---- */

/* panic_current() - sched/sched.c: the task that this hart runs. */
struct panic_task {
	int pid;
	const char *name;
	unsigned long stack_low, stack_high;	/* its kernel stack */
} panic_current(void);
/* dump_fault_context() - mm/debug.c: print the VMA at or above @addr in current's mm, and the way through the page table. */
void dump_fault_context(unsigned long addr);

/* Symbols (ksyms.c): name and offset of the function around @pc; NULL when outside the kernel's text. */
const char *ksym_lookup(unsigned long pc, unsigned long *offset);

#endif
