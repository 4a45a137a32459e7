/* SPDX-License-Identifier: MIT */
/* Names of trap causes (privileged specification, table "Supervisor cause register values"), and the overflow stacks. */
#include "kernel/arch/regs.h"
#include "kernel/core/config.h"

/* trap_entry.S takes the end of this hart's when a trap finds the kernel stack full. */
char overflow_stacks[NR_CPUS][1 << OVERFLOW_STACK_SHIFT] __aligned(16);

bool in_overflow_stack(unsigned int cpu, unsigned long addr, unsigned long size)
{
	unsigned long start = (unsigned long)overflow_stacks[cpu];

	return addr >= start && addr + size <= start + sizeof(overflow_stacks[cpu]);
}

const char *scause_name(unsigned long cause)
{
	static const char *const exceptions[] = {
		[SCAUSE_INSN_MISALIGNED] = "instruction address misaligned",
		[SCAUSE_INSN_ACCESS_FAULT] = "instruction access fault",
		[SCAUSE_ILLEGAL_INSN] = "illegal instruction",
		[SCAUSE_BREAKPOINT] = "breakpoint",
		[SCAUSE_LOAD_MISALIGNED] = "load address misaligned",
		[SCAUSE_LOAD_ACCESS_FAULT] = "load access fault",
		[SCAUSE_STORE_MISALIGNED] = "store address misaligned",
		[SCAUSE_STORE_ACCESS_FAULT] = "store access fault",
		[SCAUSE_ECALL_USER] = "system call from user mode",
		[SCAUSE_ECALL_SUPERVISOR] = "system call from supervisor mode",
		[SCAUSE_INSN_PAGE_FAULT] = "instruction page fault",
		[SCAUSE_LOAD_PAGE_FAULT] = "load page fault",
		[SCAUSE_STORE_PAGE_FAULT] = "store page fault",
	};

	switch (cause) {
	case SCAUSE_SOFTWARE_INTERRUPT:
		return "software interrupt";
	case SCAUSE_TIMER_INTERRUPT:
		return "timer interrupt";
	case SCAUSE_EXTERNAL_INTERRUPT:
		return "external interrupt";
	}
	if (cause < ARRAY_SIZE(exceptions) && exceptions[cause])
		return exceptions[cause];
	return "unknown cause";
}
