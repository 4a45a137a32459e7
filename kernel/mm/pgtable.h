/* SPDX-License-Identifier: MIT */
/*
 * Sv39 page tables (RISC-V privileged specification, section 4.4).
 *
 *	 38      30 29      21 20      12 11       0
 *	+----------+----------+----------+----------+
 *	|  VPN[2]  |  VPN[1]  |  VPN[0]  |  offset  |	512 entries of 8 bytes in each table
 *	+----------+----------+----------+----------+
 *	    pgd        pmd        pte
 *
 *	 63   54 53                       10 9 8 7 6 5 4 3 2 1 0
 *	+-------+---------------------------+---+-+-+-+-+-+-+-+-+
 *	|   0   |            PPN            |RSW|D|A|G|U|X|W|R|V|
 *	+-------+---------------------------+---+-+-+-+-+-+-+-+-+
 *
 * An entry with V clear is ours to use:
 *	0				nothing there
 *	PTE_PROT_NONE set (bit 5)	a page without access (PROT_NONE); PPN and A/D kept
 *	else, bits 1-4 the kind		swap_entry: bits 10 and up are the offset
 *
 * Locks. A last-level table, 2 MiB of addresses, has a lock for its entries: pte_lockptr(). mm->page_table_lock protects the entries
 * above, that is, which tables there are; it comes first.
 *
 *	with mmap_lock		tables do not go away: walk without a lock, then take the table's: pgtable_walk(), pte_lockptr()
 *	without (from a page)	page_table_lock while walking, dropped when the table's is taken: pgtable_walk_lock()
 *	freeing a table		unhooked under page_table_lock, then its own taken once: who has found it before is done then
 */
#ifndef KERNEL_MM_PGTABLE_H
#define KERNEL_MM_PGTABLE_H

#include "kernel/arch/riscv.h"
#include "kernel/core/bug.h"
#include "kernel/mm/frame/kmap.h"
#include "kernel/mm/mm_types.h"

/* PTE_V, PTE_R, ... are in kernel/arch/riscv.h. */
#define PTE_PROT_NONE	PTE_G		/* only with V clear */
#define PTE_DEVICE	PTE_RSW0	/* of a present one: a device's registers, which have no struct page */

#define PTRS_PER_TABLE	512UL
#define PMD_SHIFT	21
#define PMD_SIZE	(1UL << PMD_SHIFT)	/* what one pte table maps: 2 MiB */
#define PMD_MASK	(~(PMD_SIZE - 1))
#define PGD_SHIFT	30
#define PGD_SIZE	(1UL << PGD_SHIFT)	/* what one pmd table maps: 1 GiB */
#define PGD_MASK	(~(PGD_SIZE - 1))
#define USER_PGD_ENTRIES 256UL			/* lower half of the root table */

static inline unsigned long pgd_index(unsigned long va) { return (va >> PGD_SHIFT) & 511; }
static inline unsigned long pmd_index(unsigned long va) { return (va >> PMD_SHIFT) & 511; }
static inline unsigned long pte_index(unsigned long va) { return (va >> PAGE_SHIFT) & 511; }

