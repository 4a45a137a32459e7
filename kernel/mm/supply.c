/* SPDX-License-Identifier: MIT */
/*
 * memobj_supply(): pages of the caller's memory become pages of an object.
 *
 *	copied		any memory that can be read; the caller keeps it
 *	moved		anonymous pages that nobody else maps or holds: their frames change hands, and the caller's
 *			addresses read as zeroes. Others in the range are copied
 *
 * A batch of pages is taken out of the page table, then one flush, then they are put into the object: as long as a hart of the caller's could
 * still store there, nobody else sees the page.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/race.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"

#define BATCH	32u

/* A part of one call: pages[i], if not NULL, was moved from addr + i pages. */
struct supply {
	struct mm_struct *mm;
	unsigned long addr;
	unsigned int nr;
	struct page *pages[BATCH];	/* the first nr */
};

/*
 * Take the page of @ptep, whose table's lock is held, out of @mm, if it is anonymous and has no other reference but the entry's: not the swap
 * cache's, nor reclaim's, which cannot find it either once it is off its list. NULL: it is not.
 */
static struct page *take_page(struct mm_struct *mm, pte_t *ptep)
{
	pte_t pte = pte_read(ptep);
	struct page *page;

	if (!pte_present(pte) || pte_special(pte))
		return NULL;
	page = pte_page(pte);
	if (!page_is_anon(page) || !page_test(page, PG_anon_exclusive) || page_refs(page) != 1 || !lru_isolate_page(page))
		return NULL;
	if (page_refs(page) != 2 || page_test(page, PG_swapcache)) {	/* somebody was faster */
		lru_putback(page);
		return NULL;
	}
	pte_write(ptep, (pte_t){ 0 });
	mm_count(&mm->nr_anon, -1);
	atomic_set(&page->mapcount, 0);
	WRITE_ONCE(page->mapping, 0);
	WRITE_ONCE(page->flags, 0);
	atomic_dec(&page->refcount);
	return page;
}

/* All that can be moved of @s. What is mlocked stays, as it would be faulted in again at once, and a copy of a file's page, behind which is that. */
static void take_pages(struct supply *s)
{
	struct vm_area_struct *vma;
	bool any = false;

	if (mmap_read_lock_killable(s->mm) < 0)
		return;
	vma = vma_lookup(s->mm, s->addr);
	if (!vma || vma->vm_file || (vma->vm_flags & VM_LOCKED) || vma->vm_end - s->addr < s->nr * PAGE_SIZE) {
		mmap_read_unlock(s->mm);
		return;
	}
	update_hiwater_rss(s->mm);
	for (unsigned int i = 0; i < s->nr; i++) {
		pte_t *ptep = pgtable_walk_lock(s->mm, s->addr + i * PAGE_SIZE);

		if (!ptep)
			continue;
		s->pages[i] = take_page(s->mm, ptep);
		any |= s->pages[i] != NULL;
		pte_unlock(ptep);
	}
	if (any && flush_site_active(FLUSH_SUPPLY))
		flush_tlb_range(s->mm, s->addr, s->addr + s->nr * PAGE_SIZE);
	mmap_read_unlock(s->mm);
}

/* There was no memory for @page in the object: it goes back to @va, if that is as it was. Else it is freed. */
static void give_back(struct mm_struct *mm, unsigned long va, struct page *page)
{
	struct vm_area_struct *vma;
	pte_t *ptep = NULL;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, va);
	if (vma && !vma->vm_file && vma->anon_vma)
		ptep = pgtable_walk_lock(mm, va);
	if (ptep && pte_none(pte_read(ptep))) {
		page_set_anon(page, vma, va);
		page_set(page, PG_dirty);
		lru_add(page);
		atomic_set(&page->mapcount, 1);
		mm_count(&mm->nr_anon, 1);
		pte_write(ptep, pte_make(page_to_pfn(page), pte_flags_of(vma->vm_flags) | PTE_D));
		page = NULL;
	}
	if (ptep)
		pte_unlock(ptep);
	mmap_read_unlock(mm);
	if (page)
		put_page(page);
}

static int supply_copy(struct memobj *obj, unsigned long pgoff, unsigned long uaddr)
{
	struct page *page = alloc_page(GFP_USER);

	if (!page)
		return -ENOMEM;
	if (copy_from_user(page_to_virt(page), uaddr, PAGE_SIZE) < 0) {
		put_page(page);
		return -EFAULT;
	}
	race_point_sleep("memobj_supply: filled, not in the object");
	return memobj_give_page(obj, page, pgoff);
}

/* The page @i of @s becomes the one of @obj at @pgoff. */
static int supply_page(struct supply *s, unsigned int i, struct memobj *obj, unsigned long pgoff)
{
	struct page *page = s->pages[i];
	int err;

	if (fatal_signal_pending(current))
		return -EINTR;
	if (!page)
		return supply_copy(obj, pgoff, s->addr + i * PAGE_SIZE);
	get_page(page);
	err = memobj_give_page(obj, page, pgoff);
	if (err)
		return err;
	s->pages[i] = NULL;
	put_page(page);
	return 0;
}

/* Returns how many of @s are in @obj now, or were; *@err, if those are not all. */
static unsigned int supply_batch(struct supply *s, struct memobj *obj, unsigned long pgoff, int *err)
{
	unsigned int done = 0;

	while (done < s->nr && (*err = supply_page(s, done, obj, pgoff + done)) == 0)
		done++;
	for (unsigned int i = done; i < s->nr; i++)
		if (s->pages[i])
			give_back(s->mm, s->addr + i * PAGE_SIZE, s->pages[i]);
	return done;
}

long memobj_supply(struct memobj *obj, unsigned long pgoff, unsigned long uaddr, unsigned long nr, bool move)
{
	unsigned long size = PAGE_ALIGN(READ_ONCE(obj->size)) >> PAGE_SHIFT, done = 0;
	int err = 0;

	if (pgoff > size || nr > size - pgoff)
		return -EINVAL;
	while (done < nr && err == 0) {
		struct supply s;

		s.mm = current->mm;
		s.addr = uaddr + done * PAGE_SIZE;
		s.nr = (unsigned int)min(nr - done, (unsigned long)BATCH);
		for (unsigned int i = 0; i < s.nr; i++)
			s.pages[i] = NULL;
		if (move)
			take_pages(&s);
		race_point_sleep("memobj_supply: taken, not in the object");
		done += supply_batch(&s, obj, pgoff + done, &err);
		cond_resched();
	}
	if (done)
		current->flags |= TASK_PAGER;
	return done ? (long)done : err;
}
