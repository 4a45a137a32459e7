/* SPDX-License-Identifier: MIT */
/* Pages of an object that are given up on request: single ones (holes), and those behind a new end. */
#include "kernel/core/race.h"
#include "kernel/mm/account.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

#define PUNCH_BATCH	32	/* pages that are freed after one flush */

/*
 * @page, referenced by the caller, leaves @obj and all page tables; the object's reference becomes the caller's. Returns 0; 1: it
 * was not there any more; -ENOMEM.
 */
static int punch_page(struct memobj *obj, struct page *page, unsigned long *harts)
{
	int err = 1;

	lock_page(page);
	if (page->mapping == (unsigned long)obj) {
		err = mtree_store(&obj->pages, page->index, NULL, GFP_KERNEL);
		if (!err) {
			atomic_dec(&obj->nr_pages);
			WRITE_ONCE(page->mapping, 0);
		}
	}
	race_point_sleep("punch: page given up, still mapped");
	if (!err)
		unmap_removed_page(obj, page, harts);
	unlock_page(page);
	return err;
}

/* Up to PUNCH_BATCH pages from *@index on, which it moves behind them. Returns how many it has looked at, or -ENOMEM. */
static int punch_batch(struct memobj *obj, unsigned long *index, unsigned long last)
{
	struct page *page, *gone[PUNCH_BATCH];
	unsigned int looked = 0, nr = 0;
	unsigned long harts = 0;
	int err = 0;

	for (; err >= 0 && looked < PUNCH_BATCH && (page = memobj_next_page(obj, index, last)); ++*index, looked++) {
		err = punch_page(obj, page, &harts);
		if (!err)
			gone[nr++] = page;
		put_page(page);
	}
	flush_tlb_harts(harts);
	while (nr)
		put_page(gone[--nr]);	/* the object's reference */
	return err < 0 ? err : (int)looked;
}

int memobj_punch(struct memobj *obj, unsigned long first, unsigned long last)
{
	int ret;

	VM_BUG_ON(obj->image);
	do {
		ret = punch_batch(obj, &first, last);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	} while (ret == PUNCH_BATCH);
	return min(ret, 0);
}

/* Bytes behind the new end in its last page are not to be seen when the object grows again. */
static void zero_tail(struct memobj *obj, unsigned long size)
{
	unsigned long index = size >> PAGE_SHIFT, in_page = size % PAGE_SIZE;
	struct page *page = in_page ? memobj_next_page(obj, &index, index) : NULL;

	if (!page)
		return;
	lock_page(page);
	if (page->mapping == (unsigned long)obj)
		memset((char *)page_to_virt(page) + in_page, 0, PAGE_SIZE - in_page);
	unlock_page(page);
	put_page(page);
}

/* The size of @obj becomes @size; *@old: the one before. The pages that it may have more are promised already. False: it has changed. */
static bool set_size(struct memobj *obj, unsigned long *old, unsigned long size)
{
	bool same;

	mtree_lock(&obj->pages);
	same = obj->size == *old;
	if (same)
		WRITE_ONCE(obj->size, size);
	else
		*old = obj->size;
	mtree_unlock(&obj->pages);
	return same;
}

int memobj_resize(struct memobj *obj, unsigned long size)
{
	unsigned long old = READ_ONCE(obj->size), new_pages = PAGE_ALIGN(size) >> PAGE_SHIFT, old_pages, more;

	VM_BUG_ON(obj->image);
	do {
		old_pages = PAGE_ALIGN(old) >> PAGE_SHIFT;
		more = new_pages > old_pages ? new_pages - old_pages : 0;
		if (more && vm_commit(more))
			return -ENOMEM;
		if (set_size(obj, &old, size))
			break;
		if (more)
			vm_uncommit(more);
	} while (true);
	if (new_pages < old_pages)
		vm_uncommit(old_pages - new_pages);
	if (size >= old)
		return 0;
	race_point_sleep("memobj_resize: smaller, pages still there");
	zero_tail(obj, size);
	return memobj_punch(obj, new_pages, ~0UL);
}
