/* SPDX-License-Identifier: MIT */
/*
 * All that kernel/mm asks of the machine. kernel/arch/machine.c answers with CSRs and SBI
 * calls; the simulated machine of the host tests answers with a model of the TLB. A port
 * of mm to another machine is this one file.
 *
 * "Local" means this hart. Masks are of cpu ids.
 */
#ifndef KERNEL_ARCH_MACHINE_H
#define KERNEL_ARCH_MACHINE_H

#include "lib/types.h"

/* machine_asid_bits() - how many bits of ASID the MMU really keeps (0..16). */
unsigned int machine_asid_bits(void);
/* machine_load_root() - make the table at @root_pa, with @asid, this hart's. No flush. */
void machine_load_root(unsigned long root_pa, unsigned int asid);
/* machine_load_kernel_root() - the table at @root_pa, which has only the kernel's own mappings, with ASID 0. */
void machine_load_kernel_root(unsigned long root_pa);

void machine_flush_local_all(void);
void machine_flush_local_asid(unsigned int asid);
void machine_flush_local_page(unsigned int asid, unsigned long va);
/* machine_flush_remote() - the same on the harts of @cpumask (not this one), done on return.
 * @size 0: everything of @asid. */
void machine_flush_remote(unsigned long cpumask, unsigned int asid, unsigned long va, unsigned long size);
/* machine_flush_remote_all() - the harts of @cpumask (not this one) forget all translations. */
void machine_flush_remote_all(unsigned long cpumask);

/* machine_sync_icache() - all harts fetch what was stored before this call. */
void machine_sync_icache(void);

#endif
