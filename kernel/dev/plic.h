/* SPDX-License-Identifier: MIT */
/* External interrupts: from a device to its handler (plic.c). */
#ifndef KERNEL_DEV_PLIC_H
#define KERNEL_DEV_PLIC_H

#include "lib/types.h"

/* Contexts from this one on, of the 15872 that a PLIC may have, are not used: their registers are not mapped. */
#define PLIC_CONTEXTS_MAX	1024
#define PLIC_NO_CONTEXT		(-1)
#define PLIC_SOURCES		128	/* those we could be asked for; 0 is none */
#define PLIC_BYTES		(0x200000UL + PLIC_CONTEXTS_MAX * 0x1000UL)

/*
 * plic_init() - on the boot hart: the PLIC whose registers are mapped at @regs (NULL: none). @hart_ctx[i], or PLIC_NO_CONTEXT,
 * interrupts supervisor mode of the hart @hartids[i]; both stay where they are.
 */
void plic_init(volatile void *regs, const unsigned long hartids[], const int hart_ctx[], int nr);
/*
 * plic_request() - call @handler, on any hart, with interrupts off and no spinlock held, when source @irq interrupts; harts
 * take it from their plic_init_hart() on. At boot only. False: there is no such interrupt, so the driver has to poll.
 */
bool plic_request(unsigned int irq, void (*handler)(unsigned int irq));
/* plic_mask() - source @irq, which was requested, interrupts no hart until plic_unmask(). Any time; the caller's lock orders the two. */
void plic_mask(unsigned int irq);
void plic_unmask(unsigned int irq);
/* plic_serves() - was @irq requested? */
bool plic_serves(unsigned int irq);
/* plic_init_hart() - this hart takes external interrupts from now on. After all plic_request(). */
void plic_init_hart(void);
/* plic_interrupt() - what the external interrupt of this hart means. */
void plic_interrupt(void);

#endif
