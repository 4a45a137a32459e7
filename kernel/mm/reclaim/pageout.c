/* SPDX-License-Identifier: MIT */
/*
 * What madvise does to the pages of a range: MADV_PAGEOUT drives reclaim's own path for just these pages,
 * MADV_COLD makes them the next ones for it, MADV_FREE lets it forget those not written to again.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"
#include "uapi/mman.h"

#define PAGEOUT_BATCH	32

struct page_advice {
	int advice;			/* MADV_PAGEOUT, MADV_COLD or MADV_FREE */
	struct list_head isolated;	/* for MADV_PAGEOUT */
	unsigned int nr_isolated;
	bool changed;			/* entries lost bits: flush */
};

static void clear_pte_bits(struct page_advice *pa, pte_t *ptep, unsigned long bits)
{
	__atomic_fetch_and(&ptep->pte, ~bits, __ATOMIC_RELAXED);
	pa->changed = true;
}

static void make_cold(struct page_advice *pa, pte_t *ptep, struct page *page)
{
	clear_pte_bits(pa, ptep, PTE_A);
	if (lru_isolate_page(page)) {
		page_clear(page, PG_active);
		lru_putback(page);
	}
}

/* Only what no other process or swap slot shares can be given up by one. */
static void make_free(struct page_advice *pa, pte_t *ptep, struct page *page)
{
	if (!page_is_anon(page) || !page_test(page, PG_anon_exclusive) || page_test(page, PG_swapcache))
		return;
	if (!lru_isolate_page(page))
		return;
	page_clear(page, PG_swapbacked);
	page_clear(page, PG_dirty);
	clear_pte_bits(pa, ptep, PTE_A | PTE_D);
	lru_putback(page);		/* among the pages that can just be dropped */
}

/* One entry that maps @page. The table's lock is held. */
static void advise_page(struct page_advice *pa, pte_t *ptep, struct page *page)
{
	switch (pa->advice) {
	case MADV_COLD:
		make_cold(pa, ptep, page);
		break;
	case MADV_FREE:
		make_free(pa, ptep, page);
		break;
	case MADV_PAGEOUT:
		if (lru_isolate_page(page)) {
			list_add_tail(&page->lru, &pa->isolated);
			pa->nr_isolated++;
		}
		break;
	}
}

/* Entries of one table, from @start on; stops when a batch is full. Returns where to go on. */
static unsigned long advise_ptes(struct page_advice *pa, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	pte_t *first = pgtable_walk_lock(mm, start), *ptep = first;

	if (!first)
		return end;
	for (; start < end && pa->nr_isolated < PAGEOUT_BATCH; start += PAGE_SIZE, ptep++) {
		pte_t pte = pte_read(ptep);

		if (pte_present(pte) && !pte_special(pte))
			advise_page(pa, ptep, pte_page(pte));
	}
	pte_unlock(first);
	return start;
}

void madvise_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end, int advice)
{
	struct page_advice pa = { .advice = advice, .isolated = LIST_HEAD_INIT(pa.isolated) };
	unsigned long va = start, removals = vma_removals(vma->vm_mm);

	mmap_assert_locked(vma->vm_mm);
	while (va < end) {
		va = advise_ptes(&pa, vma->vm_mm, va, min(ALIGN_DOWN(va, PMD_SIZE) + PMD_SIZE, end));
		reclaim_page_list(&pa.isolated, /* force = */ true);
		pa.nr_isolated = 0;
		cond_resched();
		vma_assert_kept(vma->vm_mm, removals);
	}
	if (pa.changed && flush_site_active(FLUSH_MADVISE))
		flush_tlb_range(vma->vm_mm, start, end);
}
