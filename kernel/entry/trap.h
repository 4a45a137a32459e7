/* SPDX-License-Identifier: MIT */
/* What the boot code calls of trap.c; the registers that a trap saves are in kernel/arch/regs.h. */
#ifndef KERNEL_ENTRY_TRAP_H
#define KERNEL_ENTRY_TRAP_H

/* trap_init() - make this hart take its traps here and hear timer and software interrupts. */
void trap_init(void);

#endif
