/* SPDX-License-Identifier: MIT */
/*
 * Taking mappings away: entries to nothing, pages to the gather. Absent tables are stepped over whole, so
 * a hole of gigabytes costs a few steps.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"

/* The entry mapped @page of @vma and is gone: take it out of the counts. The table's lock is held. */
static inline void uncount_page(struct mm_struct *mm, struct vm_area_struct *vma, struct page *page, pte_t pte)
{
	if (page_is_anon(page)) {
		mm_count(&mm->nr_anon, -1);
	} else {
		if (pte.pte & PTE_D)
			page_set(page, PG_dirty);
		mm_count(object_counter(mm, vma->vm_file), -1);
	}
	atomic_add_return(&page->mapcount, -1);
}

/*
 * A page that was swapped out, or is being moved, loses this entry. Only the entry is asked what it was: the frame
 * of a migration entry is the mover's. The table's lock is held.
 */
static void zap_entry(struct mm_struct *mm, struct vm_area_struct *vma, pte_t pte)
{
	if (pte_is_swap(pte)) {
		mm_count(&mm->nr_swap, -1);
		swap_drop(entry_value(pte));
	} else if (entry_anon(pte)) {
		mm_count(&mm->nr_anon, -1);
	} else {
		mm_count(object_counter(mm, vma->vm_file), -1);
	}
}

/*
 * Entries of one last-level table, from @start to at most @end. Stops early when the gather is full.
 * Returns: where to go on.
 */
static unsigned long zap_ptes(struct mmu_gather *tlb, struct vm_area_struct *vma, pte_t *ptep,
			      unsigned long start, unsigned long end)
{
	unsigned long first = 0, last = 0;	/* addresses of the entries taken away; no user page is at 0 */
	struct mm_struct *mm = tlb->mm;
	spinlock_t *ptl = pte_lockptr(ptep);
	bool full = false;

	spin_lock(ptl);
	for (; start < end && !full; start += PAGE_SIZE, ptep++) {
		pte_t pte = pte_read(ptep);
		struct page *page;

		if (pte_none(pte))
			continue;
		pte = pte_xchg(ptep, (pte_t){ 0 });
		if (!first)
			first = start;
		last = start;
		if (unlikely((pte.pte & (PTE_V | PTE_DEVICE)) != PTE_V)) {	/* else a page that may be used: one test */
			if (!pte_present(pte))
				zap_entry(mm, vma, pte);	/* flushed all the same: reclaim may not have done so yet */
			if (!pte_present(pte) || pte_device(pte))
				continue;
		}
		page = pte_page(pte);
		if (page == zero_page)
			continue;
		uncount_page(mm, vma, page, pte);
		full = tlb_remove_page(tlb, page);
	}
	spin_unlock(ptl);
	if (first)
		tlb_track(tlb, first, last + PAGE_SIZE);
	return start;
}

void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
		      unsigned long start, unsigned long end)
{
	struct mm_struct *mm = tlb->mm;

	mmap_assert_locked(mm);
	while (start < end) {
		pte_t pgd = pte_read(&mm->pgd[pgd_index(start)]), pmd;
		unsigned long next = min(ALIGN_DOWN(start, PMD_SIZE) + PMD_SIZE, end);

		if (!(pgd.pte & PTE_V)) {
			start = ALIGN_DOWN(start, PGD_SIZE) + PGD_SIZE;
			continue;
		}
		pmd = pte_read(&pte_to_table(pgd)[pmd_index(start)]);
		if (!(pmd.pte & PTE_V)) {
			start = next;
		} else {
			start = zap_ptes(tlb, vma, &pte_to_table(pmd)[pte_index(start)], start, next);
			if (tlb_full(tlb))
				tlb_flush_mmu(tlb);
		}
		if (start >= end)
			return;
		cond_resched();
	}
}

void zap_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	update_hiwater_rss(vma->vm_mm);
	tlb_gather_mmu(&tlb, vma->vm_mm);
	unmap_page_range(&tlb, vma, start, end);
	tlb_finish_mmu(&tlb);
}
