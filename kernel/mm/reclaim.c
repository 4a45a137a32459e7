/* SPDX-License-Identifier: MIT */
/*
 * Reclaim. One page's way out (reclaim_page), all under its page lock:
 *
 *	used lately? -> active list		(second chance, by the A bits of its entries)
 *	anonymous: give it a slot		(add_to_swap)
 *	unmap it everywhere			(try_to_unmap: entries become swap entries, harts forget)
 *	dirty: write it				(swap_writeout)
 *	nobody took a reference: free it
 *
 * Pages of image objects are just unmapped and dropped: the image is still there. Pages of shared
 * memory stay: they have no pager to go to.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/lru.h"
#include "kernel/mm/reclaim.h"
#include "kernel/mm/rmap_walk.h"
#include "kernel/mm/swap.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"

#define SCAN_BATCH	32	/* pages isolated at once */
#define SCAN_ROUNDS	12	/* sweeps over the lists before giving up */

unsigned long wmark_min, wmark_low, wmark_high;

void reclaim_init(void)
{
	lru_init();
	wmark_min = max(nr_total_pages() / 256, 32UL);
	wmark_low = wmark_min * 2;
	wmark_high = wmark_min * 3;
}

bool in_reclaim(void)
{
	return current->flags & TASK_MEMALLOC;
}

/* ---- one page ---- */

enum reclaim_result {
	PAGE_KEEP,		/* back to its list */
	PAGE_ACTIVATE,		/* to the active one */
	PAGE_FREED,
};

/* An unmapped page of an image: forget it in its object. The page is locked. */
static bool drop_object_page(struct page *page)
{
	struct memobj *obj = (struct memobj *)page->mapping;
	bool dropped;

	if (!mutex_trylock(&obj->lock))
		return false;
	/* The object's reference and ours; new ones come through obj->lock. */
	dropped = atomic_read(&page->refcount) == 2 && memobj_forget_page(obj, page);
	mutex_unlock(&obj->lock);
	return dropped;
}

/* An unmapped page in the swap cache, written: drop it there if nobody else holds it. The page is locked. */
static bool drop_swap_page(struct page *page)
{
	if (page_test(page, PG_dirty) && swap_writeout(page))
		return false;
	/* Ours and the cache's. A fault that finds it in the cache takes one more, and then the lock. */
	if (atomic_read(&page->refcount) != 2 || page_test(page, PG_dirty))
		return false;
	delete_from_swap_cache(page);
	return true;
}

static bool reclaimable(struct page *page)
{
	if (page_is_anon(page) || page_test(page, PG_swapcache))
		return true;
	return page->mapping && !((struct memobj *)page->mapping)->shmem;
}

/* MADV_FREE: a page that nobody wrote to since can be forgotten. */
static enum reclaim_result free_unwanted_page(struct page *page)
{
	if (try_to_unmap(page, UNMAP_DISCARD))
		return atomic_read(&page->refcount) == 1 ? PAGE_FREED : PAGE_KEEP;
	return PAGE_ACTIVATE;
}

/* See the head of this file. @page is locked and isolated. */
static enum reclaim_result reclaim_locked_page(struct page *page, bool force)
{
	int used;

	if (!reclaimable(page))
		return PAGE_ACTIVATE;
	used = page_referenced(page);
	if (used < 0)
		return used == -EBUSY ? PAGE_ACTIVATE : PAGE_KEEP;
	if (used && !force)
		return PAGE_ACTIVATE;
	if (page_is_anon(page) && !page_test(page, PG_swapcache)) {
		if (!atomic_read(&page->mapcount))
			return PAGE_KEEP;	/* just being unmapped by its owner */
		if (!page_test(page, PG_swapbacked))
			return free_unwanted_page(page);
		if (!add_to_swap(page))
			return PAGE_ACTIVATE;
	}
	if (!try_to_unmap(page, UNMAP_SWAP)) {
		try_to_free_swap(page);
		return PAGE_KEEP;
	}
	if (page_test(page, PG_swapcache))
		return drop_swap_page(page) ? PAGE_FREED : PAGE_KEEP;
	return page->mapping && drop_object_page(page) ? PAGE_FREED : PAGE_KEEP;
}

unsigned long reclaim_page_list(struct list_head *pages, bool force)
{
	struct page *page, *next;
	unsigned long freed = 0;

	list_for_each_entry_safe(page, next, pages, lru) {
		enum reclaim_result result = PAGE_KEEP;

		list_del(&page->lru);
		if (trylock_page(page)) {
			result = reclaim_locked_page(page, force);
			unlock_page(page);
		}
		if (result == PAGE_FREED) {
			page_clear(page, PG_isolated);
			put_page(page);
			count_vm_event(PGSTEAL);
			freed++;
			continue;
		}
		if (result == PAGE_ACTIVATE)
			page_set(page, PG_active);
		lru_putback(page);
	}
	return freed;
}

/* ---- the lists ---- */

/* Move cold pages of the active list to the inactive one, forgetting that they were used. */
static void age_active(unsigned int shard)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	lru_isolate(shard, /* active = */ true, SCAN_BATCH, &pages);
	list_for_each_entry_safe(page, next, &pages, lru) {
		int used = 0;

		list_del(&page->lru);
		if (trylock_page(page)) {
			used = page_referenced(page);
			unlock_page(page);
		}
		if (used <= 0)
			page_clear(page, PG_active);
		lru_putback(page);
	}
}

/* One batch of one hart's lists. */
static unsigned long shrink_shard(unsigned int shard, bool force)
{
	LIST_HEAD(pages);
	unsigned int n;

	if (lru_shard_size(shard, /* active = */ false) < lru_shard_size(shard, /* active = */ true))
		age_active(shard);
	n = lru_isolate(shard, /* active = */ false, SCAN_BATCH, &pages);
	for (; n; n--)
		count_vm_event(PGSCAN);
	return reclaim_page_list(&pages, force);
}

unsigned long try_to_free_pages(unsigned long want)
{
	unsigned long freed = 0, inactive, active;

	if (in_reclaim())
		return 0;
	current->flags |= TASK_MEMALLOC;
	for (unsigned int round = 0; round < SCAN_ROUNDS && freed < want; round++) {
		lru_sizes(&inactive, &active);
		/* Each round may look at every page once. */
		for (unsigned long n = 0; n <= inactive / SCAN_BATCH && freed < want; n++)
			for (unsigned int shard = 0; shard < NR_CPUS && freed < want; shard++)
				freed += shrink_shard(shard, /* force = */ round > SCAN_ROUNDS / 2);
	}
	current->flags &= ~TASK_MEMALLOC;
	return freed;
}

/* ---- kswapd ---- */

static struct wait_queue kswapd_wait = WAIT_QUEUE_INIT(kswapd_wait);
static int kswapd_wanted;	/* atomic */

void wakeup_kswapd(void)
{
	if (!__atomic_exchange_n(&kswapd_wanted, 1, __ATOMIC_SEQ_CST))
		wake_up(&kswapd_wait);
}

static void kswapd(void *unused)
{
	(void)unused;
	for (;;) {
		wait_event(&kswapd_wait, __atomic_exchange_n(&kswapd_wanted, 0, __ATOMIC_SEQ_CST));
		while (nr_free_pages() < wmark_high && try_to_free_pages(SCAN_BATCH))
			yield();
	}
}

void kswapd_start(void)
{
	if (!kernel_thread("kswapd", kswapd, NULL))
		panic("no memory for kswapd");
}
