/* SPDX-License-Identifier: MIT */
/*
 * QUERY_RMAP: reclaim's walk from a page to its entries (rmap_walk.c), for people to look at. Called by
 * kernel/entry/query.c, which turns address spaces into processes.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/rmap_query.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"

struct collect {
	struct rmap_record *records;
	size_t nr, max;
};

/* Which of @vma's chains leads to @anon_vma: 0 is the newest, its own. The family's lock is held. */
static int chain_number(const struct vm_area_struct *vma, const struct anon_vma *anon_vma)
{
	struct anon_vma_chain *avc;
	int n = 0;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		if (avc->anon_vma == anon_vma)
			return n;
		n++;
	}
	return -1;
}

static bool collect_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct collect *c = arg;
	struct mm_struct *mm = vma->vm_mm;
	pte_t pte = pgtable_read_locked(mm, addr);

	if (!pte_present(pte) || pte_page(pte) != page)
		return true;
	c->records[c->nr++] = (struct rmap_record){
		.mm = mm,
		.rec = {
			.chain = page_is_anon(page) ? chain_number(vma, page_anon_vma(page)) : -1,
			.addr = addr, .vma_start = vma->vm_start, .vma_end = vma->vm_end,
			.anon_vma = (unsigned long)vma->anon_vma,
			.root = vma->anon_vma ? (unsigned long)vma->anon_vma->root : 0,
		},
	};
	return c->nr < c->max;
}

/* The page behind @addr with a reference; NULL: there is none that is counted. */
static struct page *get_user_page(struct mm_struct *mm, unsigned long addr)
{
	struct page *page = NULL;
	pte_t *ptep;

	mmap_read_lock(mm);
	ptep = pgtable_walk_lock(mm, addr);
	if (ptep && pte_present(pte_read(ptep)) && !pte_special(pte_read(ptep))) {
		page = pte_page(pte_read(ptep));
		get_page(page);
	}
	if (ptep)
		pte_unlock(ptep);
	mmap_read_unlock(mm);
	return page;
}

long mm_query_rmap(struct mm_struct *mm, unsigned long addr, struct rmap_record *records, size_t max)
{
	struct collect c = { .records = records, .max = max };
	struct rmap_walk walk = { .one = collect_one, .arg = &c };
	struct page *page;
	bool walked;

	if (addr >= TASK_SIZE || max == 0)
		return -EINVAL;
	page = get_user_page(mm, addr);
	if (!page)
		return 0;
	lock_page(page);
	walked = rmap_walk(page, &walk) || !atomic_read(&page->mapcount);
	unlock_page(page);
	put_page(page);
	return walked ? (long)c.nr : -EAGAIN;
}
