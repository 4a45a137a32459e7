/* SPDX-License-Identifier: MIT */
/*
 * The machine, with the privileged manual's names: CSR bits, trap causes, Sv39.
 * Included from C and assembly, and by host builds for the page-table bits.
 *
 *	sstatus	 .. 18 SUM 14..13 FS 8 SPP 5 SPIE 1 SIE
 *	satp	 63..60 mode | 59..44 ASID | 43..0 root table's frame number
 *	PTE	 53..10 frame number | 9..8 RSW | 7 D 6 A 5 G 4 U 3 X 2 W 1 R 0 V
 */
#ifndef KERNEL_ARCH_RISCV_H
#define KERNEL_ARCH_RISCV_H

#ifndef __ASSEMBLER__
#include "lib/types.h"
#endif

#ifdef __ASSEMBLER__
#define RV_UL(x)	x
#else
#define RV_UL(x)	x##UL
#endif

/* sstatus */
#define SSTATUS_SIE	RV_UL(0x2)	/* interrupts on, in supervisor mode */
#define SSTATUS_SPIE	RV_UL(0x20)	/* what SIE was before the trap */
#define SSTATUS_SPP	RV_UL(0x100)	/* the trap came from supervisor mode */
#define SSTATUS_FS	RV_UL(0x6000)	/* floating point: off, initial, clean, dirty */
#define SSTATUS_FS_OFF	RV_UL(0x0)
#define SSTATUS_FS_INITIAL RV_UL(0x2000)
#define SSTATUS_FS_CLEAN RV_UL(0x4000)
#define SSTATUS_FS_DIRTY RV_UL(0x6000)
#define SSTATUS_SUM	RV_UL(0x40000)	/* supervisor may touch user pages */

/* sie, sip */
#define SIE_SSIE	RV_UL(0x2)	/* software: another hart calls */
#define SIE_STIE	RV_UL(0x20)	/* timer */
#define SIE_SEIE	RV_UL(0x200)	/* external: the PLIC */

/* scounteren: user code may read cycle, time and instret */
#define SCOUNTEREN_ALL	RV_UL(0x7)

/* scause: the top bit says interrupt. */
#define SCAUSE_INTERRUPT		RV_UL(0x8000000000000000)
#define SCAUSE_SOFTWARE_INTERRUPT	(SCAUSE_INTERRUPT | 1)
#define SCAUSE_TIMER_INTERRUPT		(SCAUSE_INTERRUPT | 5)
#define SCAUSE_EXTERNAL_INTERRUPT	(SCAUSE_INTERRUPT | 9)
#define SCAUSE_INSN_MISALIGNED		0
#define SCAUSE_INSN_ACCESS_FAULT	1
#define SCAUSE_ILLEGAL_INSN		2
#define SCAUSE_BREAKPOINT		3
#define SCAUSE_LOAD_MISALIGNED		4
#define SCAUSE_LOAD_ACCESS_FAULT	5
#define SCAUSE_STORE_MISALIGNED		6
#define SCAUSE_STORE_ACCESS_FAULT	7
#define SCAUSE_ECALL_USER		8
#define SCAUSE_ECALL_SUPERVISOR		9
#define SCAUSE_INSN_PAGE_FAULT		12
#define SCAUSE_LOAD_PAGE_FAULT		13
#define SCAUSE_STORE_PAGE_FAULT		15

/* satp */
#define SATP_MODE_SV39	RV_UL(0x8000000000000000)
#define SATP_ASID_SHIFT	44
#define SATP_ASID_MASK	RV_UL(0xffff)

/* A page-table entry. One with V and none of R, W, X points to the next table. */
#define PTE_V		RV_UL(0x1)
#define PTE_R		RV_UL(0x2)
#define PTE_W		RV_UL(0x4)
#define PTE_X		RV_UL(0x8)
#define PTE_U		RV_UL(0x10)
#define PTE_G		RV_UL(0x20)
#define PTE_A		RV_UL(0x40)
#define PTE_D		RV_UL(0x80)
#define PTE_RSW0	RV_UL(0x100)	/* free for software */
#define PTE_RSW1	RV_UL(0x200)
#define PTE_PPN_SHIFT	10
#define PTE_PPN_MASK	RV_UL(0x3ffffffffffc00)

/* Sv39: three levels of 512 entries; level 2 is the root, a leaf at level n maps 4 KiB << 9n. */
#define SV39_LEVELS	3
#define SV39_ENTRIES	512
#define SV39_SHIFT(level)	(12 + 9 * (level))
#define SV39_INDEX(va, level)	(((va) >> SV39_SHIFT(level)) & (SV39_ENTRIES - 1))

#if !defined(__ASSEMBLER__) && !__STDC_HOSTED__

#define csr_read(csr) ({							\
	unsigned long _v;							\
	asm volatile("csrr %0, " #csr : "=r"(_v) : : "memory");			\
	_v; })
#define csr_write(csr, v) \
	asm volatile("csrw " #csr ", %0" : : "rK"((unsigned long)(v)) : "memory")
#define csr_set(csr, v) \
	asm volatile("csrs " #csr ", %0" : : "rK"((unsigned long)(v)) : "memory")
#define csr_clear(csr, v) \
	asm volatile("csrc " #csr ", %0" : : "rK"((unsigned long)(v)) : "memory")

/* This hart's translations: all of them; of one address; of one address space. */
static inline void sfence_vma_all(void)
{
	asm volatile("sfence.vma" : : : "memory");
}

static inline void sfence_vma_addr(unsigned long va)
{
	asm volatile("sfence.vma %0" : : "r"(va) : "memory");
}

static inline void sfence_vma_asid(unsigned long asid)
{
	asm volatile("sfence.vma zero, %0" : : "r"(asid) : "memory");
}

static inline void sfence_vma_addr_asid(unsigned long va, unsigned long asid)
{
	asm volatile("sfence.vma %0, %1" : : "r"(va), "r"(asid) : "memory");
}

/* Interrupts on this hart. The kernel runs with them off; the idle loop waits with them on. */
static inline void local_irq_enable(void) { csr_set(sstatus, SSTATUS_SIE); }
static inline void local_irq_disable(void) { csr_clear(sstatus, SSTATUS_SIE); }
static inline bool irqs_disabled(void) { return !(csr_read(sstatus) & SSTATUS_SIE); }
static inline void wait_for_interrupt(void) { asm volatile("wfi" : : : "memory"); }

/* io_fence() - memory and devices' registers: all accesses before it, then all after it, as devices see them. */
static inline void io_fence(void) { asm volatile("fence iorw, iorw" : : : "memory"); }

/* cpu_relax() - in a loop that waits for another hart ("pause", a hint that older harts take for a fence). */
static inline void cpu_relax(void) { asm volatile(".4byte 0x0100000f" : : : "memory"); }

#endif

#endif
