/* SPDX-License-Identifier: MIT */
/*
 * fork's copy of page-table entries. Anonymous pages become shared: both sides read-only, mark
 * "exclusive" gone, counts one up. Pages of memory objects are not copied: the child faults them in.
 *
 *	before	parent  [ W -> page, exclusive ]	child [ none ]
 *	after	parent  [ R -> page ]			child [ R -> the same page, mapcount 2 ]
 *
 * The parent's stale writable translations are flushed once, by dup_mm().
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/sched/sched.h"

/* One entry. The locks of both tables are held. Returns whether it was an anonymous page. */
static inline bool copy_one_pte(pte_t *dst, pte_t *src, pte_t pte)
{
	struct page *page = pte_page(pte);

	if (!page_is_anon(page))		/* the zero page, or an object's */
		return false;
	if (pte.pte & PTE_W) {
		/* Atomic: the hardware may be setting A or D. */
		__atomic_fetch_and(&src->pte, ~PTE_W, __ATOMIC_RELAXED);
		pte.pte &= ~PTE_W;
	}
	if (page_test(page, PG_anon_exclusive))
		page_clear(page, PG_anon_exclusive);
	get_page(page);
	atomic_inc(&page->mapcount);
	dst->pte = pte.pte;			/* the child is not running */
	return true;
}

/*
 * The same for a page that is in swap or being migrated: the entry is shared, and exclusive no more. False: the slot has as many
 * entries as can be counted.
 */
static bool copy_entry(struct mm_struct *dst_mm, pte_t *dst, pte_t *src, pte_t pte)
{
	pte.pte &= ~PTE_ENTRY_EXCLUSIVE;
	if (!entry_anon(pte))
		return true;			/* an object's page, which the child faults in */
	if (pte_is_swap(pte)) {
		if (!swap_dup(entry_value(pte)))
			return false;
		mm_count(&dst_mm->nr_swap, 1);
	} else {
		mm_count(&dst_mm->nr_anon, 1);
	}
	pte_write(src, pte);
	dst->pte = pte.pte;
	return true;
}

/* The entries of one last-level table of @src, for [start, end). 0 or -ENOMEM. */
static int copy_ptes(struct mm_struct *dst_mm, pte_t *src, unsigned long start, unsigned long end)
{
	pte_t *dst = pgtable_alloc(dst_mm, start);
	spinlock_t *dst_ptl, *src_ptl = pte_lockptr(src);
	unsigned long copied = 0;
	bool room = true;

	if (!dst)
		return -ENOMEM;
	dst_ptl = pte_lockptr(dst);
	spin_lock(dst_ptl);
	spin_lock(src_ptl);
	for (; start < end && room; start += PAGE_SIZE, src++, dst++) {
		pte_t pte = pte_read(src);

		if (pte_present(pte))
			copied += copy_one_pte(dst, src, pte);
		else if (unlikely(!pte_none(pte)))
			room = copy_entry(dst_mm, dst, src, pte);
	}
	spin_unlock(src_ptl);
	mm_count(&dst_mm->nr_anon, (long)copied);
	spin_unlock(dst_ptl);
	return room ? 0 : -ENOMEM;
}

int copy_page_range(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct mm_struct *src_mm = src->vm_mm;
	unsigned long va = src->vm_start;

	mmap_assert_write_locked(src_mm);
	VM_BUG_ON(!src->anon_vma);	/* it has nothing but what the child can fault in itself */
	while (va < src->vm_end) {
		pte_t pgd = pte_read(&src_mm->pgd[pgd_index(va)]), pmd;
		unsigned long next = min(ALIGN_DOWN(va, PMD_SIZE) + PMD_SIZE, src->vm_end);

		if (!(pgd.pte & PTE_V)) {
			va = ALIGN_DOWN(va, PGD_SIZE) + PGD_SIZE;
			continue;
		}
		pmd = pte_read(&pte_to_table(pgd)[pmd_index(va)]);
		if ((pmd.pte & PTE_V) &&
		    copy_ptes(dst->vm_mm, &pte_to_table(pmd)[pte_index(va)], va, next))
			return -ENOMEM;
		va = next;
		cond_resched();
	}
	return 0;
}
