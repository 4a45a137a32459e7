/* SPDX-License-Identifier: MIT */
/*
 * Numbers that assembly needs of C. Compiled to assembly only; the Makefile turns
 * each "->NAME value" line of it into a #define in build/VARIANT/asm-offsets.h.
 */
#include "boot/boot.h"
#include "kernel/arch/regs.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/frame/page.h"
#include "kernel/sched/task.h"

#define DEFINE(name, value)	asm volatile("\n->" #name " %0" : : "i"(value))
#define OFFSET(name, type, field)	DEFINE(name, offsetof(struct type, field))

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(TASK_CPU, task, cpu);
	OFFSET(TASK_KERNEL_SP, task, kernel_sp);
	OFFSET(TASK_USER_SP, task, user_sp);
	OFFSET(TASK_KSTACK, task, kstack);
	OFFSET(TASK_CONTEXT, task, context);

	OFFSET(PT_EPC, pt_regs, epc);
	OFFSET(PT_STATUS, pt_regs, status);
	OFFSET(PT_BADADDR, pt_regs, badaddr);
	OFFSET(PT_CAUSE, pt_regs, cause);
	DEFINE(PT_SIZE, ALIGN_UP(sizeof(struct pt_regs), 16));

	DEFINE(OVERFLOW_SHIFT, OVERFLOW_STACK_SHIFT);
	DEFINE(KERNEL_OFFSET, KERNEL_OFFSET);
	DEFINE(PAGE_OFFSET, PAGE_OFFSET);
}
