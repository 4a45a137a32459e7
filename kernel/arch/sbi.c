/* SPDX-License-Identifier: MIT */
/*
 * Calls into OpenSBI: a7 is the extension, a6 the function, a0 and a1 come back as error and
 * value. The firmware runs in machine mode and returns behind the ecall.
 */
#include "kernel/arch/riscv.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"

#define SBI_EXT_LEGACY_PUTCHAR	0x1
#define SBI_EXT_TIME		0x54494d45
#define SBI_EXT_IPI		0x735049
#define SBI_EXT_RFENCE		0x52464e43
#define SBI_EXT_HSM		0x48534d
#define SBI_EXT_SRST		0x53525354

#define SBI_RFENCE_FENCE_I		0
#define SBI_RFENCE_SFENCE_VMA		1
#define SBI_RFENCE_SFENCE_VMA_ASID	2

static long sbi_call(unsigned long ext, unsigned long fid, unsigned long arg0, unsigned long arg1,
		     unsigned long arg2, unsigned long arg3, unsigned long arg4)
{
	register unsigned long a0 asm("a0") = arg0;
	register unsigned long a1 asm("a1") = arg1;
	register unsigned long a2 asm("a2") = arg2;
	register unsigned long a3 asm("a3") = arg3;
	register unsigned long a4 asm("a4") = arg4;
	register unsigned long a6 asm("a6") = fid;
	register unsigned long a7 asm("a7") = ext;

	asm volatile("ecall" : "+r"(a0), "+r"(a1)
		     : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
	return (long)a0;
}

void sbi_set_timer(u64 when)
{
	sbi_call(SBI_EXT_TIME, 0, when, 0, 0, 0, 0);
}

void sbi_console_putchar(char c)
{
	sbi_call(SBI_EXT_LEGACY_PUTCHAR, 0, (unsigned char)c, 0, 0, 0, 0);
}

long sbi_hart_start(unsigned long hartid, unsigned long start, unsigned long opaque)
{
	return sbi_call(SBI_EXT_HSM, 0, hartid, start, opaque, 0, 0);
}

void sbi_shutdown(void)
{
	sbi_call(SBI_EXT_SRST, 0, /* shutdown */ 0, /* system failure */ 1, 0, 0, 0);
	for (;;)
		wait_for_interrupt();
}

/*
 * The firmware takes a mask of 64 hart ids from a base. Ours need not be near each
 * other, so the base follows the first and the rest go along when they fit.
 * Returns: the cpus that the mask covers.
 */
static unsigned long next_hart_mask(unsigned long cpumask, unsigned long *mask, unsigned long *base)
{
	unsigned long covered = 0;
	unsigned int cpu;

	*mask = 0;
	*base = -1UL;
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		if (cpumask & (1UL << cpu))
			*base = min(*base, cpus[cpu].hartid);
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		if (!(cpumask & (1UL << cpu)) || cpus[cpu].hartid - *base >= 64)
			continue;
		*mask |= 1UL << (cpus[cpu].hartid - *base);
		covered |= 1UL << cpu;
	}
	return covered;
}

void send_ipi_cpus(unsigned long cpumask)
{
	unsigned long mask, base;

	while (cpumask) {
		cpumask &= ~next_hart_mask(cpumask, &mask, &base);
		BUG_ON(sbi_call(SBI_EXT_IPI, 0, mask, base, 0, 0, 0) != SBI_SUCCESS);
	}
}

static void remote_fence(unsigned long cpumask, unsigned long fid, unsigned long va,
			 unsigned long size, unsigned long asid)
{
	unsigned long mask, base;

	while (cpumask) {
		cpumask &= ~next_hart_mask(cpumask, &mask, &base);
		BUG_ON(sbi_call(SBI_EXT_RFENCE, fid, mask, base, va, size, asid) != SBI_SUCCESS);
	}
}

/* Ours needs no firmware. */
static bool take_own(unsigned long *cpumask)
{
	unsigned long self = 1UL << this_cpu_id();
	bool own = *cpumask & self;

	*cpumask &= ~self;
	return own;
}

/* Few pages one by one, many at once: a full flush is cheaper then. */
#define MAX_SINGLE_FLUSHES	16

static bool few_pages(unsigned long size)
{
	return size <= MAX_SINGLE_FLUSHES * 4096;
}

void remote_sfence_vma(unsigned long cpumask, unsigned long va, unsigned long size)
{
	unsigned long a;

	if (take_own(&cpumask)) {
		if (!few_pages(size))
			sfence_vma_all();
		else
			for (a = va; a < va + size; a += 4096)
				sfence_vma_addr(a);
	}
	remote_fence(cpumask, SBI_RFENCE_SFENCE_VMA, va, size, 0);
}

void remote_sfence_vma_asid(unsigned long cpumask, unsigned long va, unsigned long size, unsigned long asid)
{
	unsigned long a;

	if (take_own(&cpumask)) {
		if (!few_pages(size))
			sfence_vma_asid(asid);
		else
			for (a = va; a < va + size; a += 4096)
				sfence_vma_addr_asid(a, asid);
	}
	remote_fence(cpumask, SBI_RFENCE_SFENCE_VMA_ASID, va, size, asid);
}

void remote_fence_i(unsigned long cpumask)
{
	if (take_own(&cpumask))
		asm volatile("fence.i" : : : "memory");
	remote_fence(cpumask, SBI_RFENCE_FENCE_I, 0, 0, 0);
}
