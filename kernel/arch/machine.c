/* SPDX-License-Identifier: MIT */
/*
 * kernel/mm's machine (machine.h): satp, sfence.vma, fence.i, and SBI's remote fences for the other
 * harts (RISC-V privileged specification, sections 4.1.11 and 4.2.1).
 */
#include "kernel/arch/machine.h"
#include "kernel/arch/riscv.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/percpu.h"

unsigned int machine_asid_bits(void)
{
	unsigned long old = csr_read(satp), kept;
	unsigned int bits = 0;

	csr_write(satp, old | SATP_ASID_MASK << SATP_ASID_SHIFT);
	kept = (csr_read(satp) >> SATP_ASID_SHIFT) & SATP_ASID_MASK;
	csr_write(satp, old);
	sfence_vma_all();
	while (kept & (1UL << bits))
		bits++;
	return bits;
}

void machine_load_root(unsigned long root_pa, unsigned int asid)
{
	csr_write(satp, SATP_MODE_SV39 | (unsigned long)asid << SATP_ASID_SHIFT | root_pa >> 12);
}

void machine_load_kernel_root(unsigned long root_pa)
{
	machine_load_root(root_pa, 0);
}

void machine_flush_local_all(void)
{
	sfence_vma_all();
}

void machine_flush_local_asid(unsigned int asid)
{
	sfence_vma_asid(asid);
}

void machine_flush_local_page(unsigned int asid, unsigned long va)
{
	sfence_vma_addr_asid(va, asid);
}

void machine_flush_remote(unsigned long cpumask, unsigned int asid, unsigned long va, unsigned long size)
{
	remote_sfence_vma_asid(cpumask, va, size ? size : -1UL, asid);
}

void machine_flush_remote_all(unsigned long cpumask)
{
	remote_sfence_vma(cpumask, 0, -1UL);
}

void machine_sync_icache(void)
{
	/* The stores have to be visible before the others are asked (unprivileged specification, section 3.1). */
	asm volatile("fence rw, rw; fence.i" : : : "memory");
	remote_fence_i(cpus_online_mask() & ~(1UL << this_cpu_id()));
}
