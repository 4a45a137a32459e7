/* SPDX-License-Identifier: MIT */
/*
 * What has been written to pages of an object goes back to its pager, when that asks for it:
 *
 *	clean  -- first write: a fault ------------------>  PG_dirty	entries get W and D by that fault only
 *	dirty  -- memobj_writeback(): no entry has W; copied -> PG_writeback
 *			  a write meanwhile faults, and the page is dirty again, too
 *	PG_writeback  -- memobj_written(): stored -------->  clean
 *		      -- or not stored ------------------->  PG_dirty
 *
 * Reclaim drops clean pages only. When it meets one of the others it lets the pager know (pager_ops.dirty) and goes on to the next;
 * so it never waits for a pager, and a pager that writes nothing back keeps what it has dirtied in memory, for which its processes
 * and those that map it are charged.
 *
 * The mark goes before the right to write: PG_dirty is cleared, then W. A store by the old right comes before the flush, and so into the copy;
 * a store after it faults, and sets the mark again.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"

#define RUN_MAX	32u	/* pages of one call: they are held, and flushed at once */

/* @page, referenced, of @obj: if it is dirty, it is being written back from now on. */
static bool begin_page(struct memobj *obj, struct page *page, unsigned long *harts)
{
	bool begun;

	if (!page_test(page, PG_dirty) || page_test(page, PG_writeback))
		return false;
	lock_page(page);
	begun = page->mapping == (unsigned long)obj && page_test(page, PG_dirty) && !page_test(page, PG_writeback);
	if (begun) {
		page_set(page, PG_writeback);
		page_clear(page, PG_dirty);
		race_point_sleep("writeback: not dirty, still writable");
		page_write_protect(page, harts);
	}
	unlock_page(page);
	return begun;
}

/* The first pages in a row, from *@first on, that begin_page() takes: held. Returns how many; *@first is the first one's place. */
static unsigned int begin_run(struct memobj *obj, unsigned long *first, unsigned int max, struct page *run[])
{
	unsigned long index = *first, harts = 0;
	unsigned int nr = 0;
	struct page *page;

	for (; nr < max && (page = memobj_next_page(obj, &index, ~0UL)); index++) {
		bool next = nr == 0 || index == *first + nr;

		if (next && begin_page(obj, page, &harts)) {
			if (nr == 0)
				*first = index;
			run[nr++] = page;
			continue;
		}
		put_page(page);
		if (nr || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	flush_tlb_harts(harts);
	return nr;
}

long memobj_writeback(struct memobj *obj, unsigned long *pgoff, unsigned long uaddr, unsigned long room)
{
	struct page *run[RUN_MAX];
	unsigned int nr = begin_run(obj, pgoff, (unsigned int)min(room, (unsigned long)RUN_MAX), run), copied = 0;

	race_point_sleep("writeback: write-protected, not copied");
	while (copied < nr && copy_to_user(uaddr + copied * PAGE_SIZE, page_to_virt(run[copied]), PAGE_SIZE) == 0)
		copied++;
	for (unsigned int i = 0; i < nr; i++) {
		if (i >= copied) {
			page_set(run[i], PG_dirty);	/* first: reclaim must not see it without both marks */
			page_clear(run[i], PG_writeback);
		}
		put_page(run[i]);
	}
	return copied ? (long)copied : nr ? -EFAULT : 0;
}

void memobj_written(struct memobj *obj, unsigned long first, unsigned long last, bool stored)
{
	struct page *page;

	for (; first <= last && (page = memobj_next_page(obj, &first, last)); first++) {
		lock_page(page);
		if (unlikely(page->mapping != (unsigned long)obj)) {
			first--;	/* it has moved to another frame, or has gone: look again */
		} else if (page_test(page, PG_writeback)) {
			if (!stored)
				page_set(page, PG_dirty);
			page_clear(page, PG_writeback);
		}
		unlock_page(page);
		put_page(page);
		if (fatal_signal_pending(current) || first == last)
			break;
		cond_resched();
	}
}
