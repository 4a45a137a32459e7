/* SPDX-License-Identifier: MIT */
/*
 * Growing and trimming Sv39 tables of user address spaces. Tables below the root come and go with
 * the mappings; mm->pgtables_bytes counts them. Faults add (pgtable_alloc), munmap and exit remove
 * (pgtable_free_range); copying and zapping entries is done in copy.c and zap.c.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

/* Which entries of the kernel's half of the root are in use; boot has filled them all. */
static unsigned short kernel_slots[PTRS_PER_TABLE - USER_PGD_ENTRIES];
static unsigned int nr_kernel_slots;

void pgtable_init(void)
{
	nr_kernel_slots = 0;
	for (unsigned int i = USER_PGD_ENTRIES; i < PTRS_PER_TABLE; i++)
		if (kernel_pgd[i] & PTE_V)
			kernel_slots[nr_kernel_slots++] = i;
}

pte_t *pgtable_alloc_root(void)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	pte_t *pgd;

	if (!page)
		return NULL;
	page_set(page, PG_pgtable);
	pgd = page_to_virt(page);
	for (unsigned int i = 0; i < nr_kernel_slots; i++)
		pgd[kernel_slots[i]].pte = kernel_pgd[kernel_slots[i]];
	return pgd;
}

void pgtable_free_root(pte_t *pgd)
{
	struct page *page = virt_to_page(pgd);

	page_clear(page, PG_pgtable);
	put_page(page);
}

/* The table below @entry; allocates and installs one when there is none. NULL: no memory. */
static pte_t *table_below(struct mm_struct *mm, pte_t *entry)
{
	pte_t e = pte_read(entry);
	struct page *page;

	if (likely(e.pte & PTE_V))
		return pte_to_table(e);
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return NULL;
	page_set(page, PG_pgtable);
	spin_lock_init(&page->ptl);

	spin_lock(&mm->page_table_lock);
	e = pte_read(entry);
	if (likely(!(e.pte & PTE_V))) {
		/* The release in pte_write() makes the zeroes visible first. */
		e = pte_make(page_to_pfn(page), PTE_V);
		pte_write(entry, e);
		mm->pgtables_bytes += PAGE_SIZE;
		page = NULL;
	}
	spin_unlock(&mm->page_table_lock);

	if (page) {			/* another hart made a table first */
		page_clear(page, PG_pgtable);
		put_page(page);
	}
	return pte_to_table(e);
}

pte_t *pgtable_alloc_slow(struct mm_struct *mm, unsigned long va)
{
	pte_t *pmd, *ptes;

	VM_BUG_ON(va >= TASK_SIZE);
	pmd = table_below(mm, &mm->pgd[pgd_index(va)]);
	if (!pmd)
		return NULL;
	ptes = table_below(mm, &pmd[pmd_index(va)]);
	return ptes ? &ptes[pte_index(va)] : NULL;
}

pte_t *pgtable_alloc_pmd(struct mm_struct *mm, unsigned long va)
{
	pte_t *pmd;

	VM_BUG_ON(va >= TASK_SIZE);
	pmd = table_below(mm, &mm->pgd[pgd_index(va)]);
	return pmd ? &pmd[pmd_index(va)] : NULL;
}

unsigned long next_swap_entry(struct mm_struct *mm, unsigned long va)
{
	while (va < TASK_SIZE) {
		pte_t *pmd = pgtable_walk_pmd(mm, va), *ptep;

		if (!pmd) {
			va = ALIGN_DOWN(va, PGD_SIZE) + PGD_SIZE;
			continue;
		}
		ptep = pgtable_walk(mm, va);
		if (!ptep) {
			va = ALIGN_DOWN(va, PMD_SIZE) + PMD_SIZE;
			continue;
		}
		if (pte_is_swap(pte_read(ptep)))
			return va;
		va += PAGE_SIZE;
	}
	return TASK_SIZE;
}

/* Unhook the table below @entry and queue it to be freed after the flush. page_table_lock held. */
static void free_table(struct mmu_gather *tlb, pte_t *entry)
{
	struct page *page = pte_page(pte_read(entry));

	pte_write(entry, (pte_t){ 0 });
	spin_lock(&page->ptl);		/* whoever found it by pgtable_walk_lock() has it until he is done */
	spin_unlock(&page->ptl);
	tlb->mm->pgtables_bytes -= PAGE_SIZE;
	tlb_remove_table(tlb, page);
}

/* Does the block of @size bytes around @va lie inside [floor, ceiling)? */
static bool block_inside(unsigned long va, unsigned long size, unsigned long floor, unsigned long ceiling)
{
	unsigned long start = ALIGN_DOWN(va, size);

	return start >= floor && start + size <= ceiling;
}

static void free_pte_tables(struct mmu_gather *tlb, pte_t *pmd, unsigned long start, unsigned long end,
			    unsigned long floor, unsigned long ceiling)
{
	unsigned long va = ALIGN_DOWN(start, PMD_SIZE);

	for (; va < end; va += PMD_SIZE) {
		pte_t *entry = &pmd[pmd_index(va)];

		if ((pte_read(entry).pte & PTE_V) && block_inside(va, PMD_SIZE, floor, ceiling))
			free_table(tlb, entry);
	}
}

void pgtable_free_range(struct mmu_gather *tlb, unsigned long start, unsigned long end,
			unsigned long floor, unsigned long ceiling)
{
	struct mm_struct *mm = tlb->mm;
	unsigned long va = start;

	while (va < end) {
		unsigned long next = min(ALIGN_DOWN(va, PGD_SIZE) + PGD_SIZE, end);
		pte_t *entry = &mm->pgd[pgd_index(va)];

		spin_lock(&mm->page_table_lock);
		if (pte_read(entry).pte & PTE_V) {
			free_pte_tables(tlb, pte_to_table(pte_read(entry)), va, next, floor, ceiling);
			if (block_inside(va, PGD_SIZE, floor, ceiling))
				free_table(tlb, entry);
		}
		spin_unlock(&mm->page_table_lock);
		va = next;
		if (va < end)
			cond_resched();
	}
}