static inline pte_t pte_make(unsigned long pfn, unsigned long flags)
{
	return (pte_t){ (pfn << PTE_PPN_SHIFT) | flags };
}
static inline unsigned long pte_pfn(pte_t pte) { return pte.pte >> PTE_PPN_SHIFT; }
static inline struct page *pte_page(pte_t pte) { return pfn_to_page(pte_pfn(pte)); }
static inline bool pte_none(pte_t pte) { return pte.pte == 0; }
/* A page is there, whether or not the user may touch it. */
static inline bool pte_present(pte_t pte) { return pte.pte & (PTE_V | PTE_PROT_NONE); }
static inline bool pte_writable(pte_t pte) { return (pte.pte & (PTE_V | PTE_W)) == (PTE_V | PTE_W); }
static inline bool pte_device(pte_t pte) { return pte.pte & PTE_DEVICE; }
/* Does the present @pte map what is not counted: the zero page, or a device's registers? Else pte_page() is a page of a process. */
static inline bool pte_special(pte_t pte) { return pte_device(pte) || pte_page(pte) == zero_page; }
/* A valid entry of an upper level that points to a table rather than to memory. */
static inline bool pte_is_table(pte_t pte) { return (pte.pte & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V; }

/* The walker of another hart may read any entry at any time: one access each. */
static inline pte_t pte_read(const pte_t *ptep) { return (pte_t){ READ_ONCE(ptep->pte) }; }
static inline void pte_write(pte_t *ptep, pte_t pte)
{
	/* From one page to another only by way of nothing, and a flush: see clear_and_flush() in fault.c. */
	VM_BUG_ON(pte_present(pte_read(ptep)) && pte_present(pte) && pte_pfn(pte_read(ptep)) != pte_pfn(pte));
	__atomic_store_n(&ptep->pte, pte.pte, __ATOMIC_RELEASE);
}
/* pte_xchg() - replace an entry and learn what A and D bits the hardware left in it. */
static inline pte_t pte_xchg(pte_t *ptep, pte_t pte)
{
	return (pte_t){ __atomic_exchange_n(&ptep->pte, pte.pte, __ATOMIC_ACQ_REL) };
}

#ifdef PTE_OWNER
/* The host's tests: note where an entry is changed, so that a stale translation can be traced to it. Returns @ptep. */
pte_t *pte_changed(pte_t *ptep, const char *where);
#define pte_write(ptep, pte)	pte_write(pte_changed(ptep, OWNER_HERE), pte)
#define pte_xchg(ptep, pte)	pte_xchg(pte_changed(ptep, OWNER_HERE), pte)
#endif

static inline pte_t *pte_to_table(pte_t pte) { return phys_to_virt(pte_pfn(pte) << PAGE_SHIFT); }

/* pte_flags_of() - hardware bits for a mapping with these vm_flags: U, A, and R/W/X, or PROT_NONE. */
static inline unsigned long pte_flags_of(unsigned long vm_flags)
{
	enum { NONE = PTE_U | PTE_A | PTE_PROT_NONE, SOME = PTE_U | PTE_A | PTE_V };
	static const u16 bits[] = {	/* W without R is reserved */
		[0] = NONE,
		[VM_READ] = SOME | PTE_R,
		[VM_WRITE] = SOME | PTE_R | PTE_W,
		[VM_READ | VM_WRITE] = SOME | PTE_R | PTE_W,
		[VM_EXEC] = SOME | PTE_X,
		[VM_READ | VM_EXEC] = SOME | PTE_R | PTE_X,
		[VM_WRITE | VM_EXEC] = SOME | PTE_R | PTE_W | PTE_X,
		[VM_READ | VM_WRITE | VM_EXEC] = SOME | PTE_R | PTE_W | PTE_X,
	};

	return bits[vm_flags & (VM_READ | VM_WRITE | VM_EXEC)];
}

/* pte_lockptr() - the lock of the last-level table that @ptep is in. */
static inline spinlock_t *pte_lockptr(const pte_t *ptep)
{
	return &virt_to_page(ptep)->ptl;
}

/*
 * pgtable_walk() - the last-level entry for @va, or NULL when a table on the way is missing.
 * page_table_lock held, or mmap_lock, which keeps tables from going away.
 */
static inline pte_t *pgtable_walk(const struct mm_struct *mm, unsigned long va)
{
	pte_t e = pte_read(&mm->pgd[pgd_index(va)]);

	if (!(e.pte & PTE_V))
		return NULL;
	e = pte_read(&pte_to_table(e)[pmd_index(va)]);
	if (!(e.pte & PTE_V))
		return NULL;
	return &pte_to_table(e)[pte_index(va)];
}

/* pgtable_walk_lock() - the entry for @va with its table's lock taken, which pte_unlock() drops; or NULL. mmap_lock is not needed. */
static inline pte_t *pgtable_walk_lock(struct mm_struct *mm, unsigned long va)
{
	pte_t *ptep;

	spin_lock(&mm->page_table_lock);
	ptep = pgtable_walk(mm, va);
	if (ptep)
		spin_lock(pte_lockptr(ptep));
	spin_unlock(&mm->page_table_lock);
	return ptep;
}

static inline void pte_unlock(const pte_t *ptep)
{
	spin_unlock(pte_lockptr(ptep));
}

/* pgtable_read_locked() - the entry of @va, read under the lock of its table, which is taken here; nothing there: none. */
static inline pte_t pgtable_read_locked(struct mm_struct *mm, unsigned long va)
{
	pte_t *ptep = pgtable_walk_lock(mm, va), pte = { 0 };

	if (ptep) {
		pte = pte_read(ptep);
		pte_unlock(ptep);
	}
	return pte;
}

/* pgtable_alloc() - as pgtable_walk(), missing tables are added. No spinlock held; may sleep. NULL: no memory. */
pte_t *pgtable_alloc_slow(struct mm_struct *mm, unsigned long va);
static inline pte_t *pgtable_alloc(struct mm_struct *mm, unsigned long va)
{
	pte_t *ptep = pgtable_walk(mm, va);

	return likely(ptep) ? ptep : pgtable_alloc_slow(mm, va);
}

/* The entry of the middle level (a PMD_SIZE block) for @va; pgtable_alloc_pmd() makes its table if it is missing. */
pte_t *pgtable_alloc_pmd(struct mm_struct *mm, unsigned long va);
static inline pte_t *pgtable_walk_pmd(const struct mm_struct *mm, unsigned long va)
{
	pte_t e = pte_read(&mm->pgd[pgd_index(va)]);

	return (e.pte & PTE_V) ? &pte_to_table(e)[pmd_index(va)] : NULL;
}

/* pgtable_init() - after boot has filled kernel_pgd; before the first root. */
void pgtable_init(void);
/* pgtable_alloc_root() - a root table whose upper half is the kernel's. NULL: no memory. */
pte_t *pgtable_alloc_root(void);
void pgtable_free_root(pte_t *pgd);

struct mmu_gather;
/*
 * pgtable_free_range() - free the tables that serve only [floor, ceiling), where nothing is mapped any more
 * in [start, end); a table is kept when it also reaches outside [floor, ceiling).
 * mmap_lock held for write, VMAs of [start, end) detached. The pages go through @tlb.
 */
void pgtable_free_range(struct mmu_gather *tlb, unsigned long start, unsigned long end,
			unsigned long floor, unsigned long ceiling);

#endif
