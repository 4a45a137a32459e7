/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0.0). It connects sources, the devices' lines,
 * to contexts, one for each privilege mode of each hart:
 *
 *	source --priority, pending--> enabled for the context? --> external interrupt of its hart
 *	hart: reads the claim register (which source; 0: another hart has it), serves the device, writes the source back
 *
 * Every source is enabled on every hart: the first one that is in user mode, idle or at a preemption point claims it,
 * so a hart that is busy in the kernel delays no other.
 *
 * All variables are written at boot, before a hart takes an external interrupt, and only read afterwards; so there
 * is no lock. Sources that servers handle (kernel/ipc/irq.c) are enabled all the time, and masked by their priority.
 */
#include "kernel/arch/riscv.h"
#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"
#include "kernel/dev/plic.h"

/* Offsets of registers; each has 32 bits. */
#define PRIORITY(irq)		(4UL * (irq))
#define ENABLE(context, irq)	(0x2000UL + 0x80UL * (context) + (irq) / 32 * 4)
#define THRESHOLD(context)	(0x200000UL + 0x1000UL * (context))
#define CLAIM(context)		(0x200004UL + 0x1000UL * (context))

static volatile u8 *plic;		/* NULL: none */
static const unsigned long *hart_ids;	/* of all harts, and beside them their contexts */
static const int *hart_contexts;
static int nr_harts;
static int contexts[NR_CPUS];		/* by cpu id: each hart's own, from its plic_init_hart() on */
static void (*handlers[PLIC_SOURCES])(unsigned int);

static volatile u32 *reg(unsigned long offset)
{
	return (volatile u32 *)(plic + offset);
}

void plic_init(volatile void *regs, const unsigned long hartids[], const int hart_ctx[], int nr)
{
	plic = regs;
	hart_ids = hartids;
	hart_contexts = hart_ctx;
	nr_harts = nr;
}

bool plic_request(unsigned int irq, void (*handler)(unsigned int))
{
	bool served = false;

	for (int i = 0; plic && i < nr_harts; i++)
		served |= hart_contexts[i] != PLIC_NO_CONTEXT;
	if (!served || irq == 0 || irq >= PLIC_SOURCES)
		return false;
	BUG_ON(handlers[irq]);
	handlers[irq] = handler;
	*reg(PRIORITY(irq)) = 1;
	return true;
}

bool plic_serves(unsigned int irq)
{
	return irq < PLIC_SOURCES && handlers[irq];
}

/* Priority 0 is "never". One store, and no other source is in the same register. */
void plic_mask(unsigned int irq)
{
	*reg(PRIORITY(irq)) = 0;
}

void plic_unmask(unsigned int irq)
{
	*reg(PRIORITY(irq)) = 1;
}

static int find_context(unsigned long hartid)
{
	for (int i = 0; i < nr_harts; i++)
		if (hart_ids[i] == hartid)
			return hart_contexts[i];
	return PLIC_NO_CONTEXT;
}

void plic_init_hart(void)
{
	int context = plic ? find_context(cpus[this_cpu_id()].hartid) : PLIC_NO_CONTEXT;

	contexts[this_cpu_id()] = context;
	if (context == PLIC_NO_CONTEXT)
		return;
	/* The firmware masks all of a hart's sources when it starts it; so each does this by itself. */
	for (unsigned int irq = 0; irq < PLIC_SOURCES; irq++)
		if (handlers[irq])
			*reg(ENABLE(context, irq)) |= 1u << irq % 32;
	*reg(THRESHOLD(context)) = 0;
	csr_set(sie, SIE_SEIE);
}

void plic_interrupt(void)
{
	volatile u32 *claim = reg(CLAIM(contexts[this_cpu_id()]));
	unsigned int irq = *claim;

	if (irq == 0)
		return;			/* another hart was faster */
	BUG_ON(irq >= PLIC_SOURCES || !handlers[irq]);
	handlers[irq](irq);
	io_fence();			/* what the handler did to its device comes first */
	*claim = irq;			/* from here on it may interrupt again; if its line is still up, it does at once */
}
