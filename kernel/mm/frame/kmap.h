/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half of the address space (Sv39 root slots 256..511):
 *
 *	0xffffffc000000000	direct map of RAM		slot 256 + gigabyte
 *	0xfffffff000000000	vmalloc: stacks			slot 448
 *	0xfffffff03f000000	device registers		slot 448
 *	0xffffffff80000000	kernel image			slot 510
 *
 * Every process's root table copies these slots from kernel_pgd. They are all filled before
 * the first process exists and never change after: new mappings happen in lower tables.
 */
#ifndef KERNEL_MM_FRAME_KMAP_H
#define KERNEL_MM_FRAME_KMAP_H

#include "kernel/arch/riscv.h"
#include "lib/types.h"

#define VMALLOC_START	0xfffffff000000000UL
#define VMALLOC_END	0xfffffff03f000000UL
#define MMIO_START	0xfffffff03f000000UL
#define MMIO_END	0xfffffff040000000UL
#define KERNEL_START	0xffffffff80000000UL

/* The image is linked at its physical address plus this. */
#define KERNEL_OFFSET	0xffffffff00000000UL

/* Leaf flags; A and D are set so that no hart has to. */
#define KMAP_R		(PTE_V | PTE_R | PTE_G | PTE_A | PTE_D)
#define KMAP_RW		(KMAP_R | PTE_W)
#define KMAP_RX		(KMAP_R | PTE_X)

extern u64 kernel_pgd[SV39_ENTRIES];
static inline unsigned long kernel_image_to_phys(const void *va) { return (unsigned long)va - KERNEL_OFFSET; }

/*
 * kernel_map() - map [@va, @va + @size) to [@pa, @pa + @size) with 4 KiB leaves.
 * Assumes: page aligned, inside the vmalloc or device window, not mapped; @pte_flags one of KMAP_*.
 * Returns: 0, or -ENOMEM with nothing mapped.
 */
int __must_check kernel_map(unsigned long va, unsigned long pa, unsigned long size, unsigned long pte_flags);
/* kernel_unmap() - undo it, on all harts, before it returns; absent pages are skipped. */
void kernel_unmap(unsigned long va, unsigned long size);

/* kernel_map_boot() - before the frame allocator: the largest leaves that fit, tables from @alloc (a physical address). */
void kernel_map_boot(unsigned long va, unsigned long pa, unsigned long size, unsigned long pte_flags,
		     unsigned long (*alloc)(void));

/* map_mmio() - device registers at physical @pa; lasts for ever. Returns their address. */
void *map_mmio(unsigned long pa, unsigned long size, unsigned long (*alloc)(void));

/* kernel_walk() - the physical address behind kernel address @va, or -1UL. */
unsigned long kernel_walk(unsigned long va);
/* dump_pt_path() - print each table entry on the way from @root (a physical address) to @va. */
void dump_pt_path(unsigned long root, unsigned long va);

#endif
