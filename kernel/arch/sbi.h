/* SPDX-License-Identifier: MIT */
/*
 * Calls into the firmware (OpenSBI) by the names of the SBI specification. Hart masks
 * are of hart ids here; *_cpus functions take masks of cpu ids and translate.
 */
#ifndef KERNEL_ARCH_SBI_H
#define KERNEL_ARCH_SBI_H

#include "lib/types.h"

#define SBI_SUCCESS			0
#define SBI_ERR_FAILED			-1
#define SBI_ERR_NOT_SUPPORTED		-2
#define SBI_ERR_ALREADY_AVAILABLE	-6

void sbi_set_timer(u64 when);			/* in ticks of the time register */
void sbi_console_putchar(char c);		/* legacy call; before the UART is known */
/* sbi_hart_start() - @hartid begins at physical @start with a0 = @hartid, a1 = @opaque. 0 or an SBI error. */
long sbi_hart_start(unsigned long hartid, unsigned long start, unsigned long opaque);
/* sbi_shutdown() - power off without a status: QEMU ends with 0, tools/run looks at the console. Only when there is no finisher. */
void sbi_shutdown(void) __noreturn;

/* A software interrupt for each cpu in @cpumask. */
void send_ipi_cpus(unsigned long cpumask);

/*
 * Remote sfence.vma on the cpus of @cpumask (this one may be among them), done when they return.
 * @size of -1UL: everything. The _asid form leaves other address spaces alone.
 */
void remote_sfence_vma(unsigned long cpumask, unsigned long va, unsigned long size);
void remote_sfence_vma_asid(unsigned long cpumask, unsigned long va, unsigned long size, unsigned long asid);
/* remote_fence_i() - new code has been written: the harts fetch it afresh. */
void remote_fence_i(unsigned long cpumask);

#endif
